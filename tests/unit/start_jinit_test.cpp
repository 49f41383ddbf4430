// jinit as a library, because as a program it has no AddressSanitizer; StartJail tests the program.
#include "jailcore/jinit.hpp"

#include "pty/fd.hpp"
#include "pty/fdpass.hpp"

#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// A jinit without a pid namespace of its own; a memfd plays its cgroup's events.
class Jinit : public ::testing::Test {
protected:
    void SetUp() override {
        set_members("1");
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            starter_.ours.reset();
            pty::UniqueFd channel(::fcntl(starter_.theirs.get(), F_DUPFD, 20));
            pty::UniqueFd events(::fcntl(events_.get(), F_DUPFD, 20));
            ::dup2(channel.get(), jailcore::jinit_channel);
            ::dup2(events.get(), jailcore::jinit_events);
            channel.reset();
            char name[] = "jinit", shared[] = "--shared-pids", told[] = "--events";
            char* words[] = {name, shared, told};
            ::_exit(jailcore::jinit_main(3, words));
        }
        starter_.theirs.reset();
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

    void set_members(std::string_view some) {
        std::string text = "populated " + std::string(some) + "\nfrozen 0\n";
        ASSERT_EQ(static_cast<ssize_t>(text.size()), ::pwrite(events_.get(), text.data(), text.size(), 0));
    }

    int end() {
        int status = 0;
        ::waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

    bool lives() {
        ::usleep(100'000);
        return ::waitpid(pid_, nullptr, WNOHANG) == 0;
    }

    pid_t pid_ = -1;
    pty::SocketPair starter_ = pty::seqpacket_pair();
    pty::UniqueFd events_{::memfd_create("events", 0)};
};

TEST_F(Jinit, EndsWithAStarterThatDiesTooEarly) {
    starter_.ours.reset();
    EXPECT_EQ(1, end());
}

TEST_F(Jinit, StaysWhileItIsToldTo) {
    set_members("0");
    ASSERT_EQ(1, ::send(starter_.ours.get(), &jailcore::jinit_keep, 1, 0));
    EXPECT_TRUE(lives());
    ::kill(pid_, jailcore::jinit_no_persist);
    EXPECT_EQ(0, end());
}

TEST_F(Jinit, StaysWhileTheJailHasMembers) {
    ASSERT_EQ(1, ::send(starter_.ours.get(), &jailcore::jinit_keep, 1, 0));
    ::kill(pid_, jailcore::jinit_no_persist);
    EXPECT_TRUE(lives());
    set_members("0");
    ::kill(pid_, jailcore::jinit_look);
    EXPECT_EQ(0, end());
}

// What a later router may come to send is no reason to end for a jinit of today.
TEST_F(Jinit, MindsNoSignalThatItDoesNotKnow) {
    ASSERT_EQ(1, ::send(starter_.ours.get(), &jailcore::jinit_keep, 1, 0));
    for (int signal : {SIGINT, SIGQUIT, SIGALRM, SIGWINCH, SIGPWR, SIGSYS, SIGRTMIN, SIGRTMAX})
        ::kill(pid_, signal);
    set_members("0");
    ::kill(pid_, jailcore::jinit_no_persist);
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
