#include "router/wire/link.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using wire::LinkId;
using wire::Sender;

pty::Received received(size_t size, size_t fds = 0, bool truncated = false) {
    pty::Received result;
    result.size = static_cast<ssize_t>(size);
    result.truncated = truncated;
    for (size_t i = 0; i < fds; ++i)
        result.fds.emplace_back();
    return result;
}

template <class Message>
const wire::LinkRow* look(const Message& message, Sender sender, uint8_t phase,
                          const pty::Received& arrived) {
    auto bytes = wire::bytes_of(message);
    return wire::permitted({bytes.data(), bytes.size()}, arrived, sender, phase);
}

TEST(Link, TheTablePermitsEachMessageAndNothingBeside) {
    std::set<LinkId> ids;
    for (const wire::LinkRow& row : wire::link_table) {
        EXPECT_TRUE(ids.insert(row.id).second) << row.name << " stands twice";
        EXPECT_LE(row.size, wire::max_link_message) << row.name;
        EXPECT_LE(row.max_fds, pty::max_passed_fds) << row.name;
        std::vector<char> message(wire::max_link_message + 64);
        wire::LinkHeader header{row.id, 1};
        std::memcpy(message.data(), &header, sizeof header);
        Sender other = row.sender == Sender::worker ? Sender::monitor : Sender::worker;
        for (uint8_t phase : {wire::phase_starting, wire::phase_serving, wire::phase_retiring}) {
            bool allowed = (row.phases & phase) != 0;
            EXPECT_EQ(allowed,
                      permitted(message, received(row.size, row.min_fds), row.sender, phase) == &row);
            EXPECT_EQ(nullptr, permitted(message, received(row.size, row.min_fds), other, phase));
            EXPECT_EQ(nullptr, permitted(message, received(row.size + 1, row.min_fds), row.sender, phase));
            EXPECT_EQ(nullptr, permitted(message, received(row.size - 1, row.min_fds), row.sender, phase));
            EXPECT_EQ(nullptr, permitted(message, received(row.size, row.max_fds + 1U), row.sender, phase));
            EXPECT_EQ(nullptr, permitted(message, received(row.size, row.min_fds, true), row.sender, phase));
            if (row.min_fds > 0) {
                EXPECT_EQ(nullptr,
                          permitted(message, received(row.size, row.min_fds - 1U), row.sender, phase));
            }
        }
    }
    wire::LinkReady unknown;
    unknown.header.id = static_cast<LinkId>(99);
    EXPECT_EQ(nullptr, look(unknown, Sender::worker, wire::phase_starting, received(sizeof unknown)));
    EXPECT_EQ(nullptr, look(unknown, Sender::worker, wire::phase_starting, received(3)));
}

} // namespace
