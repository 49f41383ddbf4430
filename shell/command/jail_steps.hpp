// Starting and stopping several jails in the order of what depends on what, which the router knows.
#pragma once

#include "shell/syntax/options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace shell {

struct JailStep {
    std::string verb; // refuse: nothing is to be done, and that is a failure
    std::string jail;
    std::vector<std::string> after; // jails without whose earlier step it is skipped
    bool operator==(const JailStep&) const = default;
};

// The router's answer: `VERB JAIL [JAIL...]` in each line (docs/protocol.md, `order`). Pure.
std::vector<JailStep> parse_steps(std::string_view text);

// Has the router put options.names into the order of options.verb, and takes each step in a session of its
// own. All are tried but those that need one that failed. Returns the status of the first that failed, or 0.
// Throws FailureError.
int take_steps(const Options& options);

} // namespace shell
