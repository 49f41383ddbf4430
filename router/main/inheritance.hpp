// What a process inherits, beside its arguments, from whoever starts it. A router that a client starts on
// demand would pass it on to the sessions and jails of everybody after; so it is given up for values that
// depend on the host alone: the table in jrouterd(8), "What it inherits".
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace inheritance {

// What cannot be given up, and would reach sessions or jails: no router may be started with it.
class Refusal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct Place {
    std::string socket;      // absolute path
    bool supervised = false; // whoever starts the router keeps it: then its cgroup is his to choose
};

// To be called once, before anything is opened. Returns what could not be given up and does no harm, a line
// each. Throws Refusal, and pty::StepError.
std::vector<std::string> give_up(const Place& place);

} // namespace inheritance
