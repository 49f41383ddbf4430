#include "jailcore/linux/starter/ending_commands.hpp"

#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/contract/starter.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/memberships.hpp"
#include "jailcore/linux/starter/cgroup_folder.hpp"
#include "jailcore/listing/linux/cgroup_tree.hpp"
#include "pty/kernel.hpp"
#include "pty/memfd.hpp"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <sys/file.h>
#include <unistd.h>

namespace jailcore {
namespace {

// The jail's root may do to it what he likes, where he has cgroups mounted: that reaches nobody but the jail,
// and nothing here waits for it.
class Commands {
public:
    explicit Commands(const std::string& members)
        : members_(members), cgroup_(members.empty() ? "" : members + "/exec.stop") {}

    // Kills what is left of earlier ones. False where those have the lock, and so live, or there are none.
    bool end_left() {
        if (!open())
            return false;
        kill();
        return true;
    }

    // False where there can be no such cgroup.
    bool make() {
        end_left();
        // The jail may have forbidden it, or made all below of a kind that cannot be joined (cgroups(7),
        // "domain invalid").
        return !cgroup_.empty() && kernel::mkdirat(AT_FDCWD, cgroup_.c_str(), 0700) == 0 && open() &&
               read_setting(cgroup_, "cgroup.type") == "domain";
    }

    [[nodiscard]] const std::string& cgroup() const { return cgroup_; }

    void kill() {
        if (!directory_)
            return;
        kill_populated(directory_.get());
        remove();
    }

    // They are the jail's others from now on.
    void release() {
        constexpr int rounds = 100; // what has been read may have begun another meanwhile
        if (!directory_)
            return;
        for (int round = 0; round < rounds && is_populated(directory_.get()); ++round)
            for (pid_t pid : pids_of_cgroup(cgroup_))
                write_file(AT_FDCWD, (members_ + "/cgroup.procs").c_str(), std::to_string(pid));
        remove();
    }

private:
    bool open() {
        directory_.reset(cgroup_.empty() ? -1 : kernel::open(cgroup_.c_str(), O_RDONLY | O_DIRECTORY));
        if (directory_ && ::flock(directory_.get(), LOCK_EX | LOCK_NB) == -1)
            directory_.reset();
        return static_cast<bool>(directory_);
    }

    // What keeps it goes with the jail.
    void remove() {
        kernel::unlinkat(AT_FDCWD, cgroup_.c_str(), AT_REMOVEDIR);
        directory_.reset();
    }

    std::string members_;
    std::string cgroup_;
    pty::UniqueFd directory_; // locked (flock(2)) for as long as it is open
};

// The jail's specification, but for the cgroup that is joined; empty where it cannot be changed.
pty::UniqueFd spec_with(const std::string& cgroup) {
    auto content = pty::read_sealed(starter_spec, max_enter_spec);
    auto spec = std::make_unique<EnterSpec>();
    if (!content || read_record(*content, *spec) != Readable::all || cgroup.size() >= sizeof spec->cgroup)
        return {};
    pty::set_text(spec->cgroup, cgroup);
    return pty::sealed_memfd("enter spec", {reinterpret_cast<const char*>(spec.get()), sizeof *spec});
}

} // namespace

void run_before_end(const HookRunner& hooks, const std::vector<std::string>& values, const JailRecord& jail) {
    Commands commands{std::string(pty::get_text(jail.cgroup))};
    pty::UniqueFd spec;
    if (!values.empty() && commands.make())
        spec = spec_with(commands.cgroup());
    try {
        hooks.run_inside(values, {starter_jenter, starter_target, spec ? spec.get() : starter_spec});
    } catch (...) {
        commands.kill();
        throw;
    }
    commands.release();
}

void end_left_commands(const std::string& members) {
    Commands(members).end_left();
}

} // namespace jailcore
