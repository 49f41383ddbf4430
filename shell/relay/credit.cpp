#include "shell/relay/credit.hpp"

#include <algorithm>

namespace shell {

void SendWindow::sent(std::string_view data) {
    unconsumed_ += data.size();
    if (keep_)
        pending_.append(data);
}

bool SendWindow::consumed(uint32_t bytes) {
    if (bytes > unconsumed_)
        return false;
    unconsumed_ -= bytes;
    if (keep_)
        pending_.erase(0, bytes);
    consumed_ += bytes;
    return true;
}

bool SendWindow::resume(uint64_t total) {
    if (!keep_ || total < consumed_ || total - consumed_ > unconsumed_)
        return false;
    return consumed(static_cast<uint32_t>(total - consumed_));
}

bool ReceiveWindow::received(size_t bytes) {
    if (bytes > open_)
        return false;
    open_ -= bytes;
    total_ += bytes;
    return true;
}

uint32_t ReceiveWindow::consumed(size_t bytes) {
    size_t old = std::min(bytes, unowed_);
    unowed_ -= old;
    owed_ += bytes - old;
    if (owed_ < wire::initial_credit / 2)
        return 0;
    auto credit = static_cast<uint32_t>(owed_);
    open_ += owed_;
    owed_ = 0;
    return credit;
}

void ReceiveWindow::restart(size_t buffered) {
    open_ = wire::initial_credit;
    owed_ = 0;
    unowed_ = buffered;
}

} // namespace shell
