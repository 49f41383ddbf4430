#include "router/monitor/reports.hpp"

#include "jailcore/contract/record.hpp"
#include "pty/fdpass.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <vector>

namespace monitor {
namespace {

// In one turn; more than the socket of a helper that has ended can hold.
constexpr int most_reports = 1024;

} // namespace

std::unique_ptr<Watched> Reports::watch(const Session& session, pty::UniqueFd socket) {
    reporting_.insert(session.number);
    return std::make_unique<Watched>(loop_, std::move(socket), [this, number = session.number](short) {
        hear(number);
    });
}

void Reports::hear(uint32_t session) {
    for (int count = 0; count < most_reports; ++count) {
        Session* found = sessions_.find(session);
        auto* reports = found != nullptr ? found->reports() : nullptr;
        if (reports == nullptr || !*reports) {
            reporting_.erase(session);
            return;
        }
        if (!hear_one(*found))
            return;
    }
}

bool Reports::hear_one(Session& session) {
    auto& reports = *session.reports();
    char bytes[sizeof(jailcore::Report) + sizeof(jailcore::JailRecord)];
    pty::Received received = pty::receive_message(reports->socket.get(), bytes, MSG_DONTWAIT);
    if (received.size < 0 && errno == EAGAIN)
        return false;
    // A socket that a jail could have got hold of is judged as one: what is malformed is its end.
    if (received.size >= static_cast<ssize_t>(sizeof(jailcore::Report)) && !received.truncated) {
        jailcore::Report report;
        std::memcpy(static_cast<void*>(&report), bytes, sizeof report);
        if (on_report(session, report, {bytes, static_cast<size_t>(received.size)}, received))
            return true;
    }
    session.reports()->reset();
    reporting_.erase(session.number);
    on_over(session);
    return false;
}

void Reports::hear_all() {
    for (uint32_t session : std::vector(reporting_.begin(), reporting_.end()))
        hear(session);
}

bool Reports::may_name_leader() const {
    return std::ranges::any_of(reporting_, [this](uint32_t number) {
        Session* session = sessions_.find(number);
        return session != nullptr && session->reports() != nullptr && *session->reports() &&
               session->leader() <= 0;
    });
}

} // namespace monitor
