// What is left to a copy of a program that works on what a jail wrote.
#include "pty/fdpass.hpp"
#include "router/sandbox/computing.hpp"
#include "tests/unit/sandbox_helpers.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>

namespace {

class ComputingSandbox : public testing::Test {
protected:
    int in_sandbox(const std::function<bool()>& attempt) {
        return outcome_in(
            [this] {
                sandbox::enter_computing_sandbox(output.write.get());
            },
            attempt);
    }
    pty::Pipe output = pty::make_pipe();
    pty::Pipe other = pty::make_pipe();
};

TEST_F(ComputingSandbox, LeavesMemoryAndOneDescriptor) {
    EXPECT_EQ(in_sandbox([this] {
                  std::string much(size_t{32} << 20, 'x');
                  return ::write(output.write.get(), much.data(), 4) == 4;
              }),
              0);
    char got[8] = {};
    EXPECT_EQ(::read(output.read.get(), got, sizeof got), 4);
}

TEST_F(ComputingSandbox, TakesEveryOtherDescriptor) {
    ASSERT_EQ(::write(other.write.get(), "x", 1), 1);
    EXPECT_EQ(in_sandbox([this] {
                  char got = 0;
                  return ::read(other.read.get(), &got, 1) == 1;
              }),
              EPERM);
    EXPECT_EQ(in_sandbox([this] {
                  return ::write(other.write.get(), "x", 1) == 1;
              }),
              EPERM);
    for (const char* path : {"/etc/passwd", "/proc/self/mem", "/dev/null"})
        EXPECT_EQ(in_sandbox([&] {
                      return ::open(path, O_RDONLY | O_CLOEXEC) >= 0;
                  }),
                  EPERM)
            << path;
}

TEST_F(ComputingSandbox, TakesSocketsProgramsAndOtherProcesses) {
    expect_confined([this](const auto& attempt) {
        return in_sandbox(attempt);
    });
}

TEST_F(ComputingSandbox, LeavesAbort) {
    EXPECT_EQ(in_sandbox([] {
                  std::signal(SIGABRT, SIG_DFL);
                  std::abort();
                  return true;
              }),
              -SIGABRT);
}

} // namespace
