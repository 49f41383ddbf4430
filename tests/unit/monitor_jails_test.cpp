// The registry of jails and the files that it lives in.
#include "jailcore/target.hpp"
#include "pty/memfd.hpp"
#include "router/monitor/jails.hpp"
#include "router/monitor/state_file.hpp"
#include "tests/unit/monitor_rig.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using monitor::EventLoop;
using monitor_test::Folder;
using monitor_test::run_until;
using monitor_test::Sleeper;

jailcore::JailRecord record_of(const char* name, uint32_t jid, pid_t pid) {
    jailcore::JailRecord record;
    record.jid = jid;
    record.pid = pid;
    record.start_time = jailcore::start_time(pid).value_or(0);
    jailcore::set_text(record.name, name);
    return record;
}

// A registry in a folder of its own, as a router finds it, and a process that stands for a jail.
class Jails : public testing::Test {
protected:
    // The router before this one had that jail.
    void had(const jailcore::JailRecord& record) {
        monitor::Jails before(loop_, state_.get());
        ASSERT_TRUE(add(before, record));
    }

    static bool add(monitor::Jails& jails, const jailcore::JailRecord& record) {
        return jails.add(record, jailcore::open_process(record.pid), pty::sealed_memfd("spec", "spec"));
    }

    Folder folder_;
    pty::UniqueFd state_ = folder_.open();
    EventLoop loop_;
    monitor::Jails jails_{loop_, state_.get()};
    Sleeper sleeper_;
};

TEST(StateFile, IsReplacedAsAWhole) {
    Folder folder;
    pty::UniqueFd directory = folder.open();
    monitor::write_state(directory.get(), "a.jail", "old");
    monitor::write_state(directory.get(), "a.jail", "new");
    EXPECT_EQ("new", monitor::read_state(directory.get(), "a.jail"));
    EXPECT_EQ(std::vector<std::string>{"a"}, monitor::list_state(directory.get(), ".jail"));
    ASSERT_EQ(0, ::symlink("/etc/passwd", folder.path("b.jail").c_str()));
    EXPECT_FALSE(monitor::read_state(directory.get(), "b.jail").has_value());
}

TEST_F(Jails, AreFoundAgainByPidAndStartTime) {
    had(record_of("web", 7, sleeper_.pid()));
    jails_.load();
    ASSERT_NE(nullptr, jails_.find("web"));
    EXPECT_EQ(7U, jails_.find("web")->record.jid);
    EXPECT_EQ(8U, jails_.next_jid());
    EXPECT_EQ("spec", pty::read_sealed(jails_.find("web")->spec.get(), 100));
}

TEST_F(Jails, AnotherProcessWithTheSamePidIsNotTaken) {
    auto other = record_of("web", 7, sleeper_.pid());
    other.start_time += 1;
    had(other);
    std::string dead;
    jails_.on_death = [&](const jailcore::JailRecord& record) {
        dead = jailcore::get_text(record.name);
    };
    jails_.load();
    EXPECT_EQ(nullptr, jails_.find("web"));
    EXPECT_EQ("web", dead);
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
    EXPECT_EQ(0, ::kill(sleeper_.pid(), 0)) << "somebody else's process was ended";
}

TEST_F(Jails, AJailWhoseStartWasNotCompleteIsEnded) {
    auto record = record_of("half", 7, sleeper_.pid());
    record.flags = jailcore::jail_starting;
    had(record);
    jails_.load();
    EXPECT_EQ(nullptr, jails_.find("half"));
    int status = 0;
    ASSERT_EQ(sleeper_.pid(), ::waitpid(sleeper_.pid(), &status, 0));
    EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F(Jails, OneWhoseNumberIsTakenIsEnded) {
    Sleeper other;
    had(record_of("a", 1, sleeper_.pid()));
    had(record_of("b", 1, other.pid()));
    jails_.load();
    EXPECT_EQ(1U, jails_.size());
    pid_t ended = jails_.find("a") != nullptr ? other.pid() : sleeper_.pid();
    int status = 0;
    ASSERT_EQ(ended, ::waitpid(ended, &status, 0));
    EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F(Jails, ADamagedRecordIsForgotten) {
    monitor::write_state(state_.get(), "web.jail", "short");
    monitor::write_state(state_.get(), "web.spec", "spec");
    jails_.load();
    EXPECT_EQ(0U, jails_.size());
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Jails, NamesAndNumbersAreUniqueAndADeadJailLeaves) {
    Sleeper other;
    std::string dead;
    jails_.on_death = [&](const jailcore::JailRecord& record) {
        dead = jailcore::get_text(record.name);
    };
    ASSERT_TRUE(add(jails_, record_of("a", 1, sleeper_.pid())));
    EXPECT_FALSE(add(jails_, record_of("a", 2, other.pid())));
    EXPECT_FALSE(add(jails_, record_of("b", 1, other.pid())));
    EXPECT_FALSE(add(jails_, record_of("../b", 2, other.pid())));
    ASSERT_TRUE(add(jails_, record_of("b", 2, other.pid())));
    ::kill(sleeper_.pid(), SIGKILL);
    run_until(loop_, [&] {
        return !dead.empty();
    });
    EXPECT_EQ("a", dead);
    EXPECT_EQ(1U, jails_.size());
}

TEST_F(Jails, NumbersGoOnAndWrap) {
    Sleeper last;
    ASSERT_TRUE(add(jails_, record_of("first", 1, sleeper_.pid())));
    ASSERT_TRUE(add(jails_, record_of("last", 999999, last.pid())));
    EXPECT_EQ(2U, jails_.next_jid());
    EXPECT_EQ(3U, jails_.next_jid());
}

} // namespace
