// The superuser of a jail who takes whatever he can from those who enter: by ptrace, by pidfd_getfd, and
// through /proc/PID/{fd,cwd,root,exe}.
#include "pty/error.hpp"
#include "tests/unit/enter_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using enter_test::enter;
using enter_test::Entry;
using enter_test::JailOptions;
using enter_test::Outcome;
using enter_test::TestJail;

// Shared with the thief, who lives in the jail.
struct Loot {
    std::atomic<long> attempts{0}; // at processes that are not the jail's own
    std::atomic<long> stolen{0};
    char what[256]{};
};

Loot* loot;
dev_t jail_device;

void steal(const char* what, pid_t from, int number) {
    if (loot->stolen++ == 0)
        std::snprintf(loot->what, sizeof loot->what, "%s %d of %d", what, number, from);
}

std::string link_of(pid_t pid, const char* name) {
    std::array<char, 256> text{};
    std::string path = "/proc/" + std::to_string(pid) + "/" + name;
    return ::readlink(path.c_str(), text.data(), text.size() - 1) > 0 ? text.data() : "";
}

// Of the host, or of the router: a directory or file that does not lie in the jail, or a socket.
bool is_foreign(int fd) {
    struct stat facts = {};
    if (::fstat(fd, &facts) == -1)
        return false;
    bool elsewhere = facts.st_dev != jail_device;
    return S_ISSOCK(facts.st_mode) || ((S_ISDIR(facts.st_mode) || S_ISREG(facts.st_mode)) && elsewhere);
}

void try_path(pid_t pid, const std::string& name, int number = -1) {
    std::string path = "/proc/" + std::to_string(pid) + "/" + name;
    pty::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (fd && is_foreign(fd.get()))
        steal(name.c_str(), pid, number);
}

void try_descriptors(pid_t pid) {
    pty::UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    for (int number = 0; process && number < 8; ++number) {
        pty::UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), number, 0)));
        if (fd && is_foreign(fd.get()))
            steal("pidfd_getfd", pid, number);
        try_path(pid, "fd/" + std::to_string(number), number);
    }
}

// Ours to trace once it runs a program of the jail; not before.
void try_trace(pid_t pid) {
    if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == -1)
        return;
    if (link_of(pid, "exe").find("jenter") != std::string::npos)
        steal("ptrace", pid, -1);
    ::ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr);
    ::waitpid(pid, nullptr, __WALL);
    ::ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
}

[[noreturn]] void live_as_thief() {
    struct stat root = {};
    ::stat("/", &root);
    jail_device = root.st_dev;
    ::signal(SIGCHLD, SIG_DFL);
    for (;;) {
        DIR* proc = ::opendir("/proc");
        while (dirent* entry = ::readdir(proc)) {
            auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
            if (pid <= 1)
                continue;
            ++loot->attempts;
            try_trace(pid);
            try_descriptors(pid);
            for (const char* name : {"cwd", "root", "exe"})
                try_path(pid, name);
        }
        ::closedir(proc);
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
    }
}

void give_up_ptrace() {
    pty::check(::prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE), "drop");
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[2]{};
    pty::check(static_cast<int>(::syscall(SYS_capget, &header, sets)), "capget");
    for (auto* set : {&sets[0].effective, &sets[0].permitted, &sets[0].inheritable})
        *set &= ~(1U << CAP_SYS_PTRACE);
    pty::check(static_cast<int>(::syscall(SYS_capset, &header, sets)), "capset");
}

class Thief : public testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        void* shared =
            ::mmap(nullptr, sizeof(Loot), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(MAP_FAILED, shared);
        loot = new (shared) Loot;
    }
    void TearDown() override { ::munmap(loot, sizeof(Loot)); }

    static JailOptions options() {
        JailOptions made;
        made.id_map = GetParam();
        if (made.id_map.empty())
            made.prepare = give_up_ptrace;
        made.live = live_as_thief;
        return made;
    }
};

INSTANTIATE_TEST_SUITE_P(Ids, Thief, testing::Values("", "0 100000 65536"), [](const auto& one) {
    return one.param.empty() ? "OfTheHostWithoutPtrace" : "Subordinate";
});

TEST_P(Thief, GetsNothingFromThoseWhoEnter) {
    TestJail jail(options());
    for (int attach = 0; attach < 200; ++attach) {
        Entry entry =
            attach % 2 == 0 ? enter_test::shell("exit 3") : enter_test::on_pipes({"sh", "-c", "exit 3"});
        if (attach % 4 > 1)
            entry.program.user = "alice";
        Outcome outcome = enter(jail.pidfd(), entry);
        ASSERT_EQ("", outcome.failure()) << attach;
        ASSERT_TRUE(outcome.program) << attach;
    }
    EXPECT_LT(100, loot->attempts);
    EXPECT_EQ(0, loot->stolen) << loot->what;
}

// The thief is able: somebody who enters without our precautions is robbed.
TEST_P(Thief, RobsTheCareless) {
    TestJail jail(options());
    pid_t careless = pty::check(::fork(), "fork");
    if (careless == 0) {
        int host = ::open("/", O_RDONLY | O_DIRECTORY);
        int namespaces = CLONE_NEWNS | CLONE_NEWPID | (GetParam().empty() ? 0 : CLONE_NEWUSER);
        if (host == -1 || ::setns(jail.pidfd(), namespaces) == -1)
            ::_exit(1);
        // The change of user namespace made us non-dumpable; the careless execute something, which undoes it.
        ::prctl(PR_SET_DUMPABLE, 1);
        if (::fork() == 0) {
            if (GetParam().empty())
                give_up_ptrace();
            while (loot->stolen == 0)
                ::usleep(1000);
            ::_exit(0);
        }
        ::_exit(::wait(nullptr) == -1);
    }
    int status = -1;
    ::waitpid(careless, &status, 0);
    EXPECT_EQ(0, status);
    EXPECT_LT(0, loot->stolen);
}

} // namespace
