// A jenter that was started ahead of the console it will make: executing a program and its C library's start
// are a quarter of an attach, and neither depends on the order.
#pragma once

#include "jailcore/enter.hpp"
#include "pty/fd.hpp"
#include <string_view>
#include <sys/types.h>

namespace monitor {

class WaitingJenter {
public:
    // `program` stays the caller's, and open.
    explicit WaitingJenter(int program) : program_(program) {}

    struct Entering {
        pid_t pid = -1;
        pty::UniqueFd report; // our end of its report socket
    };
    using Descriptors = std::array<int, jailcore::enter_order.size()>;
    // Gives the one that waits its order, or a new one where none does: `words` as in its usage, `fds` for
    // jailcore::enter_order, -1 where there is nothing. Throws pty::StepError.
    Entering order(std::string_view words, Descriptors fds);

    // Starts the next one, unless one waits. Where that fails, order() will try again, and tell.
    void prepare();

    // True where it was the one that waits.
    bool ended(pid_t pid);

private:
    [[nodiscard]] Entering start() const;

    int program_;
    Entering waiting_;
    pty::UniqueFd nothing_; // /dev/null
};

} // namespace monitor
