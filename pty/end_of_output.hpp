// When a session's output is at its end: a pure state machine over what the reader of a pty, or of a
// program's pipes, has seen. It owns no clock and no descriptor; times are passed in.
//
// Why it is not simply end of file (Linux, drivers/tty/pty.c and n_tty.c):
//  - read(2) on a master can return EIO while data is still buffered; the next read returns it. So only EIO
//    twice in a row is a hangup.
//  - EIO is reversible: a slave opened again brings data again. So a hangup alone is not the end of the
//    session.
//  - A master that nobody has the slave of is always readable: waiting for that would spin.
//  - A background job can hold the slave, or a pipe, for ever. So the leader's exit must be able to end it.
#pragma once

#include <chrono>
#include <cstddef>

namespace pty {

class EndOfOutput {
public:
    using Clock = std::chrono::steady_clock;
    // How long nothing may come after the leader's exit before the output counts as drained.
    static constexpr std::chrono::milliseconds grace{50};
    // How long reading goes on after the leader's exit while somebody else keeps printing. Time in which the
    // client did not take what was read does not count.
    static constexpr std::chrono::milliseconds limit{2000};
    // How often a hung up terminal is looked at, whose leader lives on without it and may open it again.
    static constexpr std::chrono::milliseconds look{100};

    enum class Next {
        read,  // read again at once
        wait,  // wait until the descriptor is readable
        timed, // wait until it is readable, and come back with timeout() at due() at the latest
        hung,  // do not wait until it is readable, for it is; come back with timeout() at due()
        done,
    };

    // A read brought bytes.
    Next data(Clock::time_point now);
    // A read said EAGAIN.
    Next drained(Clock::time_point now);
    // A read said EIO, or end of file.
    Next hangup(Clock::time_point now);
    // The leader was reaped. Read again.
    void exited(Clock::time_point now);
    // due() has passed, and nothing was readable or nobody looked.
    Next timeout(Clock::time_point now);

    // Reading stops because the client does not take its output, and goes on.
    void blocked(Clock::time_point now);
    void unblocked(Clock::time_point now);

    // A file whose end is final, as that of a pipe, needs no second look.
    explicit EndOfOutput(bool final_end = false) : hangups_needed_(final_end ? 1 : 2) {}

    [[nodiscard]] Clock::time_point due() const { return due_; }
    [[nodiscard]] bool done() const { return done_; }

private:
    Next finish();
    [[nodiscard]] bool over_limit(Clock::time_point now) const { return exited_ && now >= stop_; }

    int hangups_needed_;
    int hangups_ = 0;
    bool exited_ = false;
    bool done_ = false;
    Clock::time_point due_{};
    Clock::time_point stop_{};    // of reading, after the leader's exit
    Clock::time_point blocked_{}; // since; zero: not blocked
};

} // namespace pty
