#include "router/worker/peek_session.hpp"

#include <algorithm>

namespace worker {

Output PeekSession::output(const Viewer& viewer, const Credit& credit) {
    std::span<const char> rest = std::span<const char>(content_).subspan(viewer.cursor);
    return {wire::Stream::output, rest.first(std::min(rest.size(), credit.output))};
}

std::optional<wire::Exit> PeekSession::finished(const Viewer& viewer) {
    if (viewer.cursor < content_.size())
        return std::nullopt;
    wire::Exit exit;
    exit.status = 0;
    return exit;
}

} // namespace worker
