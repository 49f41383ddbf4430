#include "jailcore/linux/kernel.hpp"

#include "pty/kernel_call.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kernel {

// The raw call: glibc 2.36 has no clone3, and its fork would run handlers. The caller has one thread.
pid_t clone3(const clone_args* arguments, size_t size) {
    return enter("clone3", [&] {
        return static_cast<pid_t>(::syscall(SYS_clone3, arguments, size));
    });
}

int setns(int fd, int flags) {
    return enter("setns", [&] {
        return ::setns(fd, flags);
    });
}

int unshare(int flags) {
    return enter("unshare", [&] {
        return ::unshare(flags);
    });
}

int pidfd_open(pid_t pid, unsigned flags) {
    return enter("pidfd_open", [&] {
        return static_cast<int>(::syscall(SYS_pidfd_open, pid, flags));
    });
}

int pidfd_send_signal(int pidfd, int signal) {
    return enter("pidfd_send_signal", [&] {
        return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
    });
}

int pidfd_namespace(int pidfd, unsigned long request) {
    return enter("pidfd_namespace", [&] {
        return ::ioctl(pidfd, request, 0);
    });
}

int ns_user(int namespace_fd) {
    return enter("ns_user", [&] {
        return ::ioctl(namespace_fd, NS_GET_USERNS);
    });
}

int ns_parent(int namespace_fd) {
    return enter("ns_parent", [&] {
        return ::ioctl(namespace_fd, NS_GET_PARENT);
    });
}

int execveat(int dir, const char* path, char* const argv[], char* const environment[], int flags) {
    return enter("execveat", [&] {
        return static_cast<int>(::syscall(SYS_execveat, dir, path, argv, environment, flags));
    });
}

int close_range(unsigned first, unsigned last, unsigned flags) {
    return enter("close_range", [&] {
        return static_cast<int>(::syscall(SYS_close_range, first, last, flags));
    });
}

int prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5) {
    return enter("prctl", [&] {
        return ::prctl(option, a2, a3, a4, a5);
    });
}

int seccomp_filter(unsigned flags, const sock_fprog* filter) {
    return enter("seccomp_filter", [&] {
        return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter));
    });
}

int setrlimit(int resource, const rlimit* limit) {
    return enter("setrlimit", [&] {
        return static_cast<int>(::syscall(SYS_prlimit64, 0, resource, limit, nullptr));
    });
}

int setpriority(int which, unsigned who, int priority) {
    return enter("setpriority", [&] {
        return static_cast<int>(::syscall(SYS_setpriority, which, who, priority));
    });
}

// sched_setattr(2), for the time slice that Linux 6.12 keeps of a process of SCHED_OTHER (sched_runtime; 0:
// the default) is left alone by sched_setscheduler(2). The nice value is set with it, and so asked for.
int sched_reset() {
    return enter("sched_reset", [] {
        struct { // linux/sched/types.h, struct sched_attr, SCHED_ATTR_SIZE_VER0
            uint32_t size = 48;
            uint32_t policy = SCHED_OTHER;
            uint64_t flags = 0;
            int32_t nice = ::getpriority(PRIO_PROCESS, 0);
            uint32_t priority = 0;
            uint64_t runtime = 0, deadline = 0, period = 0;
        } attributes;
        static_assert(sizeof attributes == 48);
        return static_cast<int>(::syscall(SYS_sched_setattr, 0, &attributes, 0));
    });
}

// ioprio_set(2); glibc has neither the call nor its numbers.
int io_priority_reset() {
    return enter("io_priority_reset", [] {
        constexpr int who_process = 1;
        return static_cast<int>(::syscall(SYS_ioprio_set, who_process, 0, 0));
    });
}

int affinity_reset() {
    return enter("affinity_reset", [] {
        std::array<unsigned long, 128> all; // 8192 processors, the most that Linux can have
        all.fill(~0UL);
        return static_cast<int>(::syscall(SYS_sched_setaffinity, 0, sizeof all, all.data()));
    });
}

int memory_policy_reset() {
    return enter("memory_policy_reset", [] {
        constexpr int mode_default = 0;
        return static_cast<int>(::syscall(SYS_set_mempolicy, mode_default, nullptr, 0));
    });
}

int personality(unsigned long persona) {
    return enter("personality", [&] {
        return ::personality(persona);
    });
}

int sethostname(const char* name, size_t size) {
    return enter("sethostname", [&] {
        return ::sethostname(name, size);
    });
}

int setdomainname(const char* name, size_t size) {
    return enter("setdomainname", [&] {
        return ::setdomainname(name, size);
    });
}

// netdevice(7): any socket will do.
int interface_up(const char* name) {
    return enter("interface_up", [&] {
        int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (socket == -1)
            return -1;
        ifreq request{};
        std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
        int result = ::ioctl(socket, SIOCGIFFLAGS, &request);
        request.ifr_flags |= IFF_UP;
        if (result == 0)
            result = ::ioctl(socket, SIOCSIFFLAGS, &request);
        int error = errno;
        ::close(socket);
        errno = error;
        return result;
    });
}

int setgroups(size_t count, const gid_t* groups) {
    return enter("setgroups", [&] {
        return static_cast<int>(::syscall(SYS_setgroups, count, groups));
    });
}

int setresgid(gid_t real, gid_t effective, gid_t saved) {
    return enter("setresgid", [&] {
        return static_cast<int>(::syscall(SYS_setresgid, real, effective, saved));
    });
}

int setresuid(uid_t real, uid_t effective, uid_t saved) {
    return enter("setresuid", [&] {
        return static_cast<int>(::syscall(SYS_setresuid, real, effective, saved));
    });
}

int capget(__user_cap_header_struct* header, __user_cap_data_struct* data) {
    return enter("capget", [&] {
        return static_cast<int>(::syscall(SYS_capget, header, data));
    });
}

int capset(__user_cap_header_struct* header, const __user_cap_data_struct* data) {
    return enter("capset", [&] {
        return static_cast<int>(::syscall(SYS_capset, header, data));
    });
}

long join_session_keyring() {
    return enter("join_session_keyring", [] {
        return ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr, 0, 0, 0);
    });
}

} // namespace kernel
