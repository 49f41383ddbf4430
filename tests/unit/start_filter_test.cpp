#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/linux/starter/filter.hpp"
#include "jailcore/plan/linux/plan.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace {

constexpr long x32_bit = 0x40000000;

// The errno (0: none) of `call`, made in a child under the filter.
template <class Call>
int error_under(uint32_t filtered, Call call, uint32_t permissions = 0) {
    auto filter = jailcore::make_filter(filtered, permissions);
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
    constexpr long i386_keyctl = 288, i386_socketcall = 102, i386_stime = 25;
    struct Refused {
        long number;
        int error;
    };
    for (const Refused& call : {Refused{i386_keyctl, ENOSYS}, {i386_socketcall, EPERM}, {i386_stime, EPERM}})
        EXPECT_EQ(outcome_on_i386(call.error), error_under(0,
                                                           [&] {
                                                               return call_i386(call.number, 1);
                                                           }))
            << call.number;
    EXPECT_EQ(ENOSYS, error_under(0, [] {
                  return ::syscall(x32_bit | SYS_keyctl, -1, 0);
              }));
    EXPECT_EQ(EPERM, error_under(jailcore::filter_namespaces, [] {
                  return ::syscall(x32_bit | SYS_unshare, CLONE_NEWUSER);
              }));
    EXPECT_EQ(EPERM, error_under(jailcore::filter_namespaces, [] {
                  return raw_clone(CLONE_NEWUSER, x32_bit | SYS_clone);
              }));
}
#endif

TEST(Filter, RefusesToJoinUserNamespacesAndNoOthers) {
    auto join = [](unsigned long type) {
        return error_under(jailcore::filter_joining_users, [type] {
            return ::syscall(SYS_setns, -1, type);
        });
    };
    for (unsigned long type : {0UL, 0x10000000UL, 0x10020000UL, 0xffffffff00000000UL})
        EXPECT_EQ(EPERM, join(type)) << type;
    for (unsigned long type : {0x00020000UL, 0x40000000UL, 0x60020000UL})
        EXPECT_EQ(EBADF, join(type)) << type;
    EXPECT_EQ(0, error_under(jailcore::filter_joining_users, [] {
                  return raw_clone(CLONE_NEWUSER);
              }));
}

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
    EXPECT_EQ(0, error_under(0, [] {
                  return raw_clone(CLONE_NEWUTS);
              }));
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

struct SharedCall {
    const char* name;
    long number;
    int error;
};

// None of them gets as far as to do anything with these arguments, were it let through.
TEST(Filter, RefusesWhatNoNamespaceConfines) {
    for (const SharedCall& call : {SharedCall{"add_key", SYS_add_key, ENOSYS},
                                   {"request_key", SYS_request_key, ENOSYS},
                                   {"keyctl", SYS_keyctl, ENOSYS},
                                   {"io_uring_setup", SYS_io_uring_setup, ENOSYS},
                                   {"io_uring_enter", SYS_io_uring_enter, ENOSYS},
                                   {"io_uring_register", SYS_io_uring_register, ENOSYS},
                                   {"bpf", SYS_bpf, EPERM},
                                   {"perf_event_open", SYS_perf_event_open, EPERM},
                                   {"userfaultfd", SYS_userfaultfd, EPERM},
                                   {"kexec_load", SYS_kexec_load, EPERM},
                                   {"kexec_file_load", SYS_kexec_file_load, EPERM},
                                   {"init_module", SYS_init_module, EPERM},
                                   {"finit_module", SYS_finit_module, EPERM},
                                   {"delete_module", SYS_delete_module, EPERM},
                                   {"acct", SYS_acct, EPERM},
                                   {"swapon", SYS_swapon, EPERM},
                                   {"swapoff", SYS_swapoff, EPERM},
                                   {"open_by_handle_at", SYS_open_by_handle_at, EPERM},
                                   {"settimeofday", SYS_settimeofday, EPERM},
                                   {"clock_settime", SYS_clock_settime, EPERM},
                                   {"syslog", SYS_syslog, EPERM}})
        EXPECT_EQ(call.error, error_under(0,
                                          [&] {
                                              return ::syscall(call.number, -1L, 1L, -1L, -1L, -1L);
                                          }))
            << call.name;
}

TEST(Filter, LetsThroughWhatThePermissionsSay) {
    auto set_time = [] {
        return ::syscall(SYS_clock_settime, CLOCK_REALTIME, nullptr);
    };
    auto read_messages = [] {
        constexpr int of_no_kind = 99;
        return ::syscall(SYS_syslog, of_no_kind, nullptr, 0);
    };
    EXPECT_EQ(EFAULT, error_under(0, set_time, jailcore::may_set_time));
    EXPECT_EQ(EPERM, error_under(0, set_time, jailcore::may_read_msgbuf));
    EXPECT_EQ(EINVAL, error_under(0, read_messages, jailcore::may_read_msgbuf));
    EXPECT_EQ(EPERM, error_under(0, read_messages, jailcore::may_set_time));
}

TEST(Filter, RefusesTheSocketsOfHypervisors) {
    EXPECT_EQ(EPERM, error_under(0, [] {
                  return long{::socket(AF_VSOCK, SOCK_STREAM, 0)};
              }));
    EXPECT_EQ(EPERM, error_under(0,
                                 [] {
                                     return ::syscall(SYS_socket, AF_VSOCK | 0x100000000L, SOCK_STREAM, 0);
                                 }))
        << "the kernel looks at 32 bits of it only";
    EXPECT_EQ(0, error_under(0, [] {
                  return long{::socket(AF_UNIX, SOCK_STREAM, 0)};
              }));
}

TEST(Filter, RefusesTheHostsAudit) {
    for (int type : {int{SOCK_RAW}, int{SOCK_DGRAM}, SOCK_RAW | SOCK_CLOEXEC})
        EXPECT_EQ(EPROTONOSUPPORT, error_under(0, [type] {
                      return long{::socket(AF_NETLINK, type, NETLINK_AUDIT)};
                  }));
    EXPECT_EQ(0, error_under(0, [] {
                  return long{::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)};
              }));
}

TEST(Filter, RefusesOldPersonalities) {
    auto outcome = [](unsigned long persona) {
        return error_under(0, [persona] {
            return ::syscall(SYS_personality, persona);
        });
    };
    for (unsigned long persona : {0UL, 0x8UL, 0x20000UL, 0x40000UL, 0x60008UL, 0xffffffffUL})
        EXPECT_EQ(0, outcome(persona)) << std::hex << persona;
    // Each other bit, alone, beside what is allowed, with all others, and with the half that the kernel
    // drops.
    for (int bit = 0; bit < 32; ++bit) {
        unsigned long one = 1UL << bit;
        if ((0x60008UL & one) == 0) {
            EXPECT_EQ(EPERM, outcome(one)) << bit;
            EXPECT_EQ(EPERM, outcome(one | 0x60008UL)) << bit;
            EXPECT_EQ(EPERM, outcome(one | 0xffffffff00000000UL)) << bit;
        }
        EXPECT_EQ(EPERM, outcome(0xffffffffUL & ~one)) << bit;
    }
}

TEST(Filter, FitsIntoItsPlace) {
    EXPECT_LE(jailcore::make_filter(~0U, 0).size(), jailcore::max_filter);
    EXPECT_GT(jailcore::make_filter(~0U, 0).size(), 10U);
}

} // namespace
