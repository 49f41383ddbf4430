// Every way in which a jail's /dev/ptmx and /dev/pts were seen to be wrong, on real mounts: each is named,
// and mended where that can be.
#include "jailcore/enter/linux/ptmx_check.hpp"
#include "pty/error.hpp"
#include "pty/json.hpp"
#include "tests/unit/enter_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using enter_test::enter;
using enter_test::Entry;
using enter_test::JailOptions;
using enter_test::Outcome;
using enter_test::shell;
using enter_test::TestJail;
using enter_test::write_file;
using pty::check;
using testing::HasSubstr;
using testing::StartsWith;

constexpr uint64_t all_capabilities = ~uint64_t{0};

void remove_ptmx() {
    check(::unlink("/dev/ptmx"), "unlink", "/dev/ptmx");
}
void make_node(dev_t device, mode_t mode, mode_t type = S_IFCHR) {
    remove_ptmx();
    check(::mknod("/dev/ptmx", type | mode, device), "mknod", "/dev/ptmx");
    check(::chmod("/dev/ptmx", mode), "chmod", "/dev/ptmx");
}
void relink(const char* target) {
    remove_ptmx();
    check(::symlink(target, "/dev/ptmx"), "symlink", target);
}
void bind_mount(const std::string& what, const std::string& where, unsigned long flags = 0) {
    check(::mount(what.c_str(), where.c_str(), nullptr, MS_BIND | flags, nullptr), "bind", where);
}
void unmount_pts() {
    check(::umount2("/dev/pts", MNT_DETACH), "umount", "/dev/pts");
}
void mount_pts(const char* options, unsigned long flags = 0) {
    unmount_pts();
    check(::mount("devpts", "/dev/pts", "devpts", flags, options), "mount", "/dev/pts");
}
void bind_over(const char* what) {
    remove_ptmx();
    write_file("/dev/ptmx", "");
    bind_mount(what, "/dev/ptmx");
}
// A filesystem whose server never answers: the descriptor is the server's end, and stays open unread.
void mount_fuse(const std::string& where) {
    int server = check(::open("/dev/fuse", O_RDWR), "open", "/dev/fuse");
    std::string options = "fd=" + std::to_string(server) + ",rootmode=40000,user_id=0,group_id=0,allow_other";
    check(::mount("fuse", where.c_str(), "fuse", 0, options.c_str()), "mount", where);
}

struct Case {
    const char* name;
    const char* fault;   // "": none
    bool console;        // a session can be had all the same
    bool mendable;       // by --repair
    JailOptions options; // how it comes about
    bool warning = false;
};

JailOptions inside(std::function<void()> prepare) {
    JailOptions options;
    options.prepare = std::move(prepare);
    return options;
}
JailOptions outside(std::function<void(const std::string&)> stage) {
    JailOptions options;
    options.stage = std::move(stage);
    return options;
}

