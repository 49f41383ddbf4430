// What the first process of a jail does before it becomes jinit. It is alone in the jail, whose other
// processes come only when it is ready.
#include "jailcore/contract/linux/jinit.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/starter/capabilities.hpp"
#include "jailcore/linux/starter/create.hpp"
#include "jailcore/linux/starter/filter.hpp"
#include "jailcore/plan/linux/refused.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/error.hpp"
#include "pty/fault.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace jailcore {
namespace {

bool has(const Creation& creation, uint32_t space) {
    return (creation.plan.namespaces & space) != 0;
}

void await_maps(const Creation& creation, int channel) {
    if (!has(creation, namespace_user) || creation.root.unprivileged)
        return;
    char byte = 0;
    if (pty::receive_message(channel, {&byte, 1}).size != 1)
        throw StartFailure("the starter died");
}

bool shows_cgroups(const Plan& plan) {
    return std::ranges::any_of(plan.mounts, [](const PlannedMount& mount) {
        return mount.kind == MountKind::cgroups;
    });
}

pty::UniqueFd processes_of(int cgroup) {
    return pty::UniqueFd(cgroup < 0 ? -1 : kernel::openat(cgroup, "cgroup.procs", O_WRONLY));
}

bool move_into(const pty::UniqueFd& processes) {
    return processes && kernel::write(processes.get(), "0", 1) == 1;
}

// The root of a new cgroup namespace is the cgroup of its maker. It is to be that of the jail's members,
// below the jail's limits and jinit, so we go there and come back. (To have a child born there, which makes
// it, is no way: since Linux 6.12 one is killed where cgroup.kill was ever written, kernel/cgroup/cgroup.c,
// kill_seq.)
void make_cgroup_namespace(const Creation& creation) {
    if (!has(creation, namespace_cgroup))
        return;
    pty::UniqueFd own = processes_of(creation.cgroup);
    bool among_members = own && move_into(processes_of(creation.namespace_root));
    if (!among_members && shows_cgroups(creation.plan))
        throw StartFailure(
            refusal("cgroup2",
                    "the jail has no cgroup: there is no version 2 hierarchy that the router may write to"));
    pty::check(kernel::unshare(CLONE_NEWCGROUP), "make a cgroup namespace");
    if (among_members && !move_into(own))
        throw pty::StepError(errno, "join", "the cgroup of jinit");
}

// What is mounted from now on in the starter's namespace reaches the jail, nothing the other way.
void follow_starter() {
    pty::check(kernel::mount("", "/", "", MS_REC | MS_SLAVE, nullptr), "separate mounts");
}

// The working directory, which is the jail's root, becomes a mount of its own with all that is mounted below
// it.
pty::UniqueFd bind_root() {
    pty::UniqueFd tree = copy_mount(AT_FDCWD, ".", true);
    pty::check(kernel::move_mount(tree.get(), "", AT_FDCWD, ".", MOVE_MOUNT_F_EMPTY_PATH), "mount",
               "the root");
    pty::check(kernel::fchdir(tree.get()), "enter", "the root");
    return tree;
}

void mount_inside(const Creation& creation, int root) {
    Root here = creation.root;
    here.fd = root;
    std::vector<MadeMount> made = creation.made;
    for (const PlannedMount& mount : creation.plan.mounts)
        if (is_mounted_inside(mount.kind, creation.plan.namespaces))
            mount_planned(here, mount, made);
    expect_mounts(here, made);
}

// pivot_root(2), NOTES: the new root is mounted where the old one was, which then lies on top and is
// detached.
void change_root() {
    pty::check(kernel::pivot_root(".", "."), "pivot_root");
    pty::check(kernel::umount2(".", MNT_DETACH), "detach", "the old root");
    pty::check(kernel::chdir("/"), "enter", "the root");
}

void build_files(const Creation& creation) {
    if (!has(creation, namespace_fs))
        return;
    follow_starter();
    if (creation.plan.path == "/") {
        // The starter's descriptor is of the starter's namespace, where nothing can be mounted from here.
        pty::UniqueFd root(
            pty::check(kernel::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "enter", "the root"));
        return mount_inside(creation, root.get());
    }
    pty::UniqueFd root = bind_root();
    mount_inside(creation, root.get());
    change_root();
}

void name_host(const Plan& plan) {
    if (const auto& name = plan.hostname)
        pty::check(kernel::sethostname(name->data(), name->size()), "sethostname", *name);
    if (const auto& name = plan.domainname)
        pty::check(kernel::setdomainname(name->data(), name->size()), "setdomainname", *name);
}

void set_up_namespaces(const Creation& creation) {
    name_host(creation.plan);
    if (has(creation, namespace_net))
        pty::check(kernel::interface_up("lo"), "bring up", "lo");
}

// It must hold nothing that the jail does not, and be under the same filter.
void drop_privileges(const Creation& creation) {
    if (!creation.root
             .unprivileged) // in the user's own namespace groups cannot be changed (user_namespaces(7))
        pty::check(kernel::setgroups(0, nullptr), "setgroups");
    if (kernel::join_session_keyring() == -1 && errno != ENOSYS)
        throw pty::StepError(errno, "join a session keyring", "");
    if (creation.plan.no_new_privs)
        pty::check(kernel::prctl(PR_SET_NO_NEW_PRIVS, 1), "set no_new_privs");
    load_filter(creation.filter);
    limit_capabilities(creation.bounding_set);
}

// The channel and the socket to jkeeper under their numbers, and nothing else. All others lie above: the
// starter was given more.
void keep_descriptors(const Creation& creation, int channel) {
    pty::check(::dup2(channel, jinit_channel), "dup2");
    if (creation.members >= 0)
        pty::check(::dup2(creation.members, jinit_members), "dup2");
    int last = creation.members >= 0 ? jinit_members : jinit_channel;
    pty::check(kernel::close_range(0, jinit_channel - 1, 0), "close_range");
    pty::check(kernel::close_range(static_cast<unsigned>(last) + 1, ~0U, CLOSE_RANGE_CLOEXEC), "close_range");
}

void execute(const Creation& creation) {
    std::vector<const char*> argv{"jinit"};
    if (!has(creation, namespace_pid))
        argv.push_back("--shared-pids");
    if (creation.members >= 0)
        argv.push_back("--members");
    argv.push_back(nullptr);
    std::array<const char*, 2> environment{kernel::fault_environment(), nullptr};
    pty::check(kernel::execveat(creation.jinit, "", const_cast<char* const*>(argv.data()),
                                const_cast<char* const*>(environment.data()), AT_EMPTY_PATH),
               "execute", "jinit");
}

void report(int channel, const std::string& text) {
    pty::send_message(channel, channel_failed + text.substr(0, 1000));
}

} // namespace

void become_jinit(const Creation& creation, int channel) {
    try {
        // Until it is jinit it has what the starter has, and who shares its pids may have as much power as
        // it.
        pty::check(kernel::prctl(PR_SET_DUMPABLE, 0), "prctl", "PR_SET_DUMPABLE");
        await_maps(creation, channel);
        make_cgroup_namespace(creation);
        build_files(creation);
        set_up_namespaces(creation);
        pty::check(kernel::setsid(), "setsid");
        ::umask(022);
        drop_privileges(creation);
        keep_descriptors(creation, channel);
        execute(creation);
    } catch (const std::exception& failure) {
        report(channel, failure.what());
    }
    ::_exit(1);
}

} // namespace jailcore
