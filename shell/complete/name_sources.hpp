// Who knows the names that can be completed: the router, the configuration, and the jails themselves. What
// they say is not to be trusted: a jail chooses its users and its paths.
#pragma once

#include "shell/route/query.hpp"

#include <optional>
#include <string>
#include <vector>

namespace shell {

// Nobody is waited for longer than until the deadline; whoever does not answer knows no names. Throws only
// std::bad_alloc.
class NameSources {
public:
    // `router`: the value of --router, or ""; `host`: that of --host. A far host is not asked: ssh might take
    // long, or want a password.
    NameSources(std::string router, const std::optional<std::string>& host, Deadline deadline);

    [[nodiscard]] std::vector<std::string> running_jails() const;
    [[nodiscard]] std::vector<std::string> configured_jails(const std::string& config) const; // path, or ""
    [[nodiscard]] std::vector<std::string> sessions() const;
    [[nodiscard]] std::vector<std::string> users(const std::string& jail) const;

    [[nodiscard]] std::vector<std::string> hosts() const; // of the hosts files

    // The absolute paths in the jail that go on from `typed`, directories with a slash at their end.
    [[nodiscard]] std::vector<std::string> paths(const std::string& jail, const std::string& typed,
                                                 bool only_directories) const;

private:
    [[nodiscard]] std::string answer(const wire::Open& request) const;
    [[nodiscard]] std::string list(const char* verb) const;
    [[nodiscard]] std::string output_in(const std::string& jail, std::vector<std::string> command) const;

    std::string router_;
    bool far_;
    Deadline deadline_;
};

} // namespace shell
