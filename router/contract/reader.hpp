// jreader, the program that reads what others wrote, as the router starts it.
//
//   jreader VERB [TARGET] [--config=FILE | --default-config=FILE] [--trusted]
//
// These words are the router's; those of the client's user come in a descriptor. With --trusted a
// configuration must be root's, as what it leads to. It prints on its standard output and standard error; its
// exit status is the verb's.
#pragma once

namespace contract {

enum ReaderFd : int {
    reader_asks = 3,     // top: a socket, through which it says that it wants the next snapshots, with any
                         // message, and gets two sealed memfds: as the two below
    reader_registry = 4, // sealed memfd: an array of jailcore::JailRecord, the jails that run
    reader_sessions = 5, // ps, sessions: sealed memfd: an array of jailcore::SessionRecord
    reader_words = 6,    // sealed memfd of a pty::Program, whose argv are the words of the client's user
    reader_table = 7,    // order: a memfd, into which it writes the table of the jails that it has found
};

} // namespace contract
