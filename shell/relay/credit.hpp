// The two ends of a stream's credit window: docs/protocol.md, "Credit". Pure.
#pragma once

#include "router/wire/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shell {

// What we may still send, and what we have sent that the other end has not consumed, where it is to be sent
// again after the connection broke.
class SendWindow {
public:
    // `keep`: whether a session can be resumed, for which alone what was sent is kept.
    explicit SendWindow(bool keep) : keep_(keep) {}

    // Bytes that may be sent now.
    [[nodiscard]] size_t room() const { return wire::initial_credit - unconsumed_; }

    // At most room() bytes.
    void sent(std::string_view data);

    // The other end has consumed `bytes` more. False where it cannot have: it never got so many.
    bool consumed(uint32_t bytes);

    // A new connection, whose other end has `total` bytes of this stream since its beginning: keeps only what
    // it does not have, which pending() returns, to be sent again. False where it cannot have so many.
    bool resume(uint64_t total);

    [[nodiscard]] const std::string& pending() const { return pending_; }

private:
    bool keep_;
    std::string pending_;
    size_t unconsumed_ = 0; // bytes that were sent
    uint64_t consumed_ = 0; // since the beginning
};

// What the other end may still send us.
class ReceiveWindow {
public:
    // False where the other end has sent more than it was allowed to.
    bool received(size_t bytes);

    // We have passed on `bytes` more. Returns the credit to give back now: 0, or at least half a window, so
    // that credit costs two messages per window and the sender never stands still for it.
    uint32_t consumed(size_t bytes);

    // A new connection: the other end has a full window again. `buffered` bytes of the old one are still to
    // be consumed, for which no credit is owed.
    void restart(size_t buffered);

    // Bytes received since the beginning.
    [[nodiscard]] uint64_t total() const { return total_; }

private:
    size_t open_ = wire::initial_credit;
    size_t owed_ = 0;
    size_t unowed_ = 0;
    uint64_t total_ = 0;
};

} // namespace shell