std::vector<Case> cases() {
    return {
        {"Link", "", true, true, inside([] {})},
        {"AbsoluteLink", "", true, true, inside([] {
             relink("/dev/pts/ptmx");
         })},
        {"Bind", "", true, true, inside([] {
             bind_over("/dev/pts/ptmx");
         })},
        {"Node", "", true, true, inside([] {
             make_node(makedev(5, 2), 0666);
         })},
        {"NodeMode", "mode", true, true, inside([] {
             make_node(makedev(5, 2), 0);
         })},
        {"PtmxMode", "ptmxmode", true, true, inside([] {
             mount_pts("ptmxmode=000");
         })},
        {"NodevNode", "nodev", true, true, inside([] {
             make_node(makedev(5, 2), 0666);
             bind_mount("/dev", "/dev", MS_REC);
             bind_mount("", "/dev", MS_REMOUNT | MS_NODEV);
         })},
        {"Absent", "absent", true, true, inside(remove_ptmx)},
        {"PtsNotMountedNode", "pts not mounted", false, true, inside([] {
             make_node(makedev(5, 2), 0666);
             unmount_pts();
         })},
        {"PtsNotMountedLink", "pts not mounted", false, true, inside(unmount_pts)},
        {"PtsAbsent", "pts not mounted", false, true, inside([] {
             unmount_pts();
             check(::rmdir("/dev/pts"), "rmdir");
         })},
        {"HostPtmxBound", "host's ptmx", true, true, outside([](const std::string& root) {
             check(::unlink((root + "/dev/ptmx").c_str()), "unlink");
             write_file(root + "/dev/ptmx", "");
             bind_mount("/dev/ptmx", root + "/dev/ptmx");
         })},
        {"HostPtsBound", "host's instance", false, true, outside([](const std::string& root) {
             bind_mount("/dev/pts", root + "/dev/pts");
         })},
        {"HostDevBound", "host's instance", false, true, outside([](const std::string& root) {
             bind_mount("/dev", root + "/dev", MS_REC);
         })},
        {"Devtmpfs", "host's /dev", true, true, outside([](const std::string& root) {
             bind_mount("/dev", root + "/dev");
             check(::mount("devpts", (root + "/dev/pts").c_str(), "devpts", 0, "ptmxmode=0666"), "mount");
         }),
         true},
        {"TmpfsAsPts", "not a devpts", false, false, inside([] {
             unmount_pts();
             check(::mount("t", "/dev/pts", "tmpfs", 0, nullptr), "mount");
             check(::mknod("/dev/pts/ptmx", S_IFCHR | 0666, makedev(5, 2)), "mknod");
         })},
        {"WrongDevice", "wrong device", true, true, inside([] {
             make_node(makedev(1, 5), 0666);
         })},
        {"Fifo", "fifo", true, true, inside([] {
             make_node(0, 0666, S_IFIFO);
         })},
        {"Exhausted", "terminals exhausted", false, false, inside([] {
             mount_pts("ptmxmode=0666,max=1");
             check(::open("/dev/pts/ptmx", O_RDWR | O_NOCTTY), "open");
         })},
        {"DanglingLink", "dangling link", true, true, inside([] {
             relink("nowhere");
         })},
        {"DanglingAbsoluteLink", "dangling link", true, true, inside([] {
             relink("/dev/nowhere");
         })},
        {"LinkElsewhere", "link elsewhere", true, true, inside([] {
             relink("null");
         })},
        {"PlainFile", "plain file", true, true, inside([] {
             remove_ptmx();
             write_file("/dev/ptmx", "x");
         })},
        {"Directory", "directory", true, true, inside([] {
             remove_ptmx();
             check(::mkdir("/dev/ptmx", 0755), "mkdir");
         })},
        {"FuseOnPts", "FUSE on /dev/pts", false, false, outside([](const std::string& root) {
             mount_fuse(root + "/dev/pts");
         })},
        {"FuseOnDev", "FUSE on /dev", false, false, outside([](const std::string& root) {
             mount_fuse(root + "/dev");
         })},
        {"FuseOnPtmx", "not a device", true, true, outside([](const std::string& root) {
             check(::unlink((root + "/dev/ptmx").c_str()), "unlink");
             check(::mkdir((root + "/dev/ptmx").c_str(), 0755), "mkdir");
             mount_fuse(root + "/dev/ptmx");
         })},
        {"PtsPtmxCovered", "pts/ptmx covered", false, true, inside([] {
             bind_mount("/dev/null", "/dev/pts/ptmx");
         })},
        {"OtherInstance", "other instance", true, true, inside([] {
             bind_over("/dev/pts/ptmx");
             check(::mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=0666"), "mount");
         })},
        {"PtsNodev", "pts nodev", false, true, inside([] {
             mount_pts("ptmxmode=0666", MS_NODEV);
         })},
        {"PtsReadOnly", "pts read-only", false, true, inside([] {
             mount_pts("ptmxmode=0666", MS_RDONLY);
         })},
        {"PtsBoundReadOnly", "pts read-only", false, true, inside([] {
             bind_mount("/dev/pts", "/dev/pts");
             bind_mount("", "/dev/pts", MS_REMOUNT | MS_RDONLY);
         })},
        {"NoDev", "no /dev", false, true, inside([] {
             unmount_pts();
             check(::rename("/dev", "/old"), "rename");
         })},
        {"DevLink", "/dev is no directory", false, false, inside([] {
             check(::rename("/dev", "/old"), "rename");
             check(::symlink("old", "/dev"), "symlink");
         })},
        {"PtsLink", "/dev/pts is no directory", false, false, inside([] {
             unmount_pts();
             check(::rename("/dev/pts", "/dev/old"), "rename");
             check(::symlink("old", "/dev/pts"), "symlink");
         })},
        {"ReadOnlyDev", "plain file", true, true, inside([] {
             remove_ptmx();
             write_file("/dev/ptmx", "x");
             bind_mount("/dev", "/dev", MS_REC);
             bind_mount("", "/dev", MS_REMOUNT | MS_RDONLY);
         })},
    };
}

class Ptmx : public testing::TestWithParam<Case> {
protected:
    TestJail jail{GetParam().options};

    Outcome examine(std::vector<std::string> options = {}, const std::string& twin = "") {
        Entry entry;
        entry.mode = {"check"};
        entry.program.argv = std::move(options);
        entry.twin = twin;
        return enter(jail.pidfd(), entry);
    }
    Outcome attach(uint8_t repair = 0, uint8_t host = 0, const char* script = "tty; echo ran") {
        Entry entry = shell(script);
        entry.spec = enter_test::spec_with(all_capabilities);
        entry.spec->repair = repair;
        entry.spec->allow_host_pty = host;
        return enter(jail.pidfd(), entry);
    }
    [[nodiscard]] std::string line() const { return std::string("ptmx: ") + GetParam().fault + ": "; }
};

INSTANTIATE_TEST_SUITE_P(Cases, Ptmx, testing::ValuesIn(cases()), [](const auto& one) {
    return std::string(one.param.name);
});

TEST_P(Ptmx, IsNamed) {
    const Case& one = GetParam();
    bool usable = one.fault[0] == '\0' || one.warning;
    for (const char* twin : {"", "statmount:*:ENOSYS"}) {
        Outcome outcome = examine({}, twin);
        EXPECT_EQ("", outcome.failure());
        EXPECT_EQ(usable ? 0 : 1, WEXITSTATUS(outcome.jenter)) << outcome.output;
        EXPECT_THAT(outcome.output, StartsWith(one.fault[0] == '\0' ? "ptmx: ok\n" : line())) << twin;
    }
    auto json = pty::Json::parse(examine({"--json"}).output).value();
    EXPECT_EQ(usable, json.at("usable").get<bool>());
    const auto& findings = json.at("findings").get<pty::Json::Array>();
    EXPECT_EQ(one.fault, findings.empty() ? "" : findings[0].at("fault").get<std::string>());
}

TEST_P(Ptmx, IsMended) {
    const Case& one = GetParam();
    Outcome outcome = examine({"--repair"});
    EXPECT_EQ(one.mendable ? 0 : 1, WEXITSTATUS(outcome.jenter)) << outcome.output;
    EXPECT_EQ(one.mendable ? 0 : 1, WEXITSTATUS(examine().jenter)) << examine().output;
    if (!one.mendable)
        return;
    if (one.fault[0] != '\0' && !one.warning) {
        EXPECT_THAT(outcome.output, HasSubstr(line())) << outcome.output;
    }
    Entry entry = shell("tty; exec 3<>/dev/ptmx && echo another");
    entry.program.user = "alice";
    EXPECT_THAT(enter(jail.pidfd(), entry).output, testing::MatchesRegex("/dev/pts/[0-9]+\r\nanother\r\n"));
}

TEST_P(Ptmx, IsHeldAgainstAnAttach) {
    const Case& one = GetParam();
    Outcome outcome = attach();
    if (!one.console) {
        EXPECT_THAT(outcome.failure(), StartsWith("open terminal: "));
        EXPECT_FALSE(outcome.program);
        if (one.mendable) {
            EXPECT_THAT(outcome.failure(), HasSubstr("jconsole check --repair"));
        }
        return;
    }
    EXPECT_EQ("", outcome.failure());
    EXPECT_THAT(outcome.output, testing::MatchesRegex("/dev/pts/[0-9]+\r\nran\r\n"));
    if (one.fault[0] == '\0' || one.warning) {
        EXPECT_EQ("", outcome.notice());
    } else {
        EXPECT_THAT(outcome.notice(), HasSubstr("sudo, tmux, script"));
    }
}

TEST_P(Ptmx, IsMendedAtAnAttachWhereThatIsConfigured) {
    const Case& one = GetParam();
    Outcome outcome = attach(1);
    EXPECT_EQ(one.console || one.mendable, outcome.failure().empty()) << outcome.failure();
    if (one.mendable && one.fault[0] != '\0' && !one.warning) {
        EXPECT_THAT(outcome.notice(), HasSubstr("mended"));
    }
    if (one.mendable) {
        EXPECT_EQ("", attach().notice());
    }
}

TEST_P(Ptmx, IsGivenATerminalOfTheHostWhereThatIsConfigured) {
    // tty would look through /dev/pts, and wait for ever where that is a FUSE.
    Outcome outcome = attach(0, 1, "[ -t 0 ] && echo ran");
    EXPECT_EQ("", outcome.failure());
    EXPECT_EQ("ran\r\n", outcome.output);
    if (!GetParam().console) {
        EXPECT_THAT(outcome.notice(), HasSubstr("this terminal is the host's"));
    }
}

} // namespace
