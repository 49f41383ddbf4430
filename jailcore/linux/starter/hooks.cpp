#include "jailcore/linux/starter/hooks.hpp"

#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/pidfd.hpp"
#include "jailcore/linux/starter/await_child.hpp"
#include "jailcore/linux/starter/console_log.hpp"
#include "jailcore/linux/starter/interrupt.hpp"
#include "jailcore/linux/starter/remove.hpp"
#include "jailcore/linux/starter/thaw.hpp"
#include "jailcore/out_of_memory.hpp"
#include "jailcore/plan/linux/mount_plan.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <optional>
#include <poll.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailcore {
namespace {

bool is_variable_of(std::string_view entry, std::initializer_list<std::string_view> names) {
    return std::ranges::any_of(names, [entry](std::string_view name) {
        return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
    });
}

std::vector<gid_t> groups_of(const passwd& user) {
    std::vector<gid_t> groups(64);
    int count = static_cast<int>(groups.size());
    while (::getgrouplist(user.pw_name, user.pw_gid, groups.data(), &count) == -1)
        groups.resize(static_cast<size_t>(count));
    groups.resize(static_cast<size_t>(count));
    return groups;
}

void add_user(std::vector<std::string>& environment, const HostUser& user) {
    environment.push_back("USER=" + user.name);
    environment.push_back("HOME=" + user.home);
    environment.push_back("SHELL=" + (user.shell.empty() ? "/bin/sh" : user.shell));
}

// As await_child(); tells, once, what freezes it: whoever waits would not know why.
std::optional<int> await_or_tell(pid_t pid, std::optional<std::chrono::milliseconds> limit,
                                 const std::string& line, int jinit, const Output& output) {
    constexpr std::chrono::milliseconds look{500};
    std::optional<Freeze> freeze;
    while (!freeze && (!limit || *limit > look)) {
        std::optional<int> ended = await_child(pid, look, line, jinit);
        if (ended || (jinit >= 0 && has_ended(jinit)))
            return ended;
        if (limit)
            *limit -= look;
        if ((freeze = find_freeze(pid)))
            output.warn(line + ": " + frozen_by(*freeze));
    }
    return await_child(pid, limit, line, jinit);
}

// Whoever looks at the log behind a command finds in it what that has printed; so does a hook that writes
// there itself.
struct LogWritten {
    const KeptLog& log;
    explicit LogWritten(const KeptLog& kept) : log(kept) {}
    ~LogWritten() { await_log(log); }
    LogWritten(const LogWritten&) = delete;
    LogWritten& operator=(const LogWritten&) = delete;
};

} // namespace

HostUser find_host_user(const std::string& name) {
    errno = 0;
    const passwd* entry = name.empty() ? ::getpwuid(::getuid()) : ::getpwnam(name.c_str());
    if (entry == nullptr && errno != 0 && errno != ENOENT)
        throw StartFailure(with_cause(name.empty() ? "getpwuid" : "getpwnam " + name, errno));
    if (entry == nullptr)
        throw StartFailure(name.empty() ? "unknown uid " + std::to_string(::getuid())
                                        : name + ": no such user");
    return {entry->pw_name, entry->pw_dir, entry->pw_shell, entry->pw_uid, entry->pw_gid, groups_of(*entry)};
}

std::vector<std::string> inherited_environment(bool without_user) {
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        bool dropped = is_variable_of(*entry, {"JID", "JNAME", "JPATH", "JPID", "JCONSOLE_TWIN"}) ||
                       (without_user && is_variable_of(*entry, {"HOME", "SHELL", "USER", "LOGNAME"}));
        if (!dropped)
            environment.emplace_back(*entry);
    }
    return environment;
}

std::vector<std::string> clean_hook_environment() {
    std::vector<std::string> environment{"PATH=/bin:/usr/bin"};
    if (const char* terminal = std::getenv("TERM"))
        environment.push_back(std::string("TERM=") + terminal);
    return environment;
}

TimeLimit::TimeLimit(int64_t seconds) {
    constexpr int64_t most = 2'000'000; // in milliseconds, for poll(2)
    if (seconds > 0)
        end_ = std::chrono::steady_clock::now() + std::chrono::seconds(std::min(seconds, most));
}

