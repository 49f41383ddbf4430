// The relay under test on real ptys and pipes, against a router's end that follows a script.
#pragma once

#include "pty/fd.hpp"
#include "shell/relay/relay.hpp"
#include "tests/unit/shell_peer.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

namespace shell_test {

struct Pair {
    pty::UniqueFd ours;
    pty::UniqueFd theirs;
};

Pair stream_pair();

// Bytes that repeat nowhere soon, so that a lost, doubled or swapped piece shows.
std::string pattern(size_t size);

std::string read_to_end(int fd, size_t piece = 65536, std::chrono::microseconds between = {});

// A pty whose slave plays the user's terminal.
struct Terminal {
    Terminal();
    [[nodiscard]] bool raw() const;
    // Reads from the master until `count` bytes have come.
    [[nodiscard]] std::string read(size_t count) const;

    pty::UniqueFd master;
    pty::UniqueFd slave;
};

using Script = std::function<void(Peer&)>;

class Relay : public testing::Test {
protected:
    Relay();
    ~Relay() override { join(); }

    // Each connection that the client makes meets the next script; then nobody listens any more.
    void serve(Script script) { scripts_.push_back(std::move(script)); }

    void use(const Terminal& terminal);

    void background(std::function<void()> work) { threads_.emplace_back(std::move(work)); }

    // Waits for all that is in the background.
    void join();

    // How the relay ends: the line that says why it failed, or "none"; the status, or -1; the signal, or 0.
    std::string failure();
    int status();
    int local_signal();

    shell::Assignment assignment_;
    std::deque<Script> scripts_;

private:
    pty::UniqueFd connect();

    pty::UniqueFd null_;
    std::vector<std::thread> threads_;
};

} // namespace shell_test
