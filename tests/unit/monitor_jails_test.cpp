// The registry of jails and the files that it lives in.
#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/contract/linux/record.hpp"
#include "jailcore/process_handle.hpp"
#include "pty/error.hpp"
#include "pty/memfd.hpp"
#include "router/monitor/jails.hpp"
#include "router/monitor/state_file.hpp"
#include "tests/unit/monitor_rig.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <poll.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
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
    pty::set_text(record.name, name);
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
        return jails.add(record, jailcore::ProcessHandle(record.pid), pty::sealed_memfd("spec", "spec"));
    }

    Folder folder_;
    pty::UniqueFd state_ = folder_.open();
    EventLoop loop_;
    monitor::Jails jails_{loop_, state_.get()};
    Sleeper sleeper_;
};

TEST(ProcessHandle, IsTheSameInItsCopiesAndWhereItWasHandedOver) {
    Sleeper sleeper;
    jailcore::ProcessHandle process(sleeper.pid());
    jailcore::ProcessHandle copy = process;
    jailcore::ProcessHandle given(pty::UniqueFd(::fcntl(process.handed(), F_DUPFD_CLOEXEC, 0)));
    process = {};
    EXPECT_FALSE(process);
    EXPECT_EQ(-1, process.end());
    EXPECT_FALSE(process.has_ended());
    EXPECT_FALSE(jailcore::ProcessHandle(pty::UniqueFd()));
    EXPECT_FALSE(copy.has_ended());
    EXPECT_TRUE(given.signal(SIGKILL));
    pollfd ended{copy.end(), POLLIN, 0};
    ASSERT_EQ(1, ::poll(&ended, 1, 10000));
    EXPECT_TRUE(copy.has_ended());
    EXPECT_TRUE(given.has_ended());
}

TEST(ProcessHandle, ThatHasEndedIsNotFound) {
    pid_t ended = ::fork();
    if (ended == 0)
        ::_exit(0);
    ASSERT_EQ(ended, ::waitpid(ended, nullptr, 0));
    try {
        jailcore::ProcessHandle process(ended);
        FAIL() << "found";
    } catch (const pty::StepError& error) {
        EXPECT_EQ(ESRCH, error.error());
    }
}

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
        dead = pty::get_text(record.name);
    };
    jails_.load();
    EXPECT_EQ(nullptr, jails_.find("web"));
    EXPECT_EQ("web", dead);
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
    EXPECT_EQ(0, ::kill(sleeper_.pid(), 0)) << "somebody else's process was ended";
}

TEST_F(Jails, AJailWhoseStarterHasEndedIsARunningOne) {
    auto record = record_of("web", 7, sleeper_.pid());
    record.flags = jailcore::jail_starting; // as it was when the record was written
    record.starter = ::getpid();
    record.starter_start = 1; // somebody else's number by now
    had(record);
    jails_.load();
    ASSERT_NE(nullptr, jails_.find("web"));
    EXPECT_EQ(0U, jails_.find("web")->record.flags);
    EXPECT_EQ(0, ::kill(sleeper_.pid(), 0)) << "a healthy jail was ended";
}

TEST_F(Jails, AStartThatHasLostItsRouterIsEndedAndItsJailIsNot) {
    Sleeper starter;
    auto record = record_of("web", 7, sleeper_.pid());
    record.starter = starter.pid();
    record.starter_start = jailcore::start_time(starter.pid()).value_or(0);
    had(record);
    jails_.load();
    ASSERT_NE(nullptr, jails_.find("web"));
    EXPECT_EQ(jailcore::jail_starting, jails_.find("web")->record.flags);
    run_until(loop_, [&] {
        return jails_.find("web")->record.flags == 0;
    });
    EXPECT_EQ(0U, jails_.find("web")->record.flags);
    int status = 0;
    ASSERT_EQ(starter.pid(), ::waitpid(starter.pid(), &status, 0));
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    EXPECT_EQ(0, ::kill(sleeper_.pid(), 0)) << "a healthy jail was ended";
}

