#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/linux/program_memfd.hpp"
#include "pty/memfd.hpp"
#include "pty/spawn.hpp"
#include "tests/twin/fault_plan.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace {

std::string output_of(const std::string& script, int extra_fd = -1) {
    pty::UniqueFd shell(pty::check(::open("/bin/sh", O_RDONLY | O_CLOEXEC), "open", "/bin/sh"));
    pty::Pipe pipe = pty::make_pipe();
    std::vector<int> fds{-1, pipe.write.get(), 2};
    if (extra_fd >= 0)
        fds.push_back(extra_fd);
    pid_t pid = pty::spawn({shell.get(), {"sh", "-c", script}, {"PATH=/usr/bin:/bin"}, fds});
    pipe.write.reset();
    std::string output = pty::read_all(pipe.read.get(), "pipe");
    int status = 0;
    EXPECT_EQ(pid, ::waitpid(pid, &status, 0));
    EXPECT_EQ(0, status);
    return output;
}

TEST(Spawn, GivesTheChildTheNamedDescriptorsAndNoOther) {
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); // what the test itself inherited
    pty::UniqueFd secret(pty::check(::open("/etc/passwd", O_RDONLY | O_CLOEXEC), "open"));
    pty::UniqueFd memfd = pty::sealed_memfd("given", "content");
    EXPECT_EQ("content", output_of("cat <&3", memfd.get()).substr(0, 7));
    std::string listing =
        output_of("for f in 3 4 5 6 7 8 9 10 11 12; do [ -e /proc/$$/fd/$f ] && echo $f; done; :");
    EXPECT_EQ("", listing);
}

TEST(Spawn, ExecutesTheProgramWhoseNumberIsATarget) {
    pty::UniqueFd program(pty::check(::open("/bin/true", O_RDONLY | O_CLOEXEC), "open"));
    std::vector<int> fds(static_cast<size_t>(program.get()) + 1, 2);
    pid_t pid = pty::spawn({program.get(), {"true"}, {}, fds});
    int status = -1;
    EXPECT_EQ(pid, ::waitpid(pid, &status, 0));
    EXPECT_EQ(0, status);
}

TEST(Spawn, ExecutesAPathInASessionOfItsOwn) {
    pty::Pipe pipe = pty::make_pipe();
    pid_t pid = pty::spawn({-1,
                            {"/bin/sh", "-c", "cut -d ' ' -f 6 /proc/$$/stat"},
                            {"PATH=/usr/bin:/bin"},
                            {-1, pipe.write.get(), 2},
                            true});
    pipe.write.reset();
    EXPECT_EQ(std::to_string(pid) + "\n", pty::read_all(pipe.read.get(), "pipe"));
    EXPECT_EQ(0, pty::wait_for_end(pid));
}

TEST(Spawn, StaysInOurSessionUnlessToldOtherwise) {
    EXPECT_EQ(std::to_string(::getsid(0)) + "\n", output_of("cut -d ' ' -f 6 /proc/$$/stat"));
}

TEST(Spawn, GivesTheChildDefaultSignals) {
    ::signal(SIGUSR1, SIG_IGN);
    sigset_t blocked, old;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigprocmask(SIG_BLOCK, &blocked, &old);
    // The upper half of the mask is left out: glibc keeps signals 32 and 33 for itself.
    std::string status = output_of("grep -E 'SigBlk|SigIgn' /proc/self/status | cut -c 1-7,18-");
    sigprocmask(SIG_SETMASK, &old, nullptr);
    ::signal(SIGUSR1, SIG_DFL);
    EXPECT_EQ("SigBlk:0000000\nSigIgn:0000000\n", status);
}

TEST(Spawn, FailsAsTheTwinSays) {
    kernel::set_plan("spawn:1:ENOMEM");
    try {
        output_of(":");
        FAIL() << "spawned";
    } catch (const pty::StepError& error) {
        EXPECT_EQ(ENOMEM, error.error());
        EXPECT_STREQ("spawn", error.step());
    }
    kernel::set_plan("");
}

