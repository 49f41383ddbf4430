#include "shell/complete/name_sources.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/json.hpp"
#include "pty/kernel.hpp"
#include "pty/spawn.hpp"
#include "router/contract/target.hpp"
#include "shell/configuration.hpp"
#include "shell/report.hpp"
#include "shell/route/destination.hpp"
#include "shell/siblings.hpp"
#include "shell/syntax/names.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <utility>

namespace shell {
namespace {

using Names = std::vector<std::string>;
using pty::Json;

constexpr size_t longest_output = size_t{16} << 20;

Json parsed(std::string_view text) {
    return Json::parse(text).value_or(nullptr);
}

// The member `key` of each object in the list.
Names members(const Json& rows, const char* key) {
    Names names;
    const auto* list = rows.get_if<Json::Array>();
    if (list == nullptr)
        return names;
    for (const Json& row : *list)
        if (const Json* member = row.find(key))
            if (const auto* name = member->get_if<std::string>())
                names.push_back(*name);
    return names;
}

Names jails_only(Names names) {
    std::erase_if(names, [](const std::string& name) {
        return !contract::is_jail_name(name);
    });
    return names;
}

Names lines(std::string_view text) {
    Names result;
    while (!text.empty()) {
        size_t end = std::min(text.find('\n'), text.size());
        result.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

std::string read_until(int pipe, Deadline deadline) {
    std::string text;
    std::array<char, 65536> buffer;
    pollfd ready{pipe, POLLIN, 0};
    while (int left = milliseconds_left(deadline)) {
        if (::poll(&ready, 1, left) <= 0)
            continue;
        ssize_t got = kernel::read(pipe, buffer.data(), buffer.size());
        if (got <= 0 || text.size() > longest_output)
            break;
        text.append(buffer.data(), static_cast<size_t>(got));
    }
    return text;
}

// What the program prints by the deadline. It does not outlive that.
std::string output_of(const std::vector<std::string>& argv, Deadline deadline) {
    try {
        pty::UniqueFd program(kernel::open(argv.front().c_str(), O_RDONLY));
        pty::Pipe output = pty::make_pipe(0);
        pid_t pid = pty::spawn({program.get(), argv, current_environment(), {-1, output.write.get(), -1}});
        output.write.reset();
        std::string text = read_until(output.read.get(), deadline);
        ::kill(pid, SIGKILL);
        pty::wait_for_end(pid);
        return text;
    } catch (const pty::StepError&) {
        return {};
    }
}

// A host that cannot be understood is not this one.
bool is_far(const std::optional<std::string>& host) {
    try {
        return far_host(host).has_value();
    } catch (const FailureError&) {
        return true;
    }
}

} // namespace

NameSources::NameSources(std::string router, const std::optional<std::string>& host, Deadline deadline)
    : router_(std::move(router)), far_(is_far(host)), deadline_(deadline) {}

std::string NameSources::answer(const wire::Open& request) const {
    if (far_)
        return {};
    try {
        return query(router_address(router_), request, deadline_).value_or("");
    } catch (const FailureError&) {
        return {};
    }
}

std::string NameSources::list(const char* verb) const {
    wire::Open open;
    open.verb = verb;
    open.arguments = {"--json"};
    return answer(open);
}

std::string NameSources::output_in(const std::string& jail, std::vector<std::string> command) const {
    if (!contract::Target::from_text(jail))
        return {};
    wire::Open open;
    open.verb = "console";
    open.jail = jail;
    open.command = std::move(command);
    return answer(open);
}

Names NameSources::running_jails() const {
    Json answer = parsed(list("ls"));
    const Json* information = answer.find("jail-information");
    const Json* jails = information ? information->find("jail") : nullptr;
    return jails ? jails_only(members(*jails, "name")) : Names();
}

Names NameSources::configured_jails(const std::string& config) const {
    if (far_)
        return {};
    return jails_only(members(parsed(output_of(dump_arguments(config), deadline_)), "name"));
}

Names NameSources::sessions() const {
    return members(parsed(list("sessions")), "session");
}

Names NameSources::hosts() const {
    try {
        return host_names(hosts_files());
    } catch (const std::exception&) {
        return {}; // a mistake in them is told when a host is looked for
    }
}

// The jail's own cat reads it, so that whatever the file is and wherever it leads stays in the jail.
Names NameSources::users(const std::string& jail) const {
    Names names;
    for (const std::string& line : lines(output_in(jail, {"cat", "/etc/passwd"}))) {
        std::string name = line.substr(0, line.find(':'));
        if (name.size() < line.size() && is_user_name(name))
            names.push_back(name);
    }
    return names;
}

Names NameSources::paths(const std::string& jail, const std::string& typed, bool only_directories) const {
    constexpr const char* script = R"(for path in "$1"*; do
if [ -d "$path" ]; then printf '%s/\n' "$path"
elif [ -e "$path" ] && [ "$2" = all ]; then printf '%s\n' "$path"; fi
done)";
    if (!typed.empty() && typed[0] != '/')
        return {};
    if (typed.empty())
        return only_directories ? Names{"/"} : Names();
    return lines(
        output_in(jail, {"sh", "-c", script, "sh", typed, only_directories ? "directories" : "all"}));
}

} // namespace shell