std::optional<std::chrono::milliseconds> TimeLimit::left() const {
    if (!end_)
        return std::nullopt;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(*end_ - std::chrono::steady_clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

bool TimeLimit::await(int fd) const {
    pollfd input{fd, POLLIN, 0};
    for (;;) {
        auto milliseconds = left();
        int ready = ::poll(&input, 1, milliseconds ? static_cast<int>(milliseconds->count()) : -1);
        if (ready >= 0 || errno != EINTR)
            return ready != 0;
    }
}

void await_command(pid_t pid, const TimeLimit& limit, const std::string& line, int jinit,
                   const Output& output) {
    std::optional<int> ended = await_or_tell(pid, limit.left(), line, jinit, output);
    if (!ended && jinit >= 0 && has_ended(jinit))
        throw StartFailure(line + ": its jail has ended meanwhile");
    if (!ended)
        throw CommandLate(line + ": timed out");
    int status = *ended;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        throw CommandKilled(line + ": exited on signal 9");
    if (WIFSIGNALED(status))
        throw StartFailure(line + ": exited on signal " + std::to_string(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0)
        throw StartFailure(line + ": failed");
}

HookRunner::HookRunner(const Plan& plan, uint32_t jid, const HostPaths& host, const Output& output,
                       HookProcesses* processes)
    : plan_(plan), jid_(jid), host_(host), output_(output), processes_(processes) {}

void HookRunner::run_on_host(const std::vector<std::string>& values, int jinit) const {
    for (const std::string& value : values)
        if (auto command = parse_command(value))
            run_host_command(*command, jinit);
}

void HookRunner::run_inside(const std::vector<std::string>& values, const InsideAccess& jail) const {
    for (const std::string& value : values)
        if (auto command = parse_command(value))
            run_inside_command(*command, jail);
}

void HookRunner::announce(const Command& command, bool inside) const {
    const std::string& user = inside ? plan_.hooks.jail_user : plan_.hooks.system_user;
    output_.verbose(std::string("run command") + (inside ? " in jail" : "") +
                    (user.empty() ? "" : " as " + user) + ": " + command_line(command));
}

// What cannot even be executed has failed too, in jail(8)'s words: first why, then that.
template <class Start>
void HookRunner::finish(const Command& command, int jinit, Start start) const {
    TimeLimit limit(plan_.hooks.timeout);
    pid_t pid = -1;
    try {
        pid = start(limit);
    } catch (const CommandLate&) {
        throw;
    } catch (const StartFailure& failure) {
        output_.warn(failure.what());
        throw StartFailure(command_line(command) + ": failed");
    }
    if (command.background)
        return;
    EndsOnInterrupt interrupt(pid);
    try {
        await_command(pid, limit, command_line(command), jinit, output_);
    } catch (const CommandLate&) {
        interrupt.end();
        throw;
    }
}

void HookRunner::run_host_command(const Command& command, int jinit) const {
    const Hooks& hooks = plan_.hooks;
    announce(command, false);
    HostCommand what{command, {}, nullptr, hooks.clean && !hooks.system_user.empty()};
    bool has_user = hooks.clean || !hooks.system_user.empty();
    what.environment = hooks.clean ? clean_hook_environment() : inherited_environment(has_user);
    HostUser user;
    if (has_user) {
        user = find_host_user(hooks.system_user);
        add_user(what.environment, user);
    }
    if (!hooks.system_user.empty())
        what.user = &user;
    what.environment.push_back("JID=" + std::to_string(jid_));
    what.environment.push_back("JNAME=" + plan_.name);
    what.environment.push_back("JPATH=" + plan_.path);
    if (process_ > 0)
        what.environment.push_back("JPID=" + std::to_string(process_));
    what.door = processes_ != nullptr ? processes_->door() : -1;
    finish(command, jinit, [&](const TimeLimit& limit) {
        return start_host_command(what, limit);
    });
}

void HookRunner::run_inside_command(const Command& command, const InsideAccess& jail) const {
    const Hooks& hooks = plan_.hooks;
    KeptLog log = console_log(plan_, host_);
    const LogWritten written{log};
    announce(command, true);
    bool has_user = hooks.clean || !hooks.jail_user.empty();
    InsideCommand what{command, plan_.name, hooks.jail_user, "/", {}, log.output.get()};
    what.environment = hooks.clean ? clean_hook_environment() : inherited_environment(has_user);
    if (hooks.system_jail_user && has_user) {
        HostUser user = find_host_user(hooks.jail_user);
        what.user = "#" + std::to_string(user.uid); // whatever the jail calls its users
        add_user(what.environment, user);
    }
    if (hooks.clean && !hooks.jail_user.empty())
        what.directory = ""; // the user's home
    uint64_t before = out_of_memory_kills(process_);
    try {
        finish(command, -1, [&](const TimeLimit& limit) {
            return start_inside_command(what, jail, limit);
        });
    } catch (const CommandKilled& killed) {
        if (out_of_memory_kills(process_) > before)
            throw StartFailure(std::string(killed.what()) + ", for the jail was out of memory");
        throw;
    }
}

} // namespace jailcore
