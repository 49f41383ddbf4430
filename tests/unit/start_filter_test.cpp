#include "jailcore/enter_spec.hpp"
#include "jailcore/linux/starter/filter.hpp"
#include "jailcore/plan.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr long x32_bit = 0x40000000;

// The errno (0: none) of `call`, made in a child under the filter.
template <class Call>
int error_under(uint32_t filtered, Call call) {
    auto filter = jailcore::make_filter(filtered);
    pid_t pid = ::fork();
    if (pid == 0) {
        std::signal(SIGSEGV, SIG_DFL); // a sanitizer would make an exit status of it
        // Else a filter takes privilege (seccomp(2)).
        if (::geteuid() != 0)
            ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        try {
            jailcore::load_filter(filter);
        } catch (const std::exception&) {
            ::_exit(255); // no errno
        }
        errno = 0;
        long result = call();
        ::_exit(result == -1 ? errno : 0);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

long raw_clone(unsigned long flags, long number = SYS_clone) {
    long pid = ::syscall(number, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (pid == 0)
        ::_exit(0);
    return pid;
}

#ifdef __x86_64__
// The 32-bit ABI, through its own gate; the number is i386's.
long call_i386(long number, long first) {
    long result = 0;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first), "c"(0L), "d"(0L), "S"(0L), "D"(0L)
                     : "memory", "r8", "r9", "r10", "r11");
    if (result < 0 && result > -4096) {
        errno = static_cast<int>(-result);
        return -1;
    }
    return result;
}

// What a call through that gate comes to that the filter answers with `error`. A kernel may have no such gate
// (a command line with ia32_emulation=0, some hypervisors), which is as good: then whoever tries is killed.
int outcome_on_i386(int error) {
    constexpr long i386_getpid = 20;
    static const bool gate = error_under(0, [] {
                                 return call_i386(i386_getpid, 0);
                             }) == 0;
    return gate ? error : -SIGSEGV;
}
#endif

TEST(Filter, RefusesEveryNamespace) {
    for (unsigned long flag :
         {0x00020000UL, 0x02000000UL, 0x04000000UL, 0x08000000UL, 0x10000000UL, 0x20000000UL, 0x40000000UL}) {
        EXPECT_EQ(EPERM, error_under(jailcore::filter_namespaces,
                                     [&] {
                                         return raw_clone(flag);
                                     }))
            << flag;
        EXPECT_EQ(EPERM, error_under(jailcore::filter_namespaces,
                                     [&] {
                                         return ::syscall(SYS_unshare, flag);
                                     }))
            << flag;
        EXPECT_EQ(EPERM, error_under(jailcore::filter_namespaces,
                                     [&] {
                                         return ::syscall(SYS_unshare, flag | 0xffffffff00000000UL);
                                     }))
            << "the kernel looks at 32 bits of the flags only";
    }
    EXPECT_EQ(EPERM, error_under(jailcore::filter_namespaces, [] {
                  return ::syscall(SYS_unshare, CLONE_NEWTIME);
              }));
    EXPECT_EQ(EPERM, error_under(jailcore::filter_namespaces,
                                 [] {
                                     return raw_clone(CLONE_PARENT);
                                 }))
        << "a child of the router's";
    EXPECT_EQ(EPERM, error_under(jailcore::filter_namespaces, [] {
                  return ::syscall(SYS_setns, 0, 0);
              }));
    EXPECT_EQ(ENOSYS, error_under(jailcore::filter_namespaces, [] {
                  return ::syscall(SYS_clone3, nullptr, 0);
              }));
}

#ifdef __x86_64__
TEST(Filter, RefusesThemOnEveryAbi) {
    constexpr long i386_clone = 120, i386_unshare = 310, i386_setns = 346, i386_clone3 = 435;
    EXPECT_EQ(outcome_on_i386(EPERM), error_under(jailcore::filter_namespaces, [] {
                  return call_i386(i386_unshare, CLONE_NEWUSER);
              }));
    EXPECT_EQ(outcome_on_i386(EPERM), error_under(jailcore::filter_namespaces, [] {
                  return call_i386(i386_clone, CLONE_NEWUSER | SIGCHLD);
              }));
    EXPECT_EQ(outcome_on_i386(EPERM), error_under(jailcore::filter_namespaces, [] {
                  return call_i386(i386_setns, 0);
              }));
    EXPECT_EQ(outcome_on_i386(ENOSYS), error_under(jailcore::filter_namespaces, [] {
                  return call_i386(i386_clone3, 0);
              }));
    EXPECT_EQ(EPERM, error_under(jailcore::filter_namespaces, [] {
                  return ::syscall(x32_bit | SYS_unshare, CLONE_NEWUSER);
              }));
    EXPECT_EQ(EPERM, error_under(jailcore::filter_namespaces, [] {
                  return raw_clone(CLONE_NEWUSER, x32_bit | SYS_clone);
              }));
}
#endif

TEST(Filter, LetsEverythingElseThrough) {
    EXPECT_EQ(0, error_under(jailcore::filter_namespaces, [] {
                  return raw_clone(0);
              }));
    EXPECT_EQ(0, error_under(jailcore::filter_namespaces, [] {
                  return ::unshare(CLONE_FILES);
              }));
    EXPECT_EQ(0, error_under(jailcore::filter_namespaces, [] {
                  return long{::getppid() == 0 ? -1 : 0};
              }));
    EXPECT_TRUE(jailcore::make_filter(0).empty());
}

TEST(Filter, DisablesSystemVIpc) {
    using namespace jailcore;
    auto messages = [] {
        return long{::msgget(IPC_PRIVATE, 0)};
    };
    auto semaphores = [] {
        return long{::semget(IPC_PRIVATE, 0, 0)};
    };
    auto memory = [] {
        return long{::shmget(IPC_PRIVATE, 0, 0)};
    };
    EXPECT_EQ(ENOSYS, error_under(filter_sysvmsg, messages));
    EXPECT_EQ(ENOSYS, error_under(filter_sysvsem, semaphores));
    EXPECT_EQ(ENOSYS, error_under(filter_sysvshm, memory));
    EXPECT_EQ(EINVAL, error_under(filter_sysvmsg, semaphores)) << "refused by the kernel, not by the filter";
    EXPECT_EQ(EINVAL, error_under(filter_sysvmsg, memory));
}

TEST(Filter, FitsIntoItsPlace) {
    EXPECT_LE(jailcore::make_filter(~0U).size(), jailcore::max_filter);
    EXPECT_GT(jailcore::make_filter(~0U).size(), 10U);
}

} // namespace
