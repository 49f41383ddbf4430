// What a program in a jail may never have: capabilities, system calls, groups, keys, and limits that the jail
// or the jail's process does not have either.
#include "jailcore/enter/linux/program.hpp"
#include "pty/error.hpp"
#include "tests/unit/enter_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using enter_test::as_user;
using enter_test::enter;
using enter_test::Entry;
using enter_test::JailOptions;
using enter_test::Outcome;
using enter_test::shell;
using enter_test::spec_with;
using enter_test::TestJail;

constexpr uint64_t two_capabilities = (uint64_t{1} << CAP_CHOWN) | (uint64_t{1} << CAP_SETPCAP);
const std::string two_capabilities_text = "0000000000000101";

std::string capabilities(const TestJail& jail, const Entry& entry) {
    Outcome outcome = enter(jail.pidfd(), entry);
    EXPECT_EQ("", outcome.failure());
    return outcome.output;
}

class Limits : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Ids, Limits, testing::Values("", "0 100000 65536"), [](const auto& one) {
    return one.param.empty() ? "OfTheHost" : "Subordinate";
});

TEST_P(Limits, BoundingSetOfTheSpecification) {
    JailOptions options;
    options.id_map = GetParam();
    TestJail jail(options);
    Entry entry = shell("grep Cap /proc/self/status | cut -f 2 | tr '\\r\\n' '  '");
    entry.spec = spec_with(two_capabilities);
    const std::string none = "0000000000000000";
    EXPECT_EQ(none + " " + two_capabilities_text + " " + two_capabilities_text + " " + two_capabilities_text +
                  " " + none + " ",
              capabilities(jail, entry));
    entry.program.user = "alice";
    EXPECT_EQ(none + " " + none + " " + none + " " + two_capabilities_text + " " + none + " ",
              capabilities(jail, entry));
}

TEST_P(Limits, BoundingSetAndPrivilegesOfTheTargetWhereThereIsNoSpecification) {
    JailOptions options;
    options.id_map = GetParam();
    options.prepare = [] {
        for (unsigned long number = 0; number <= CAP_LAST_CAP; ++number)
            if (number != CAP_CHOWN && number != CAP_SETPCAP)
                pty::check(::prctl(PR_CAPBSET_DROP, number), "drop");
        pty::check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    };
    TestJail jail(options);
    EXPECT_EQ("CapBnd:\t" + two_capabilities_text + "\r\nNoNewPrivs:\t1\r\n",
              capabilities(jail, shell("grep -E 'CapBnd|NoNewPrivs' /proc/self/status")));
}

TEST_P(Limits, NoNewPrivilegesOnlyWhereAskedFor) {
    JailOptions options;
    options.id_map = GetParam();
    TestJail jail(options);
    Entry entry = shell("grep NoNewPrivs /proc/self/status");
    entry.spec = spec_with(~uint64_t{0});
    EXPECT_EQ("NoNewPrivs:\t0\r\n", capabilities(jail, entry));
    entry.spec->no_new_privs = 1;
    EXPECT_EQ("NoNewPrivs:\t1\r\n", capabilities(jail, entry));
}

TEST_P(Limits, SystemCallFilterOfTheSpecification) {
    JailOptions options;
    options.id_map = GetParam();
    TestJail jail(options);
    const sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sethostname, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    for (const char* user : {"", "alice"}) {
        Entry entry = shell("grep Seccomp: /proc/self/status; hostname x");
        entry.program.user = user;
        entry.spec = spec_with(~uint64_t{0});
        entry.spec->filter_length = 4;
        std::memcpy(entry.spec->filter, filter, sizeof filter);
        EXPECT_EQ("Seccomp:\t2\r\nhostname: sethostname: Invalid cross-device link\r\n",
                  capabilities(jail, entry));
    }
}

