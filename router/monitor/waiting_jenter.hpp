// A jenter that was started ahead of the console it will make: executing a program and its C library's start
// are a quarter of an attach, and neither depends on the order.
#pragma once

#include "jailcore/contract/enter.hpp"
#include "pty/fd.hpp"
#include "router/monitor/children.hpp"

#include <string_view>
#include <sys/types.h>

namespace monitor {

class WaitingJenter {
public:
    // `program` stays the caller's, and open.
    WaitingJenter(int program, Children& children) : program_(program), children_(children) {}

    struct Entering {
        pid_t pid = -1;
        pty::UniqueFd report; // our end of its report socket
    };
    using Descriptors = std::array<int, jailcore::enter_order.size()>;
    // Gives the one that waits its order, or a new one where none does: `words` as in its usage, `fds` for
    // jailcore::enter_order, -1 where there is nothing. Its end is the caller's to claim. Throws
    // pty::StepError.
    Entering order(std::string_view words, Descriptors fds);

    // Starts the next one, unless one waits. Where that fails, order() will try again, and tell.
    void prepare();

private:
    [[nodiscard]] Entering start() const;

    int program_;
    Children& children_;
    Entering waiting_;
    pty::UniqueFd nothing_; // /dev/null
};

} // namespace monitor
