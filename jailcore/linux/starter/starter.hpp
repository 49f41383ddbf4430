// One start, and one stop, of a jail.
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/linux/starter/cgroup.hpp"
#include "jailcore/linux/starter/create.hpp"
#include "jailcore/linux/starter/hooks.hpp"
#include "jailcore/linux/starter/pids_limit.hpp"
#include "jailcore/plan/linux/plan.hpp"
#include "jailcore/starter/output.hpp"
#include "jailcore/starter/reports.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jailcore {

class Start {
public:
    // `running`: the jails that are there. Borrows all of them.
    Start(const Plan& plan, uint32_t jid, std::span<const JailRecord> running, const HostPaths& host,
          const Output& output);
    // Runs all steps; undoes them when one fails. Returns whether the jail is started.
    bool run();

private:
    void check_registry() const;
    void check_parents() const;
    void warn_of_reachable_path() const;
    void make_jail_cgroup();
    void limit_processes();
    void open_root();
    void mount_all();
    void create();
    void keep_mounts_of_hooks();
    void announce_created();
    void run_steps();
    void undo();
    [[nodiscard]] InsideAccess access() const;
    [[nodiscard]] JailRecord make_record() const;

    const Plan& plan_;
    uint32_t jid_;
    std::span<const JailRecord> running_;
    const HostPaths& host_;
    const Output& output_;
    HookProcesses processes_;
    HookRunner hooks_;
    bool unprivileged_;
    std::optional<Cgroup> cgroup_;
    pty::UniqueFd members_; // jinit's end of the socket to jkeeper
    std::optional<PidsLimit> pids_limit_;
    pty::UniqueFd root_;
    JailRecord record_;
    std::vector<MadeMount> made_;
    pty::UniqueFd spec_;
    std::optional<CreatedJail> jail_;
    bool announced_ = false; // the monitor knows of it
};

class Stop {
public:
    // `plan`: nullptr for a jail that the configuration no longer has: it is stopped without hooks.
    Stop(const Plan* plan, const JailRecord& jail, const HostPaths& host, const Output& output);
    // Returns whether the jail is gone and no step failed.
    bool run();

private:
    bool run_steps(const Plan& plan, HookRunner& hooks, HookProcesses& processes) const;
    // `inside`: whether those of exec.stop can run.
    void run_hooks_before(const HookRunner& hooks, bool inside, HookProcesses& processes) const;
    bool run_hooks_after(const HookRunner& hooks, const std::vector<std::string>& values) const;
    void terminate(int64_t seconds) const;
    void remove() const;

    const Plan* plan_;
    const JailRecord& jail_;
    const HostPaths& host_;
    const Output& output_;
};

// Whether `jail` has processes whose end is waited for, other than jinit; and sending them a signal. By its
// cgroup, for a jail that shares the host's pids (shared_pids.cpp).
std::vector<pid_t> shared_pid_members(const JailRecord& jail);
// Those of them that still are `jail`'s.
void signal_members(const JailRecord& jail, const std::vector<pid_t>& members, int signal);
// Kills what has come into the cgroup of jinit itself, whose end does not wait for it: it would be taken for
// the first process of the next jail of that name. Throws StepError.
void kill_beside_jinit(const JailRecord& jail);

// ---- shared by stop.cpp and kill.cpp

// Mounts made from now on are this process's own, or those of the jail's start.
void leave_host_mounts(const JailRecord& jail);
// A frozen jail hears nothing. False, with a warning, where it is frozen by what is not its own.
bool thaw_before_end(const JailRecord& jail, const Output& output);
// SIGTERM for every process of the jail, and a hangup for the terminals of its consoles, by the router; jinit
// then ends with the last of them. Throws StepError.
void terminate_processes(const JailRecord& jail);
// Whatever still runs in it is killed, and the monitor told. Throws StartFailure, StepError.
void remove_jail_of(const JailRecord& jail);
// False, with a warning, where its cgroup is still there.
bool remove_cgroup_of(const JailRecord& jail, const Output& output);

} // namespace jailcore
