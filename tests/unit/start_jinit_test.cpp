// jinit as a library, because as a program it has no AddressSanitizer; StartJail tests the program.
#include "jailcore/contract/linux/jinit.hpp"

#include "pty/fd.hpp"
#include "pty/fdpass.hpp"
#include "tests/unit/asleep.hpp"

#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// A jinit without a pid namespace of its own; the test plays its starter and its jkeeper.
class Jinit : public ::testing::Test {
protected:
    void SetUp() override {
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            pty::UniqueFd channel(::fcntl(starter_.theirs.get(), F_DUPFD, 20));
            pty::UniqueFd members(::fcntl(keeper_.theirs.get(), F_DUPFD, 20));
            starter_ = {};
            keeper_ = {};
            ::dup2(channel.get(), jailcore::jinit_channel);
            ::dup2(members.get(), jailcore::jinit_members);
            channel.reset();
            members.reset();
            char name[] = "jinit", shared[] = "--shared-pids", told[] = "--members";
            char* words[] = {name, shared, told};
            ::_exit(jailcore::jinit_main(3, words));
        }
        starter_.theirs.reset();
        keeper_.theirs.reset();
        char ready = 0;
        ASSERT_EQ(1, ::recv(starter_.ours.get(), &ready, 1, 0));
        ASSERT_EQ(jailcore::jinit_ready, ready);
    }

    void TearDown() override {
        if (pid_ > 0)
            ::kill(pid_, SIGKILL);
        if (pid_ > 0)
            ::waitpid(pid_, nullptr, 0);
    }

    // Completes the start, and waits until it knows.
    void keep() {
        ASSERT_EQ(1, ::send(starter_.ours.get(), &jailcore::jinit_keep, 1, 0));
        char end_of_channel = 0;
        ASSERT_EQ(0, ::recv(starter_.ours.get(), &end_of_channel, 1, 0));
    }

    void say(char word) { ASSERT_EQ(1, ::send(keeper_.ours.get(), &word, 1, MSG_NOSIGNAL)); }

    // Waits until it asks.
    void expect_question() {
        char word = 0;
        ASSERT_EQ(1, ::recv(keeper_.ours.get(), &word, 1, 0));
        ASSERT_EQ(jailcore::members_question, word);
    }

    // It has dealt with all that it was told, and waits for more.
    [[nodiscard]] bool stays() const { return await_sleep(pid_, sleeps_without_end); }

    bool asks_nothing() {
        char word = 0;
        return stays() && ::recv(keeper_.ours.get(), &word, 1, MSG_DONTWAIT) == -1;
    }

    int end() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

    pid_t pid_ = -1;
    pty::SocketPair starter_ = pty::seqpacket_pair();
    pty::SocketPair keeper_ = pty::seqpacket_pair();
};

TEST_F(Jinit, EndsWithAStarterThatDiesTooEarly) {
    starter_.ours.reset();
    EXPECT_EQ(1, end());
}

TEST_F(Jinit, AsksWhenItMayEnd) {
    say(jailcore::members_now_none);
    keep();
    EXPECT_TRUE(asks_nothing());
    ::kill(pid_, jailcore::jinit_no_persist); // what was said before does not count
    expect_question();
    say(jailcore::members_answer_none);
    EXPECT_EQ(0, end());
}

TEST_F(Jinit, StaysWhileTheJailHasMembers) {
    ASSERT_EQ(1, ::send(starter_.ours.get(), &jailcore::jinit_end_when_empty, 1, 0));
    expect_question();
    say(jailcore::members_answer_some);
    say(jailcore::members_now_some);
    ::kill(pid_, jailcore::jinit_look);
    expect_question();
    say(jailcore::members_now_none); // it asks once more, and the first answer is not to that
    expect_question();
    say(jailcore::members_answer_none);
    say(jailcore::members_answer_some);
    say(jailcore::members_now_none);
    expect_question();
    say(jailcore::members_answer_none);
    EXPECT_EQ(0, end());
}

// Nobody can tell any more whether it may end.
TEST_F(Jinit, StaysWithoutItsKeeper) {
    ASSERT_EQ(1, ::send(starter_.ours.get(), &jailcore::jinit_end_when_empty, 1, 0));
    expect_question();
    keeper_.ours.reset();
    ::kill(pid_, jailcore::jinit_look);
    ::kill(pid_, jailcore::jinit_no_persist);
    EXPECT_TRUE(stays());
}

// What a later router may come to send is no reason to end for a jinit of today.
TEST_F(Jinit, MindsNoSignalThatItDoesNotKnow) {
    keep();
    for (int signal : {SIGINT, SIGQUIT, SIGALRM, SIGWINCH, SIGPWR, SIGSYS, SIGRTMIN, SIGRTMAX})
        ::kill(pid_, signal);
    ::kill(pid_, jailcore::jinit_no_persist);
    expect_question();
    say(jailcore::members_answer_none);
    EXPECT_EQ(0, end());
}

// Of whatever build a jail's jinit is, its router may be of another.
TEST(JinitContract, NeverChanges) {
    EXPECT_EQ(SIGUSR1, jailcore::jinit_look);
    EXPECT_EQ(SIGTERM, jailcore::jinit_terminate);
    EXPECT_EQ(SIGHUP, jailcore::jinit_persist);
    EXPECT_EQ(SIGUSR2, jailcore::jinit_no_persist);
}

} // namespace
