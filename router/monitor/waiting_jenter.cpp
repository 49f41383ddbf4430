#include "router/monitor/waiting_jenter.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"
#include "pty/spawn.hpp"
#include "router/monitor/log.hpp"

#include <cerrno>
#include <fcntl.h>
#include <utility>

namespace monitor {

WaitingJenter::Entering WaitingJenter::start() const {
    pty::SocketPair report = pty::seqpacket_pair();
    // Every descriptor that an order brings has its place taken, so none arrives at the place of another.
    pty::Spawn spawn{program_, {"jenter", "wait"}, {}, {-1, -1, -1, report.theirs.get(), -1, -1, -1}};
    return {pty::spawn(spawn), std::move(report.ours)};
}

WaitingJenter::Entering WaitingJenter::order(std::string_view words, Descriptors fds) {
    if (!nothing_)
        nothing_.reset(pty::check(kernel::open("/dev/null", O_RDWR), "open", "/dev/null"));
    for (int& fd : fds)
        if (fd < 0)
            fd = nothing_.get();
    Entering entering = std::exchange(waiting_, {});
    if (entering.report && pty::send_message(entering.report.get(), words, fds))
        return entering;
    // None waited, or it had been killed.
    entering = start();
    if (!pty::send_message(entering.report.get(), words, fds))
        throw pty::StepError(errno, "order", "jenter");
    return entering;
}

void WaitingJenter::prepare() {
    try {
        if (waiting_.report)
            return;
        waiting_ = start();
        children_.claim(waiting_.pid, [this, pid = waiting_.pid](int) {
            if (waiting_.pid == pid)
                waiting_ = {};
        });
    } catch (const pty::StepError& error) {
        log::warn(std::string("jenter: ") + error.what());
    }
}

} // namespace monitor
