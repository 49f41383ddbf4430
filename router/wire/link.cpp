#include "router/wire/link.hpp"

#include <algorithm>

namespace wire {

const LinkRow* permitted(std::span<const char> message, const pty::Received& received, Sender sender,
                         uint8_t phase) {
    if (received.truncated || received.size < static_cast<ssize_t>(sizeof(LinkHeader)))
        return nullptr;
    auto header = message_from<LinkHeader>(message);
    const auto* row = std::ranges::find(link_table, header.id, &LinkRow::id);
    if (row == link_table.end() || row->sender != sender || (row->phases & phase) == 0)
        return nullptr;
    if (static_cast<size_t>(received.size) != row->size || received.fds.size() < row->min_fds ||
        received.fds.size() > row->max_fds)
        return nullptr;
    return row;
}

} // namespace wire
