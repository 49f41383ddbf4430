#include "jailcore/linux/starter/create.hpp"

#include "jailcore/contract/linux/jinit.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/oom_score.hpp"
#include "jailcore/linux/pidfd.hpp"
#include "jailcore/linux/shared_limits.hpp"
#include "jailcore/linux/starter/remove.hpp"
#include "jailcore/linux/starter/thaw.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sstream>
#include <utility>

namespace jailcore {
namespace {

// The cgroup namespace is not among them: its root is the cgroup of the caller, so it is made once we are in
// the jail's.
constexpr std::array<std::pair<uint32_t, uint64_t>, 7> clone_flags{{{namespace_fs, CLONE_NEWNS},
                                                                    {namespace_ipc, CLONE_NEWIPC},
                                                                    {namespace_pid, CLONE_NEWPID},
                                                                    {namespace_uts, CLONE_NEWUTS},
                                                                    {namespace_net, CLONE_NEWNET},
                                                                    {namespace_user, CLONE_NEWUSER},
                                                                    {namespace_time, CLONE_NEWTIME}}};

// An unprivileged starter has made the user namespace already, and works in it.
bool makes_user_namespace(const Creation& creation) {
    return (creation.plan.namespaces & namespace_user) != 0 && !creation.root.unprivileged;
}

uint64_t flags_of(const Creation& creation) {
    uint64_t flags = CLONE_PARENT | CLONE_PIDFD;
    for (const auto& [space, flag] : clone_flags)
        if ((creation.plan.namespaces & space) != 0 &&
            (flag != CLONE_NEWUSER || makes_user_namespace(creation)))
            flags |= flag;
    return flags;
}

constexpr const char* no_user_namespace =
    "vnet, net and user in linux.namespaces need a user namespace: have user.max_user_namespaces and "
    "user.max_net_namespaces above what is in use (sysctl), and run the router in no chroot";

// clone(2): the maximum is 0 or reached; in a chroot; a kernel without them.
bool is_refusal_of_user_namespaces(int error) {
    return error == ENOSPC || error == EPERM || error == EINVAL;
}

// Returns 0 in the new process.
pid_t clone_jail(const Creation& creation, int& pidfd) {
    const HalvedWhileNamespacesAreMade halved;
    const uint64_t flags = flags_of(creation);
    clone_args arguments{};
    arguments.flags = flags;
    arguments.pidfd = reinterpret_cast<uint64_t>(&pidfd);
    if (creation.cgroup >= 0) {
        arguments.flags = flags | CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<uint32_t>(creation.cgroup);
    }
    pid_t pid = kernel::clone3(&arguments, sizeof arguments);
    // Not root, or a cgroup that was delegated in part (cgroups(7)): the jail does without one.
    if (pid == -1 && creation.cgroup >= 0 && (errno == EACCES || errno == EBUSY || errno == EOPNOTSUPP)) {
        arguments.flags = flags;
        pid = kernel::clone3(&arguments, sizeof arguments);
    }
    if (pid == -1 && makes_user_namespace(creation) && is_refusal_of_user_namespaces(errno))
        throw StartFailure(with_cause("make namespaces", errno) + "; " + no_user_namespace);
    return pty::check(pid, "make namespaces");
}

// Every id that exists here is itself in the jail: the namespace confines privileges, not files.
std::string identity_map(const char* file) {
    pty::UniqueFd own(pty::check(kernel::open(file, O_RDONLY), "open", file));
    std::istringstream lines(pty::read_all(own.get(), file));
    std::string map;
    for (std::string inside, outside, count; lines >> inside >> outside >> count;)
        map.append(inside).append(" ").append(inside).append(" ").append(count).append("\n");
    return map;
}

void write_map(pid_t pid, const char* name) {
    std::string path = "/proc/" + std::to_string(pid) + "/" + name;
    std::string map = identity_map((std::string("/proc/self/") + name).c_str());
    pty::UniqueFd file(pty::check(kernel::open(path.c_str(), O_WRONLY), "open", path));
    pty::write_all(file.get(), map, path);
}

void send_byte(int channel, char byte, const char* step) {
    if (!pty::send_message(channel, {&byte, 1}))
        throw pty::StepError(errno, step, "jinit");
}

// With it the whole jail would end. The directory is of this process and no other, for it lives yet when that
// is open.
void spare(pid_t pid, int pidfd) {
    std::string path = "/proc/" + std::to_string(pid);
    pty::UniqueFd process(pty::check(kernel::open(path.c_str(), O_PATH | O_DIRECTORY), "open", path));
    if (!has_ended(pidfd))
        set_oom_score(process.get(), oom_never);
}

// A file system that does not answer holds it up as well as a cgroup that is frozen.
void await_word(pid_t pid, int channel) {
    constexpr int look = 250;     // milliseconds
    constexpr int patience = 240; // looks: a minute
    for (int looks = 0; looks < patience; ++looks) {
        pollfd word{channel, POLLIN, 0};
        if (::poll(&word, 1, look) == 1)
            return;
        if (auto freeze = find_freeze(pid))
            throw StartFailure(frozen_by(*freeze));
    }
    throw StartFailure("jinit is not ready after a minute: a file system that it mounts, or on which the "
                       "jail's path lies, does not answer");
}

void await_ready(pid_t pid, int channel) {
    char message[1024];
    await_word(pid, channel);
    pty::Received received = pty::receive_message(channel, message);
    if (received.size == -1)
        throw pty::StepError(errno, "await", "jinit");
    std::string_view text(message, static_cast<size_t>(received.size));
    if (text.starts_with(channel_failed))
        throw StartFailure(std::string(text.substr(1)));
    if (text != std::string_view(&jinit_ready, 1))
        throw StartFailure("jinit died before the jail was ready");
}

} // namespace

CreatedJail create_jail(const Creation& creation) {
    pty::SocketPair channel = pty::seqpacket_pair();
    int pidfd = -1;
    pid_t pid = clone_jail(creation, pidfd);
    if (pid == 0) {
        channel.ours.reset(); // else jinit would never see the starter's end
        become_jinit(creation, channel.theirs.get());
    }
    CreatedJail jail{pid, pty::UniqueFd(pidfd), std::move(channel.ours)};
    channel.theirs.reset();
    try {
        if (makes_user_namespace(creation)) {
            write_map(pid, "uid_map");
            write_map(pid, "gid_map");
            send_byte(jail.channel.get(), channel_mapped, "map ids of");
        }
        await_ready(pid, jail.channel.get());
        spare(pid, jail.pidfd.get());
    } catch (...) {
        jail.channel.reset(); // ends it, too
        remove_jail(pid, jail.pidfd.get(), creation.others);
        throw;
    }
    return jail;
}

void complete_start(CreatedJail& jail, bool persist) {
    send_byte(jail.channel.get(), persist ? jinit_keep : jinit_end_when_empty, "complete the start with");
    jail.channel.reset();
}

} // namespace jailcore
