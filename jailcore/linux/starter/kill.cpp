#include "jailcore/linux/starter/kill.hpp"

#include "jailcore/contract/linux/jinit.hpp"
#include "jailcore/contract/starter.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/starter/ending_commands.hpp"
#include "jailcore/linux/starter/hooks.hpp"
#include "jailcore/linux/starter/remove.hpp"
#include "jailcore/linux/starter/starter.hpp"
#include "pty/error.hpp"

#include <charconv>
#include <csignal>
#include <getopt.h>

namespace jailcore {
namespace {

constexpr int rounds = 2; // of SIGTERM: a shell that waits for a command heeds the second
constexpr const char* script = "test ! -x /etc/rc.shutdown || exec /bin/sh /etc/rc.shutdown";

bool has(const JailRecord& jail, uint32_t flag) {
    return (jail.flags & flag) != 0;
}

int64_t positive(const std::string& text) {
    int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr int64_t most = 1'000'000;
    if (error != std::errc() || end != text.data() + text.size() || number <= 0 || number > most)
        throw StartFailure("kill: invalid timeout argument: " + text);
    return number;
}

class Kill {
public:
    Kill(const JailRecord& jail, const KillOptions& options, const Output& output)
        : jail_(jail), options_(options), output_(output) {}

    bool run() {
        if (has(jail_, jail_unreadable))
            return remove();
        leave_host_mounts(jail_);
        if (!thaw_before_end(jail_, output_))
            return options_.force && remove();
        if (!options_.no_script)
            run_script();
        for (int round = 0; round < rounds; ++round) {
            terminate_processes(jail_);
            output_.verbose("sent SIGTERM to its processes");
            if (await_end(starter_target, options_.seconds * 1000))
                return remove();
        }
        if (!options_.force) {
            if (has(jail_, jail_persist))
                pty::check(kernel::pidfd_send_signal(starter_target, jinit_persist), "keep", "the jail");
            output_.warn("kill: its processes would not end; 'jconsole kill -f " +
                         std::string(pty::get_text(jail_.name)) + "' kills them");
            return false;
        }
        warn("it would not stop: its processes are killed");
        return remove();
    }

private:
    // A jail without a shell, or whose script fails or does not end, is killed all the same.
    void run_script() {
        Plan plan;
        plan.name = std::string(pty::get_text(jail_.name));
        plan.hooks.clean = true;
        plan.hooks.timeout = options_.script_seconds;
        if (!options_.verbose)
            plan.hooks.console_log = "/dev/null";
        try {
            const HostPaths host;
            run_before_end(HookRunner(plan, jail_.jid, host, output_, nullptr), {script}, jail_);
        } catch (const CommandLate&) {
            warn("/etc/rc.shutdown: it has not ended within " + std::to_string(options_.script_seconds) +
                 " seconds; the kill goes on without it");
        } catch (const std::exception& failure) {
            warn(std::string("/etc/rc.shutdown: ") + failure.what());
        }
    }

    bool remove() {
        remove_jail_of(jail_);
        if (!options_.quiet)
            output_.note("removed");
        return remove_cgroup_of(jail_, output_);
    }

    void warn(const std::string& text) const {
        if (!options_.quiet)
            output_.warn(text);
    }

    const JailRecord& jail_;
    const KillOptions& options_;
    const Output& output_;
};

} // namespace

KillOptions parse_kill(const std::vector<std::string>& words) {
    KillOptions options;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "-f")
            options.force = true;
        else if (word == "-k")
            options.no_script = true;
        else if (word == "-q")
            options.quiet = true;
        else if (word == "-v")
            options.verbose = true;
        else if (word == "-t" && i + 1 < words.size())
            options.seconds = positive(words[++i]);
        else
            throw StartFailure("kill: unknown option " + word);
    }
    return options;
}

bool kill_jail(const JailRecord& jail, const KillOptions& options, const Output& output) {
    return Kill(jail, options, output).run();
}

} // namespace jailcore