TEST_P(Limits, NoGroupsOfTheRouter) {
    JailOptions options;
    options.id_map = GetParam();
    TestJail jail(options);
    EXPECT_TRUE(as_user(0, [&] {
        const gid_t groups[] = {4, 24, 60};
        ASSERT_EQ(0, ::setgroups(3, groups));
        EXPECT_THAT(capabilities(jail, shell("grep -E 'Uid|Gid|Groups' /proc/self/status")),
                    "Uid:\t0\t0\t0\t0\r\nGid:\t0\t0\t0\t0\r\nGroups:\t0 \r\n");
        Entry entry = shell("grep -E 'Uid|Gid|Groups' /proc/self/status");
        entry.program.user = "alice";
        EXPECT_EQ("Uid:\t1000\t1000\t1000\t1000\r\nGid:\t1000\t1000\t1000\t1000\r\nGroups:\t60 1000 \r\n",
                  capabilities(jail, entry));
    }));
}

TEST_P(Limits, ResourceLimitsAreNotTheRouters) {
    JailOptions options;
    options.id_map = GetParam();
    TestJail jail(options);
    EXPECT_TRUE(as_user(0, [&] {
        const rlimit files{64, 900};
        const rlimit size{1 << 30, RLIM_INFINITY};
        ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &files));
        ASSERT_EQ(0, ::setrlimit(RLIMIT_FSIZE, &size));
        EXPECT_EQ("900 900 unlimited 0\r\n",
                  capabilities(jail, shell("echo $(ulimit -n) $(ulimit -H -n) $(ulimit -f) $(ulimit -c)")));
    }));
}

TEST(Limits, KeysOfTheRouterAreOutOfReach) {
    EXPECT_TRUE(as_user(0, [] {
        auto search = [] {
            return ::syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "jconsole-test", 0);
        };
        ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
        ASSERT_LT(0, ::syscall(SYS_add_key, "user", "jconsole-test", "secret", 6, KEY_SPEC_SESSION_KEYRING));
        ASSERT_LT(0, search());
        jailcore::Target target;
        target.bounding_set = ~uint64_t{0};
        jailcore::take_credentials({"root", 0, 0, {0}, "/", "/bin/sh"}, target, nullptr);
        EXPECT_EQ(-1, search());
        EXPECT_EQ(ENOKEY, errno);
    }));
}

std::string unified_hierarchy() {
    for (const char* path : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"})
        if (::access((std::string(path) + "/cgroup.controllers").c_str(), F_OK) == 0)
            return path;
    return {};
}

class Cgroup : public testing::Test {
protected:
    void SetUp() override {
        if (unified_hierarchy().empty() || ::mkdir(path.c_str(), 0755) == -1)
            GTEST_SKIP() << "no cgroup v2 hierarchy that we may write to";
    }
    void TearDown() override { ::rmdir(path.c_str()); }
    std::string name = "jconsole-test-" + std::to_string(::getpid());
    std::string path = unified_hierarchy() + "/" + name;
};

TEST_F(Cgroup, OfTheSpecificationIsJoined) {
    TestJail jail;
    Entry entry = shell("grep ^0: /proc/self/cgroup");
    entry.spec = spec_with(~uint64_t{0});
    pty::set_text(entry.spec->cgroup, path);
    EXPECT_EQ("0::/" + name + "\r\n", capabilities(jail, entry));
    pty::set_text(entry.spec->cgroup, path + "/nonesuch");
    EXPECT_THAT(enter(jail.pidfd(), entry).failure(), testing::StartsWith("join cgroup: "));
}

TEST_F(Cgroup, OfTheTargetIsJoined) {
    JailOptions options;
    options.stage = [&](const std::string&) {
        enter_test::write_file(path + "/cgroup.procs", "0");
    };
    TestJail jail(options);
    EXPECT_EQ("0::/" + name + "\r\n", capabilities(jail, shell("grep ^0: /proc/self/cgroup")));
    jail.kill();
}

} // namespace