TEST(Memfd, IsReadOnlyWhenSealed) {
    pty::UniqueFd sealed = pty::sealed_memfd("m", "abc");
    EXPECT_EQ(-1, ::write(sealed.get(), "x", 1));
    EXPECT_EQ(EPERM, errno);
    EXPECT_EQ("abc", pty::read_sealed(sealed.get(), 3).value_or("none"));
    EXPECT_FALSE(pty::read_sealed(sealed.get(), 2).has_value()) << "over the limit";
    pty::UniqueFd unsealed(pty::check(::memfd_create("u", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd"));
    EXPECT_FALSE(pty::read_sealed(unsealed.get(), 10).has_value()) << "not sealed";
    EXPECT_FALSE(pty::read_sealed(0, 10).has_value()) << "no memfd";
}

// Pages that the kernel's reclaim holds for a moment keep it from being sealed.
TEST(Memfd, IsSealedOnceNobodyHoldsItsPages) {
    kernel::set_plan("add_seals:1:EBUSY,add_seals:2:EBUSY");
    pty::UniqueFd sealed = pty::sealed_memfd("m", "abc");
    EXPECT_EQ("abc", pty::read_sealed(sealed.get(), 3).value_or("none"));
    kernel::set_plan("add_seals:*:EBUSY");
    EXPECT_THROW(pty::sealed_memfd("m", "abc"), pty::StepError);
    kernel::set_plan("add_seals:1:EPERM");
    EXPECT_THROW(pty::sealed_memfd("m", "abc"), pty::StepError);
    kernel::set_plan("");
}

TEST(Memfd, OfAProgramIsExecutedWhatTheKernelKnowsOf) {
    pty::UniqueFd file(::open("/bin/true", O_RDONLY | O_CLOEXEC));
    std::string content = pty::read_all(file.get(), "true");
    for (const char* plan : {"", "memfd_create:1:EINVAL,add_seals:1:EINVAL"}) {
        kernel::set_plan(plan);
        pty::UniqueFd program = pty::program_memfd("true", content);
        kernel::set_plan("");
        EXPECT_EQ(content.size(), pty::sealed_size(program.get(), content.size())) << plan;
        EXPECT_EQ(0, pty::wait_for_end(pty::spawn({program.get(), {"true"}, {}, {}}))) << plan;
    }
}

TEST(FdPass, CarriesDescriptorsWithTheMessage) {
    pty::SocketPair pair = pty::seqpacket_pair();
    pty::UniqueFd memfd = pty::sealed_memfd("m", "passed");
    int fds[] = {memfd.get()};
    ASSERT_TRUE(pty::send_message(pair.ours.get(), "hello", fds));
    char buffer[16];
    pty::Received received = pty::receive_message(pair.theirs.get(), buffer);
    ASSERT_EQ(5, received.size);
    ASSERT_EQ(1U, received.fds.size());
    EXPECT_EQ("passed", pty::read_sealed(received.fds[0].get(), 64).value_or("none"));
    EXPECT_NE(0, ::fcntl(received.fds[0].get(), F_GETFD) & FD_CLOEXEC);
}

TEST(FdPass, SaysThatAMessageWasCut) {
    pty::SocketPair pair = pty::seqpacket_pair();
    ASSERT_TRUE(pty::send_message(pair.ours.get(), "longer than four"));
    char buffer[4];
    EXPECT_TRUE(pty::receive_message(pair.theirs.get(), buffer).truncated);
    ASSERT_TRUE(pty::send_message(pair.ours.get(), "four"));
    pty::Received whole = pty::receive_message(pair.theirs.get(), buffer);
    EXPECT_EQ(4, whole.size);
    EXPECT_FALSE(whole.truncated);
}

// As a kernel does that keeps the rest and sets no MSG_TRUNC (FreeBSD 15).
TEST(FdPass, SaysThatAMessageWasCutWhereTheRestIsKept) {
    int pair[2];
    ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    pty::UniqueFd ours(pair[0]), theirs(pair[1]);
    ASSERT_EQ(16, ::send(ours.get(), "longer than four", 16, 0));
    char buffer[4];
    pty::Received received = pty::receive_message(theirs.get(), buffer);
    EXPECT_TRUE(received.truncated);
    EXPECT_EQ(4, received.size);
}

} // namespace
