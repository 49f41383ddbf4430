// jinit, the first process of a jail of our own: reaps what is orphaned, ends the jail when nothing is left
// in it, and ends it at once when its starter dies before the start was complete.
//
//   jinit [--shared-pids] [--members]
//
// Descriptor 3 is a socket to the starter: jinit sends one byte when it is ready, the starter one byte when
// the start is complete (jinit_keep or jinit_end_when_empty). Its end before that byte means that the starter
// died. jinit then kills the whole jail by leaving: pid 1 of a pid namespace takes everybody with it
// (pid_namespaces(7)).
//
// Descriptor 4 is a socket to jkeeper where there is one: it can see what jinit, which must hold nothing of
// the host's, cannot.
#pragma once

#include <csignal>

namespace jailcore {

inline constexpr int jinit_channel = 3;
inline constexpr int jinit_members = 4;

inline constexpr char jinit_ready = 'r';          // to the starter
inline constexpr char jinit_keep = 'k';           // from the starter: the jail persists
inline constexpr char jinit_end_when_empty = 'e'; // from the starter: the jail ends with its last process

// What goes through jinit_members, each a message: whether anybody but jinit is in the jail.
inline constexpr char members_question = '?';
inline constexpr char members_answer_some = 'S';
inline constexpr char members_answer_none = 'N';
inline constexpr char members_now_some = 's'; // unasked: it has changed
inline constexpr char members_now_none = 'n';

// A jail's jinit is of the build that started it, which may be older or newer than the router that it has by
// now. So these numbers never get another meaning, and jinit minds no other signal; what happens at the start
// is between programs of one build.
//
// Sent with pidfd_send_signal(2), and obeyed only when sent from outside the jail's pid namespace: the kernel
// then gives 0 as the sender's pid, which nobody inside can forge. (What shares the host's pids with us is
// obeyed from anywhere: there the jail's root may signal any process of its uid anyway.)
inline constexpr int jinit_look = SIGUSR1; // a process whose parent is outside has ended: is anything left?
inline constexpr int jinit_terminate = SIGTERM;  // send SIGTERM to everybody in the jail
inline constexpr int jinit_persist = SIGHUP;     // stay, even with nothing left
inline constexpr int jinit_no_persist = SIGUSR2; // end as soon as nothing is left

// All of jinit. Returns its exit status.
int jinit_main(int argc, char** argv);

} // namespace jailcore
