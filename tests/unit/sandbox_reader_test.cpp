// What is left to a process in the reader's sandbox, tried in a child of this one.
#include "router/sandbox/reader.hpp"
#include "tests/unit/sandbox_helpers.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

int in_sandbox(const std::function<bool()>& attempt) {
    return outcome_in(
        [] {
            sandbox::enter_reader_sandbox();
        },
        attempt);
}

TEST(ReaderSandbox, LeavesReading) {
    EXPECT_EQ(in_sandbox([] {
                  std::array<char, 16> buffer{};
                  int fd = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
                  return fd >= 0 && ::read(fd, buffer.data(), buffer.size()) > 0;
              }),
              0);
}

TEST(ReaderSandbox, TakesWriting) {
    for (int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_RDONLY | O_TRUNC})
        EXPECT_EQ(in_sandbox([&] {
                      return ::open("/tmp/jconsole-sandbox-test", flags | O_CLOEXEC, 0600) >= 0;
                  }),
                  EPERM)
            << flags;
    EXPECT_EQ(in_sandbox([] {
                  return ::unlink("/tmp/jconsole-sandbox-test") == 0;
              }),
              EPERM);
    EXPECT_EQ(in_sandbox([] {
                  return ::rename("/tmp/jconsole-a", "/tmp/jconsole-b") == 0;
              }),
              EPERM);
}

TEST(ReaderSandbox, TakesSocketsProgramsAndOtherProcesses) {
    expect_confined(in_sandbox);
}

} // namespace
