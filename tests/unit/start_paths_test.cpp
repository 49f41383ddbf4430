#include "jailcore/host_paths.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <sys/stat.h>

namespace {

namespace fs = std::filesystem;

class HostPaths : public ::testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/jc-paths-XXXXXX";
        ASSERT_NE(::mkdtemp(name), nullptr);
        top = fs::canonical(name);
        for (const char* folder : {"outer/inner/home", "outer/home", "outside", "a/b"})
            fs::create_directories(top / folder);
        for (const char* file : {"outer/inner/home/inner", "outer/home/outer", "outside/host", "file"})
            std::ofstream(top / file) << file;
    }
    void TearDown() override { fs::remove_all(top); }

    void link(const std::string& target, const std::string& name) const {
        fs::create_symlink(target, top / name);
    }

    // Below the folder, what is there; or the error.
    [[nodiscard]] std::string find(const std::string& path) const {
        try {
            pty::UniqueFd found = host.open(top / path);
            std::string name = fs::read_symlink("/proc/self/fd/" + std::to_string(found.get()));
            return fs::path(name).lexically_relative(top);
        } catch (const jailcore::PathFailure& failure) {
            std::string text = failure.what();
            EXPECT_TRUE(text.starts_with((top / path).string() + ": ")) << text;
            return text.substr((top / path).string().size() + 2);
        }
    }

    fs::path top;
    jailcore::HostPaths host;
};

TEST_F(HostPaths, AreWalkedAsTheKernelDoes) {
    link("../outside/./", "a/link");
    link("loop", "loop");
    EXPECT_EQ("outside/host", find("a/link/host"));
    EXPECT_EQ("outside/host", find("a//b/.././link/../outside/host"));
    EXPECT_EQ("Too many levels of symbolic links", find("loop"));
    EXPECT_EQ("Not a directory", find("file/x"));
    EXPECT_EQ("No such file or directory", find("none/x"));
    EXPECT_EQ("No such file or directory", find("none"));
    EXPECT_EQ("../..", find("../../../../..").substr(0, 5));
}

TEST_F(HostPaths, LeadOutOfATreeByItsOwnTextOnly) {
    host = jailcore::HostPaths({top / "outer", top / "outer/inner", top / "none"});
    link("../../../../home", "outer/up");
    link("/../home", "outer/inner/up");
    link("/home", "outer/absolute");
    link("absolute/..", "outer/twice");
    EXPECT_EQ("outside/host", find("outer/../outside/host"));
    EXPECT_EQ("outer/home/outer", find("outer/up/outer"));
    EXPECT_EQ("outer/home/outer", find("outer/absolute/outer"));
    EXPECT_EQ("outer/inner/home/inner", find("outer/inner/up/inner"))
        << "its link is not that of the outer one";
    EXPECT_EQ("outer/inner", find("outer/twice/inner"));
    EXPECT_EQ("outer/home/outer", find("outer/absolute/../../../home/outer")) << "what is behind a link, too";
    link(top / "outside", "outer/out");
    EXPECT_EQ("No such file or directory: " + (top / "outer/out").string() +
                  " is a link that a jail could make, so it is followed as in that jail, within " +
                  (top / "outer").string() + "; name what it leads to instead",
              find("outer/out/host"));
}

// A link that a jail makes out of its root leads nowhere by the rules, and to the host's file for whoever
// just opens it: it lies in the jail's directory all the same.
TEST_F(HostPaths, LieInTheTreeInWhichTheWayEnds) {
    host = jailcore::HostPaths({top / "outer"});
    link(top / "outside", "outer/out");
    EXPECT_EQ(std::optional((top / "outer").string()), host.tree_of(top / "outer/out/host"));
    EXPECT_EQ(std::optional((top / "outer").string()), host.tree_of(top / "outer/none/none"));
    EXPECT_EQ(std::nullopt, host.tree_of(top / "outside/host"));
    EXPECT_THROW((void)host.tree_of(top / "none/none"), jailcore::PathFailure);
}

// Whatever its name: another path to it, a link above it.
TEST_F(HostPaths, KnowATreeByItsInode) {
    link("outer", "alias");
    host = jailcore::HostPaths({top / "alias"});
    link(top / "outside", "outer/out");
    for (const char* path : {"outer/out/host", "alias/out/host", "a/../alias/out/host"})
        EXPECT_TRUE(find(path).starts_with("No such file or directory: ")) << path;
    EXPECT_EQ(top / "outer", host.tree_of(top / "alias/home/outer"));
    EXPECT_EQ(std::nullopt, host.tree_of(top / "outside/host"));
}

TEST_F(HostPaths, GiveThePlaceOfWhatIsNotThere) {
    link("outside/new", "log");
    jailcore::HostPlace place = host.find(top / "log");
    EXPECT_EQ("new", place.name);
    EXPECT_EQ(top / "outside", fs::read_symlink("/proc/self/fd/" + std::to_string(place.directory.get())));
    EXPECT_EQ(".", host.find(top / "a/..").name);
}

} // namespace
