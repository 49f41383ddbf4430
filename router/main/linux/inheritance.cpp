#include "router/main/inheritance.hpp"

#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"
#include "pty/signals.hpp"
#include "router/main/linux/inherited.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67 // Linux 6.4
#endif

namespace inheritance {
namespace {

constexpr unsigned long default_timer_slack = 50'000; // ns, of process 1 (prctl(2))

bool write_proc(const char* path, std::string_view text) {
    pty::UniqueFd file(kernel::open(path, O_WRONLY));
    return file && kernel::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// What execve(2) keeps of how the kernel treats this process's memory and its clocks. Each is the default of
// a kernel that has it.
void reset_process() {
    pty::check(kernel::personality(0), "personality");
    pty::check(kernel::prctl(PR_SET_TIMERSLACK, default_timer_slack), "timer slack");
    kernel::prctl(PR_SET_THP_DISABLE, 0);
    kernel::prctl(PR_SET_MEMORY_MERGE, 0);
    kernel::prctl(PR_SET_TSC, PR_TSC_ENABLE);
    kernel::prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR);
    kernel::prctl(PR_SET_IO_FLUSHER, 0);
    write_proc("/proc/self/coredump_filter", "0x33"); // core(5)
}

void reset_oom_score(Notes& notes) {
    // A user's may have been raised for good by his login (proc(5)).
    if (!write_proc("/proc/self/oom_score_adj", "0") && ::geteuid() == 0)
        notes.emplace_back("the kernel would end it before others when memory is short: its oom_score_adj "
                           "cannot be lowered to 0");
}

// root's groups are none: what he may do he may as root. A user's are his login's.
void reset_identity() {
    if (::geteuid() == 0) {
        const gid_t none = 0;
        if (kernel::setgroups(1, &none) == -1 && errno != EPERM) // not in every user namespace
            throw pty::StepError(errno, "setgroups", "");
        pty::check(kernel::setresgid(0, 0, 0), "setresgid");
        pty::check(kernel::setresuid(0, 0, 0), "setresuid");
    }
    kernel::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
    pty::check(kernel::capget(&header, sets), "capget");
    for (auto& half : sets)
        half.inheritable = 0;
    pty::check(kernel::capset(&header, sets), "capset");
    // Who is to answer for what a session does is not who started the router (pam_loginuid(8)).
    write_proc("/proc/self/loginuid", "4294967295");
    if (kernel::join_session_keyring() == -1 && errno != ENOSYS && errno != EPERM)
        throw pty::StepError(errno, "join session keyring", "");
}

} // namespace

std::vector<std::string> give_up(const Place& place) {
    Notes notes;
    expect_own_proc();
    expect_ids();
    pid_t reference = reference_process();
    expect_privileges(reference);
    join_namespaces(reference, place.socket);
    ::alarm(0);
    pty::reset_signals();
    reset_limits(reference, notes);
    reset_scheduling(notes);
    reset_process();
    reset_oom_score(notes);
    if (!place.supervised)
        leave_cgroups();
    reset_identity();
    ::umask(022);
    pty::check(kernel::chdir("/"), "chdir", "/");
    return notes;
}

} // namespace inheritance
