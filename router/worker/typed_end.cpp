#include "router/worker/typed_end.hpp"

#include "pty/kernel.hpp"
#include "pty/unread_input.hpp"

#include <algorithm>
#include <termios.h>
#include <unistd.h>

namespace worker {
namespace {

using namespace std::chrono_literals;

// An editor of lines that has just read the last key of a line is about to make the terminal canonical.
constexpr auto settling_time = 10ms;
constexpr TypedEnd::Clock::duration first_patience = 250ms;
constexpr TypedEnd::Clock::duration longest_patience = 64s;

void append(std::string& keys, cc_t character) {
    if (character != static_cast<cc_t>(_POSIX_VDISABLE))
        keys.push_back(static_cast<char>(character));
}

} // namespace

std::string TypedEnd::due(int master, uint64_t shown, Clock::time_point now) {
    termios settings{};
    if (kernel::tcgetattr(master, &settings) != 0 ||
        settings.c_cc[VEOF] == static_cast<cc_t>(_POSIX_VDISABLE))
        return {};
    auto unread = pty::unread_input(master);
    if (unread.value_or(false)) {
        seen_.reset();
        return {};
    }
    Look look{{(settings.c_lflag & ICANON) != 0, ::tcgetpgrp(master)}, shown};
    if (!settled(look, now) || !wanted(look, unread.has_value(), now))
        return {};
    std::string keys;
    if (told_ && told_->reader.canonical && !look.reader.canonical)
        append(keys,
               settings.c_cc[VERASE]); // of the NUL that it may have become, and of which a line may consist
    append(keys, settings.c_cc[VEOF]);
    tell(look, now);
    return keys;
}

bool TypedEnd::settled(const Look& look, Clock::time_point now) {
    if (seen_ != look) {
        seen_ = look;
        seen_since_ = now;
    }
    return look.reader.canonical || now - seen_since_ >= settling_time;
}

bool TypedEnd::wanted(const Look& look, bool unread_is_known, Clock::time_point now) const {
    if (!told_ || told_->reader != look.reader)
        return true;
    if (look.reader.canonical)
        return unread_is_known; // it has been read
    return look.shown != told_->shown && now - told_at_ >= patience_;
}

void TypedEnd::tell(const Look& look, Clock::time_point now) {
    bool again = told_ && told_->reader == look.reader;
    patience_ = again ? std::min(2 * patience_, longest_patience) : first_patience;
    told_ = look;
    told_at_ = now;
}

} // namespace worker
