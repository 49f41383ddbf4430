#include "jailcore/linux/starter/starter.hpp"

#include "jailcore/contract/linux/jinit.hpp"
#include "jailcore/contract/linux/record.hpp"
#include "jailcore/contract/starter.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/pidfd.hpp"
#include "jailcore/linux/starter/ending_commands.hpp"
#include "jailcore/linux/starter/remove.hpp"
#include "jailcore/linux/starter/staging.hpp"
#include "jailcore/linux/starter/thaw.hpp"
#include "pty/error.hpp"

#include <cerrno>
#include <csignal>
#include <unistd.h>

namespace jailcore {
namespace {

constexpr int64_t default_stop_timeout = 10; // seconds, jail(8)

bool has(const JailRecord& jail, uint32_t flag) {
    return (jail.flags & flag) != 0;
}

// exec.stop may have ended the last process of a jail that does not persist, and the jail with it.
void signal_jinit(int signal) {
    if (kernel::pidfd_send_signal(starter_target, signal) == -1 && errno != ESRCH)
        throw pty::StepError(errno, "terminate", "the jail");
}

} // namespace

void leave_host_mounts(const JailRecord& jail) {
    if (enter_kept_staging(jail))
        return;
    // What root started in a user namespace was staged outside it, as root.
    if (::geteuid() != 0 && has(jail, jail_own_user_namespace))
        enter_staging_of(starter_target);
    else
        enter_staging(false);
}

void terminate_processes(const JailRecord& jail) {
    report_ending();
    if (has(jail, jail_own_pid_namespace)) {
        signal_jinit(jinit_terminate);
    } else {
        std::vector<pid_t> members = shared_pid_members(jail);
        signal_members(jail, members, SIGTERM);
        signal_members(jail, members, SIGCONT); // a process that was stopped ends no sooner
        kill_beside_jinit(jail);
    }
    signal_jinit(jinit_no_persist);
}

void remove_jail_of(const JailRecord& jail) {
    std::string cgroup(pty::get_text(jail.cgroup));
    remove_jail(jail.pid, starter_target, cgroup);
    if (!has(jail, jail_own_pid_namespace))
        kill_members(cgroup);
    report_removed();
}

bool thaw_before_end(const JailRecord& jail, const Output& output) {
    std::string cgroup(pty::get_text(jail.cgroup));
    auto freeze = thaw_jail(jail.pid, cgroup);
    if (freeze)
        output.warn(still_frozen(*freeze));
    return !freeze;
}

bool remove_cgroup_of(const JailRecord& jail, const Output& output) {
    std::string cgroup(pty::get_text(jail.cgroup));
    if (cgroup.empty())
        remove_pids_limit(std::string(pty::get_text(jail.name)));
    if (cgroup.empty() || remove_cgroup(cgroup, has(jail, jail_starting)))
        return true;
    output.warn(with_cause("remove " + cgroup, errno));
    return false;
}

Stop::Stop(const Plan* plan, const JailRecord& jail, const HostPaths& host, const Output& output)
    : plan_(plan), jail_(jail), host_(host), output_(output) {}

// Until the jail is removed a failure leaves it as it is; after that the rest is done all the same.
bool Stop::run() {
    Plan nothing;
    const Plan& plan = plan_ != nullptr ? *plan_ : nothing;
    HookProcesses processes(plan.name, HooksOf::stop);
    HookRunner hooks(plan, jail_.jid, host_, output_, &processes);
    hooks.set_process(jail_.pid);
    bool clean = run_steps(plan, hooks, processes);
    // What a stop that failed has begun must not run beside the next.
    if (clean)
        processes.release();
    else
        processes.end();
    // The cgroup of the start's hooks, where the start could not remove it.
    end_left_hooks(std::string(pty::get_text(jail_.name)));
    return clean;
}

bool Stop::run_steps(const Plan& plan, HookRunner& hooks, HookProcesses& processes) const {
    try {
        leave_host_mounts(jail_);
        bool runs = thaw_before_end(jail_, output_);
        if (!runs)
            output_.warn("its processes are killed, and exec.stop is not run");
        if (plan_ != nullptr)
            run_hooks_before(hooks, runs, processes);
        if (runs && !has_ended(starter_target))
            terminate(plan_ != nullptr ? plan_->stop_timeout : default_stop_timeout);
        remove();
    } catch (const std::exception& failure) {
        output_.warn(failure.what());
        return false;
    }
    hooks.set_process(0);
    bool clean = run_hooks_after(hooks, plan.hooks.poststop);
    clean = remove_cgroup_of(jail_, output_) && clean;
    return run_hooks_after(hooks, plan.hooks.release) && clean;
}

// Where the jail ends meanwhile, killed by somebody else, they are in vain, and the rest is done all the
// same.
void Stop::run_hooks_before(const HookRunner& hooks, bool inside, HookProcesses& processes) const {
    try {
        hooks.run_on_host(plan_->hooks.prestop, starter_target);
        if (inside)
            run_before_end(hooks, plan_->hooks.stop, jail_);
    } catch (const StartFailure& failure) {
        // As with jail(8). What is executed in there is the jail's, too.
        if (!has_ended(starter_target))
            throw StartFailure(std::string(failure.what()) + "; it runs on: 'jconsole kill -f " +
                               std::string(pty::get_text(jail_.name)) + "' ends it");
        output_.warn(failure.what());
        processes.end();
    }
}

bool Stop::run_hooks_after(const HookRunner& hooks, const std::vector<std::string>& values) const {
    bool clean = true;
    for (const std::string& value : values) {
        try {
            hooks.run_on_host({value});
        } catch (const std::exception& failure) {
            output_.warn(failure.what());
            clean = false;
        }
    }
    return clean;
}

void Stop::terminate(int64_t seconds) const {
    if (seconds == 0)
        return;
    terminate_processes(jail_);
    output_.verbose("sent SIGTERM to its processes");
    if (!await_end(starter_target, seconds * 1000))
        output_.verbose("timed out");
}

void Stop::remove() const {
    remove_jail_of(jail_);
    output_.note("removed");
}

} // namespace jailcore
