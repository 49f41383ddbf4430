#include "pty/end_of_output.hpp"

#include <algorithm>

namespace pty {

EndOfOutput::Next EndOfOutput::finish() {
    done_ = true;
    return Next::done;
}

EndOfOutput::Next EndOfOutput::data(Clock::time_point now) {
    hangups_ = 0;
    if (over_limit(now))
        return finish();
    return Next::read;
}

EndOfOutput::Next EndOfOutput::drained(Clock::time_point now) {
    hangups_ = 0;
    if (!exited_)
        return Next::wait;
    due_ = std::min(now + grace, stop_);
    return Next::timed;
}

EndOfOutput::Next EndOfOutput::hangup(Clock::time_point now) {
    hangups_ = std::min(hangups_ + 1, hangups_needed_);
    if (hangups_ < hangups_needed_)
        return Next::read;
    if (exited_)
        return finish();
    due_ = now + look;
    return Next::hung;
}

void EndOfOutput::exited(Clock::time_point now) {
    exited_ = true;
    stop_ = now + limit;
    if (blocked_ != Clock::time_point{})
        blocked_ = now;
}

EndOfOutput::Next EndOfOutput::timeout(Clock::time_point now) {
    if (now < due_)
        return hangups_ == hangups_needed_ ? Next::hung : Next::timed;
    return exited_ ? finish() : Next::read;
}

void EndOfOutput::blocked(Clock::time_point now) {
    if (blocked_ == Clock::time_point{})
        blocked_ = now;
}

void EndOfOutput::unblocked(Clock::time_point now) {
    if (blocked_ != Clock::time_point{} && exited_)
        stop_ += now - blocked_;
    blocked_ = {};
}

} // namespace pty
