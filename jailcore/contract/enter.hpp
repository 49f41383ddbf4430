// jenter, the program that enters a jail: gives it a pty of the jail's own and executes a program there, or
// looks at (and mends) what the jail needs for terminals; or says, of a jail that another jenter could not
// enter in time, why that is so.
//
//   jenter [--jail NAME] tty ROWS COLUMNS X_PIXELS Y_PIXELS | pipe | look | check
//   jenter wait
//
// NAME is the jail as its user types it, for what jenter says.
//
// It runs from what the jail cannot change (jail_programs.hpp), as a process with one thread and the
// descriptors below. In tty and pipe mode the program is a child of jenter's parent, not of jenter.
//
// `jenter wait` has its report socket alone. The first message there is its order: the words of one of the
// other usages, and with it the descriptors of enter_order. At the end of the socket it leaves.
#pragma once

#include <array>

namespace jailcore {

enum EnterFd : int {
    enter_report = 3,  // socket: Report messages (jailcore/contract/report.hpp)
    enter_program = 4, // sealed memfd of a pty::Program: what to execute, or, of a check, in its argv the
                       // words of the client's user: --json, --repair; not read for a look
    enter_target = 5,  // a process in the jail (jailcore/process_handle.hpp, handed())
    enter_spec = 6,    // sealed memfd of an EnterSpec, or /dev/null for a jail that is not ours: what the
                       // target may do then counts, nothing is mended
};

// The descriptors that come with an order, in this order. All of them; /dev/null where there is nothing to
// give.
inline constexpr std::array<int, 6> enter_order{0, 1, 2, enter_program, enter_target, enter_spec};

// All of jenter. Returns its exit status; what went wrong has been reported.
int enter_main(int argc, char** argv);

} // namespace jailcore
