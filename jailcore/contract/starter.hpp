// jstarter, the program that starts and stops one jail, in the steps and the words of jail(8).
//
//   jstarter start|stop|restart|kill|reap NAME [--config=FILE | --default-config=FILE] [--jid=N]
//
// These words are the router's. Those of the client's user come in a descriptor, and can say nothing but what
// a user may: -v, --verbose and --as-ordered of a start, stop or restart, and the options of kill.hpp.
// It finds the descriptors below, has the configuration read by jreader, which lies beside it, where it is
// not given a table of it, and says what happens on its standard output and standard error. Its exit status
// is 0, or 1 on any failure.
#pragma once

#include <cstddef>

namespace jailcore {

enum StarterFd : int {
    starter_report = 3, // socket: Report messages (jailcore/contract/report.hpp); each `created` is answered
                        // with one of the bytes below, or with the socket's end. Where the router does not
                        // take the jail, it is undone
    starter_registry = 4, // sealed memfd: an array of JailRecord, the jails that run
    starter_jenter = 5,   // the program jenter, as jail_programs.hpp has it
    starter_jinit = 6,    // the program jinit, likewise
    starter_target = 7, // the jail's process (jailcore/process_handle.hpp, handed()), where a jail that runs
                        // is ended or what it left removed; otherwise /dev/null
    starter_spec =
        8, // sealed memfd of the jail's EnterSpec, where a jail that runs is ended; otherwise /dev/null
    starter_words = 9,  // sealed memfd with an encoded pty::Program, whose argv are the words of the client's
                        // user; not of a reap
    starter_table = 10, // sealed memfd: the table that the last order of this user has left, by which the
                        // jail is started where his words say --as-ordered; or /dev/null
};

inline constexpr char answer_taken = 'k';
inline constexpr char answer_in_use = 'u'; // the name or the jid: another start came first
inline constexpr char answer_unsaved =
    's'; // its record cannot be kept; the reason follows in the same message
inline constexpr size_t max_answer = 512;

// All of jstarter. Returns its exit status.
int starter_main(int argc, char** argv);

} // namespace jailcore
