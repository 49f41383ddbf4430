#include "tests/unit/start_rig.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <unistd.h>

namespace {

using ::testing::HasSubstr;

class StartMounts : public StartRig {
protected:
    void mount(const std::string& line) { parameters["mount"].push_back(line); }
};

TEST_F(StartMounts, AreThereWithTheirOptions) {
    std::filesystem::create_directories(folder() + "/shared/sub");
    std::ofstream(folder() + "/shared/file") << "content";
    mount(folder() + "/shared " + root() + "/mnt nullfs ro");
    mount("tmpfs " + root() + "/tmp tmpfs rw,size=64k,mode=1777,noexec,nosuid 0 0");
    mount("linprocfs " + root() + "/proc linprocfs rw");
    mount("linsysfs " + root() + "/sys linsysfs rw");
    fstab.push_back(
        {folder() + "/shared/file", root() + "/etc/group", "nullfs", {"rw"}, "/etc/fstab.jail", 1});
    Outcome started = run("start");
    ASSERT_TRUE(started.ok()) << started.errors;
    EXPECT_EQ("content", inside("cat /mnt/file"));
    EXPECT_EQ("content", inside("cat /etc/group"));
    EXPECT_THAT(inside("touch /mnt/file2"), HasSubstr("Read-only file system"));
    std::string mounts = inside("cat /proc/self/mountinfo");
    EXPECT_THAT(mounts, HasSubstr(" /tmp rw,nosuid,noexec"));
    EXPECT_THAT(mounts, HasSubstr("size=64k"));
    EXPECT_THAT(mounts, HasSubstr(" /sys ro,nosuid,nodev,noexec"));
}

TEST_F(StartMounts, FollowNoLinkOutOfTheJail) {
    std::filesystem::create_directories(folder() + "/outside/sub");
    std::filesystem::create_directory_symlink(folder() + "/outside", root() + "/link");
    std::filesystem::create_directory_symlink("../../outside", root() + "/relative");
    std::filesystem::create_directory_symlink("/proc/self/root", root() + "/magic");
    for (const char* point : {"/link", "/link/sub", "/relative", "/magic/tmp"}) {
        for (const char* kind : {"tmpfs", "devfs", "procfs"}) {
            parameters["mount"] = {std::string(kind) + " " + root() + point + " " + kind};
            Outcome outcome = run("start");
            EXPECT_FALSE(outcome.ok()) << point;
            std::string link = std::string(point).substr(0, std::string(point).find('/', 1));
            EXPECT_EQ(name + ": mount: " + root() + link + " is a symbolic link\n", outcome.errors);
        }
    }
    parameters["mount"] = {root() + "/link " + root() + "/mnt nullfs"};
    EXPECT_EQ(name + ": mount: " + root() + "/link is a symbolic link\n", run("start").errors)
        << "what the jail can write must not choose the source either";
}

TEST_F(StartMounts, ThatCannotBeMadeAreNamed) {
    mount("tmpfs " + root() + "/none tmpfs");
    EXPECT_EQ(name + ": mount: " + root() + "/none: No such file or directory\n", run("start").errors);
    parameters["mount"] = {"tmpfs " + root() + "/tmp tmpfs size=lots"};
    EXPECT_THAT(run("start").errors,
                HasSubstr(name + ": mount: " + root() + "/tmp: mount option size=lots: "));
    parameters["mount"] = {"x " + root() + "/tmp lustre"};
    EXPECT_THAT(run("start").errors, HasSubstr("new filesystem lustre: No such device"));
    parameters["mount"] = {"fdescfs " + root() + "/mnt fdescfs"};
    EXPECT_THAT(run("start").errors, HasSubstr("it must be a link to /proc/self/fd"));
}

TEST_F(StartMounts, OfKernelFilesystemsAreForRootOnly) {
    make_unprivileged();
    mount("none " + root() + "/tmp overlay ro,lowerdir=" + folder() + "/libexec:" + root() + "/etc");
    EXPECT_THAT(run("start", {.uid = ordinary()}).errors,
                HasSubstr("overlay: not supported on Linux (the kernel mounts it for root only)"));
    EXPECT_TRUE(run("start").ok());
}

TEST_F(StartMounts, ThatAHookUndoesAreMissed) {
    mount("tmpfs " + root() + "/tmp tmpfs");
    parameters["exec.prestart"] = {"umount " + root() + "/tmp"};
    Outcome outcome = run("start");
    EXPECT_FALSE(outcome.ok());
    EXPECT_FALSE(outcome.created);
    EXPECT_THAT(outcome.errors, HasSubstr(name + ": mount: " + root() +
                                          "/tmp: what was mounted there is not there any more: "));
    // What is beside it, or below it, is the hook's to choose, and so is what a later mount covers.
    std::filesystem::create_directory(root() + "/tmp/below");
    parameters["mount"] = {"tmpfs " + root() + "/tmp tmpfs", "tmpfs " + root() + "/tmp tmpfs mode=1777",
                           "linprocfs " + root() + "/proc linprocfs",
                           "linprocfs " + root() + "/proc linprocfs"};
    parameters["exec.prestart"] = {"mount -t tmpfs x " + root() + "/mnt", "sh -c \"mkdir " + root() +
                                                                              "/tmp/a; mount -t tmpfs x " +
                                                                              root() + "/tmp/a\""};
    outcome = run("start");
    EXPECT_TRUE(outcome.ok()) << outcome.errors;
}

TEST_F(StartMounts, OfTheDevicesReachTheHostsNodesOnlyByNumber) {
    parameters["mount.devfs"] = {};
    // The jail's own files below /dev do not show through, and are not written to.
    std::ofstream(root() + "/dev/null") << "was here";
    ASSERT_TRUE(run("start").ok());
    EXPECT_EQ("", inside("cat /dev/null"));
    EXPECT_EQ("was here", read("jails/root/dev/null"));
}

} // namespace
