#include "router/worker/peek_session.hpp"

#include <algorithm>

namespace worker {

Output PeekSession::output() {
    std::span<const char> rest = std::span<const char>(content_).subspan(sent_);
    return {wire::Stream::output, rest.first(std::min(rest.size(), credit(wire::Stream::output)))};
}

std::optional<wire::Exit> PeekSession::finished() {
    if (sent_ < content_.size())
        return std::nullopt;
    wire::Exit exit;
    exit.status = 0;
    return exit;
}

} // namespace worker
