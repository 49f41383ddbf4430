#include "jailcore/linux/starter/kill.hpp"

#include "jailcore/contract/linux/jinit.hpp"
#include "jailcore/contract/starter.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/starter/ending_commands.hpp"
#include "jailcore/linux/starter/hooks.hpp"
#include "jailcore/linux/starter/remove.hpp"
#include "jailcore/linux/starter/starter.hpp"
#include "pty/error.hpp"

#include <csignal>

namespace jailcore {
namespace {

constexpr const char* script = "test ! -x /etc/rc.shutdown || exec /bin/sh /etc/rc.shutdown";

bool has(const JailRecord& jail, uint32_t flag) {
    return (jail.flags & flag) != 0;
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
        for (int round = 0; round < kill_rounds; ++round) {
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

bool kill_jail(const JailRecord& jail, const KillOptions& options, const Output& output) {
    return Kill(jail, options, output).run();
}

} // namespace jailcore