TEST_F(Jails, OneWhoseNumberIsTakenGetsAnother) {
    Sleeper other;
    had(record_of("a", 1, sleeper_.pid()));
    had(record_of("b", 1, other.pid()));
    jails_.load();
    ASSERT_EQ(2U, jails_.size());
    EXPECT_EQ(1U, jails_.find("a")->record.jid);
    EXPECT_EQ(2U, jails_.find("b")->record.jid);
}

// ---- what other versions wrote, and what is damaged

// What a router of that version left of `pid`.
std::string fixture(const std::string& file, pid_t pid) {
    std::ifstream stream(JC_SOURCE_DIR "/tests/fixtures/" + file, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    int32_t number = pid;
    uint64_t started = jailcore::start_time(pid).value_or(0);
    auto put = [&](size_t place, const auto& value) {
        ASSERT_LE(place + sizeof value, bytes.size()) << file;
        std::memcpy(&bytes[place], &value, sizeof value);
    };
    bool headed = bytes.starts_with("jc-");
    if (headed || file.starts_with("jail-record")) {
        put(headed ? 20 : 8, number);
        put(headed ? 24 : 16, started);
    } else if (file.starts_with("session")) {
        put(0, number);
        put(8, started);
    }
    return bytes;
}

class OfVersion : public Jails, public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(OfVersion, IsFoundWithAllThatIsKnownOfIt) {
    auto [record_file, spec_file] = GetParam();
    std::string spec = fixture(spec_file, sleeper_.pid());
    std::string record = fixture(record_file, sleeper_.pid());
    monitor::write_state(state_.get(), "web.jail", record);
    monitor::write_state(state_.get(), "web.spec", spec);
    jails_.load();
    monitor::Jail* web = jails_.find("web");
    ASSERT_NE(nullptr, web);
    EXPECT_EQ(jailcore::JailRecord::kind.version, web->record.version);
    EXPECT_EQ(sizeof web->record, web->record.size);
    EXPECT_EQ(7U, web->record.jid);
    EXPECT_EQ(sleeper_.pid(), web->record.pid);
    EXPECT_EQ(jailcore::jail_persist | jailcore::jail_own_pid_namespace | jailcore::jail_own_mount_namespace |
                  jailcore::jail_devfs,
              web->record.flags);
    EXPECT_EQ(1700000000U, web->record.created);
    EXPECT_EQ(11U, linux_of(web->record).namespaces);
    EXPECT_EQ(2U, linux_of(web->record).children_max);
    EXPECT_EQ("web.example.org", pty::get_text(web->record.hostname));
    EXPECT_EQ("/jails/web", pty::get_text(web->record.path));
    // Neither is rewritten: the router that wrote them may come back.
    EXPECT_EQ(record, monitor::read_state(state_.get(), "web.jail"));
    EXPECT_EQ(spec, pty::read_sealed(web->spec.get(), size_t{1} << 20));
}

INSTANTIATE_TEST_SUITE_P(State, OfVersion,
                         testing::Values(std::pair("jail-record-2.bin", "enter-spec-1.bin"),
                                         std::pair("jail-record-3.bin", "enter-spec-2.bin"),
                                         std::pair("jail-record-4.bin", "enter-spec-2.bin"),
                                         std::pair("jail-record-newer.bin", "enter-spec-newer.bin")));

TEST(EnterSpec, OfEachVersionIsRead) {
    for (const char* file : {"enter-spec-1.bin", "enter-spec-2.bin", "enter-spec-newer.bin"}) {
        auto spec = std::make_unique<jailcore::EnterSpec>();
        ASSERT_EQ(jailcore::Readable::all, jailcore::read_record(fixture(file, 1), *spec)) << file;
        EXPECT_EQ(1, spec->repair);
        EXPECT_EQ(0x1ffffffffffU, spec->bounding_set);
        EXPECT_EQ(1U, spec->filter_length);
        EXPECT_EQ(0x7f, spec->filter[7]);
    }
}

TEST(EnterSpec, ThatAllowsLessThanIsKnownIsNotUnderstood) {
    jailcore::EnterSpec spec;
    spec.needs = jailcore::EnterSpec::kind.version + 1;
    jailcore::EnterSpec read;
    std::string_view bytes(reinterpret_cast<const char*>(&spec), sizeof spec);
    EXPECT_EQ(jailcore::Readable::head, jailcore::read_record(bytes, read));
    spec.needs = jailcore::EnterSpec::kind.version;
    EXPECT_EQ(jailcore::Readable::all, jailcore::read_record(bytes, read));
    spec.filter_length = jailcore::max_filter + 1;
    EXPECT_EQ(jailcore::Readable::head, jailcore::read_record(bytes, read));
}

TEST(SessionRecord, OfEachVersionIsRead) {
    for (const char* file : {"session-1.bin", "session-4.bin", "session-newer.bin"}) {
        jailcore::SessionRecord record;
        ASSERT_EQ(jailcore::Readable::all, jailcore::read_record(fixture(file, ::getpid()), record)) << file;
        EXPECT_EQ(::getpid(), record.pid);
        EXPECT_EQ(jailcore::start_time(::getpid()), record.start_time);
    }
}

// A field that the writer did not know has its default.
TEST(JailRecord, OfAnOlderVersionMayBeShorter) {
    jailcore::JailRecord whole;
    whole.flags = jailcore::jail_persist;
    whole.size = sizeof(jailcore::RecordHead) + 8;
    jailcore::JailRecord read;
    EXPECT_EQ(jailcore::Readable::all,
              jailcore::read_record({reinterpret_cast<const char*>(&whole), whole.size}, read));
    EXPECT_EQ(jailcore::jail_persist, read.flags);
    EXPECT_EQ(0U, read.created);
    EXPECT_EQ(sizeof read, read.size);
}

TEST_F(Jails, OneWhoseRecordIsDamagedIsKeptWhileItLives) {
    had(record_of("web", 7, sleeper_.pid()));
    auto whole = monitor::read_state(state_.get(), "web.jail");
    ASSERT_TRUE(whole);
    monitor::write_state(state_.get(), "web.jail", whole->substr(0, whole->size() - 100));
    jails_.load();
    monitor::Jail* web = jails_.find("web");
    ASSERT_NE(nullptr, web);
    EXPECT_EQ(7U, web->record.jid);
    EXPECT_EQ(sleeper_.pid(), web->record.pid);
    EXPECT_EQ(jailcore::jail_unreadable, web->record.flags);
    ::kill(sleeper_.pid(), SIGKILL);
    run_until(loop_, [&] {
        return jails_.size() == 0;
    });
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Jails, OneWhoseRecordIsLostIsKnownByItsSpecification) {
    jailcore::EnterSpec spec;
    spec.pid = sleeper_.pid();
    spec.start_time = jailcore::start_time(sleeper_.pid()).value_or(0);
    spec.jid = 7;
    pty::set_text(spec.cgroup, "/c");
    for (const char* record : {"", "short"}) {
        monitor::Jails jails(loop_, state_.get());
        monitor::write_state(state_.get(), "web.spec", {reinterpret_cast<const char*>(&spec), sizeof spec});
        monitor::write_state(state_.get(), "web.jail", record);
        if (*record == 0)
            monitor::remove_state(state_.get(), "web.jail");
        jails.load();
        monitor::Jail* web = jails.find("web");
        ASSERT_NE(nullptr, web);
        EXPECT_EQ(sleeper_.pid(), web->record.pid);
        EXPECT_EQ(7U, web->record.jid);
        EXPECT_EQ("/c", pty::get_text(web->record.cgroup));
        EXPECT_EQ(jailcore::jail_unreadable, web->record.flags);
    }
}

TEST_F(Jails, WhatSaysNothingIsLeft) {
    monitor::write_state(state_.get(), "web.jail", "short");
    monitor::write_state(state_.get(), "web.spec", "spec");
    jails_.load();
    EXPECT_EQ(0U, jails_.size());
    EXPECT_EQ("short", monitor::read_state(state_.get(), "web.jail"));
}

TEST_F(Jails, AWriteThatWasCutOffLeavesNothing) {
    std::ofstream(folder_.path("web.spec~")) << "half";
    jails_.load();
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Jails, NamesAndNumbersAreUniqueAndADeadJailLeaves) {
    Sleeper other;
    std::string dead;
    jails_.on_death = [&](const jailcore::JailRecord& record) {
        dead = pty::get_text(record.name);
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
