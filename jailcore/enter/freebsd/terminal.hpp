// The terminal of a program in a jail, and who leads its session there.
#pragma once

#include "jailcore/enter/request.hpp"
#include "jailcore/passwd.hpp"
#include "pty/fd.hpp"

#include <functional>
#include <string_view>

namespace jailcore {

struct Terminal {
    pty::UniqueFd master;
    pty::UniqueFd slave;
};

// To be called inside, as root: a terminal that was opened before is in no jail's devfs. It is the user's.
// `modes`: as pty::set_modes() takes them. Throws EnterFailure, pty::StepError.
Terminal open_terminal(const User& user, const pty::WindowSize& size, std::string_view modes);

// Makes this process lead a session of `user` whose terminal is 0, starts `program` in a process that is in
// the foreground of it, and becomes its end: it passes signals on to that, and when that has ended and all of
// its output has been read, or in vain for a while, ends as it did. A leader that ended before would take
// away what is unread (sys/kern/tty.c, ttydev_leave(), tty_drain()). Throws EnterFailure, pty::StepError
// before that.
[[noreturn]] void lead_session(const User& user, const std::function<void()>& program);

} // namespace jailcore
