// One client on a real pty, driven from the outer master as a terminal emulator would.
#pragma once

#include "bench/harness_process.hpp"
#include "pty/fd.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>

namespace bench {

class Session {
public:
    // Starts the client on a new 24 x 80 pty. Throws StepError.
    explicit Session(const Arguments& client);
    // Hangs the pty up and reaps the client; one that outlives the hangup by 2 s is killed.
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    [[nodiscard]] pid_t client() const { return client_; }
    // When the client was about to be started, in seconds_now().
    [[nodiscard]] double started() const { return started_; }

    // Each of the following throws std::runtime_error, with the last of what was read, where the client ends
    // or nothing comes for 10 s or more.

    // Reads until the output holds a shell's prompt; seconds_now() of the read that brought it.
    double wait_for_prompt();
    void wait_for(std::string_view text);
    void type(std::string_view input);
    // Reads exactly `size` bytes, as fast as they come.
    void read_bytes(size_t size);

private:
    std::string_view read_some();

    pty::UniqueFd master_;
    pid_t client_ = -1;
    double started_ = 0;
    std::string output_;
};

} // namespace bench
