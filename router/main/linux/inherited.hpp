// The parts of inheritance::give_up.
#pragma once

#include "router/main/inheritance.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace inheritance {

using Notes = std::vector<std::string>;

// The process that stands for how the host, or the user's login, sets things up: of this process and its
// ancestors the first one, from process 1 down, that it may look at. For root that is process 1 itself, but
// where that has privileges that root lacks; for a user it is his login shell or what is like it.
pid_t reference_process();

// The value behind "KEY:" of /proc/PID/status (proc(5)); "" where there is none.
std::string status_of(pid_t process, std::string_view key);

// Throws Refusal where /proc is that of another pid namespace, so that all numbers in it mean others.
void expect_own_proc();

// Throws Refusal for root of a user namespace that does not own the pid and the mount namespace it is in
// (there root's place is another's), or that lacks the ids that root's helpers take.
void expect_ids();

// Throws Refusal where the bounding set lacks what the reference's has, or no_new_privs, a filter of system
// calls or a ban on executable memory is set that the reference does not have.
void expect_privileges(pid_t reference);

// Moves to the namespaces of the reference, where it is another's; what cannot be left is a Refusal. Where
// the socket's folder is not the same there, whoever can reach this router shares its mounts, and so its
// world: then everything stays.
void join_namespaces(pid_t reference, const std::string& socket);

// Hard limits as the reference's, soft ones as the table says; what cannot be raised is a Refusal or a note.
void reset_limits(pid_t reference, Notes& notes);

// Priorities, and where memory and processors are.
void reset_scheduling(Notes& notes);

// Leaves the cgroups of whoever started it.
void leave_cgroups();

} // namespace inheritance
