// Where a far router is: what -H, JCONSOLE_HOST and NAME@HOST may say, and the files that give hosts names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shell {

// All of it was examined: neither user nor host begins with a dash or holds what a shell would take for more
// than a character, so that they are words of ssh's command line and never options of it.
struct Destination {
    std::string user;  // "": ssh decides
    std::string host;  // a name, an address, or what ssh_config(5) calls a host
    uint16_t port = 0; // 0: ssh decides
    bool operator==(const Destination&) const = default;
};

// ssh://[USER@]HOST[:PORT], with an IPv6 address in brackets. Pure. Throws FailureError.
Destination parse_url(std::string_view text);

// A URL, or [USER@]HOST: a name of one of the `hosts_files`, the first that has it, or what ssh knows by it.
// The user wins over the file's. Throws FailureError, also for a line of these files that says nothing
// sensible; a file that is not there has no names.
Destination parse_destination(std::string_view text, const std::vector<std::string>& hosts_files);

// The names that these files give to hosts. Throws FailureError, as parse_destination().
std::vector<std::string> host_names(const std::vector<std::string>& hosts_files);

// $XDG_CONFIG_HOME/jconsole/hosts (or below ~/.config), then /etc/jconsole/hosts.
std::vector<std::string> hosts_files();

// The host of this command: `option` where there is one, else JCONSOLE_HOST; an empty one means the local
// router, which is no destination. Throws FailureError.
std::optional<Destination> far_host(const std::optional<std::string>& option);

} // namespace shell
