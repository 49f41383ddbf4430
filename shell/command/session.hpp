// A verb that the router carries out: its request, its relay, and the exit status of this process.
#pragma once

#include "router/wire/control.hpp"
#include "shell/syntax/options.hpp"

#include <string>
#include <unistd.h>

namespace shell {

// Runs the session to its end, its standard output on the descriptor `output`, says what went wrong, and
// returns the exit status; dies of a signal where one ended it. Throws FailureError, StepError.
int run_session(const Options& options, const wire::Open& request, int output = STDOUT_FILENO);

// The same, and returns what the session has printed; the exit status comes in `status`.
std::string output_of(const Options& options, const wire::Open& request, int& status);

// What befell this process in the course of several sessions, which it does not end for at once.
struct Meanwhile {
    int signal = 0;       // was sent to it, and passed on to the session: nothing more is to be begun
    int output_error = 0; // of its standard output, which nothing that changes jails may depend on
};

// The same for one of several sessions of this process: its standard output stays open for those to come, and
// a failure is said and is the status. Throws StepError.
int run_one_of_several(const Options& options, const wire::Open& request, Meanwhile& meanwhile);

// What is left to do behind the last: dies of the signal; throws FailureError where the output failed, or
// dies of SIGPIPE; returns `status`.
int end_several(int status, const Meanwhile& meanwhile);

} // namespace shell
