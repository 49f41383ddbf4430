// Works out what a session's screen looks like in a process of its own, closed in by a sandbox: libvterm can
// be made to go on for ever by what a jail writes, and nobody knows what else.
#pragma once

#include "pty/fd.hpp"
#include "shell/screen/preview.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

namespace top {

// Of one session: what its output makes of the process can only spoil pictures of the same session.
class Painter {
public:
    Painter() = default;
    // Kills the process.
    ~Painter();
    Painter(const Painter&) = delete;
    Painter& operator=(const Painter&) = delete;

    // What a terminal of that size shows after `output`, which is at most 16 MiB. Throws pty::StepError.
    void paint(int rows, int columns, std::string_view output);

    // For poll(2), with these events; -1 where there is nothing to wait for.
    [[nodiscard]] int channel() const { return busy_ ? channel_.get() : -1; }
    [[nodiscard]] short events() const;
    // Does what can be done without waiting. Throws pty::StepError.
    void work();
    [[nodiscard]] bool busy() const { return busy_; }
    // What came of the last paint(); nothing where the process has failed, or took too long.
    [[nodiscard]] std::optional<Picture> take() { return std::exchange(picture_, std::nullopt); }

private:
    void start();
    void end();
    void send();
    void receive();
    void take_answer();
    void fail();

    pid_t pid_ = -1;
    pty::UniqueFd channel_;
    bool busy_ = false;
    bool proved_ = false; // the process has painted before
    std::string request_;
    size_t sent_ = 0;
    std::string answer_;
    std::optional<Picture> picture_;
};

} // namespace top
