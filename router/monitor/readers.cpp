#include "router/monitor/readers.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/memfd.hpp"
#include "router/monitor/log.hpp"

#include <sys/socket.h>
#include <utility>

namespace monitor {
namespace {

constexpr std::chrono::seconds live_pace{1}; // between two snapshots for a live reader

} // namespace

void Readers::open(Session& session, const Errand& errand, const pty::UniqueFd& words) {
    if (session.row().live)
        return open_live(session, errand, words);
    Task task;
    HelperFds fds;
    if (session.row().configuration != contract::Configuration::none) {
        tables_.erase(session.owner);
        pty::UniqueFd table = pty::make_memfd("order");
        fds.table = table.get();
        task = Ordering{std::move(table), errand.config};
    }
    pty::UniqueFd registry = parts_.jails.snapshot();
    pty::UniqueFd sessions = parts_.sessions.snapshot();
    Pipes ours;
    Pipes theirs = make_pipes(ours);
    fds.output = theirs.output.get();
    fds.error = theirs.error.get();
    fds.jails = registry.get();
    fds.sessions = sessions.get();
    fds.words = words.get();
    start_helper(parts_, session, helper_of(errand, parts_.programs, fds), std::move(task));
    answer_running(parts_, session, ours);
}

// Nobody can write to the table of an order any more.
void Readers::leader_ended(Session& session, const wire::LinkExited& exit) {
    auto* order = session.task<Ordering>();
    if (order == nullptr || exit.signalled != 0 || exit.value != 0)
        return;
    try {
        pty::seal_memfd(order->table.get(), "order");
        tables_[session.owner] = std::move(*order);
    } catch (const pty::StepError& error) {
        log::warn("session " + session.name + ": " + error.what() +
                  ": each start reads the configuration anew");
    }
}

int Readers::table_of(wire::Principal principal, std::string_view config) const {
    auto found = tables_.find(principal);
    return found != tables_.end() && found->second.config == config ? found->second.table.get() : -1;
}

// It asks for the next snapshots when it has printed the last, and gets them at the monitor's pace. That it
// asks is all it can say, so there is nothing to parse.
void Readers::open_live(Session& session, const Errand& errand, const pty::UniqueFd& words) {
    pty::SocketPair asks = pty::seqpacket_pair();
    Pipes ours;
    Pipes theirs = make_pipes(ours);
    HelperFds fds;
    fds.output = theirs.output.get();
    fds.error = theirs.error.get();
    fds.reports = asks.theirs.get();
    fds.words = words.get();
    start_helper(parts_, session, helper_of(errand, parts_.programs, fds), Live());
    uint32_t number = session.number;
    session.task<Live>()->asks =
        std::make_unique<Watched>(parts_.loop, std::move(asks.ours), [this, number](short) {
            take_ask(number);
        });
    answer_running(parts_, session, ours);
    send_snapshots(number);
}

void Readers::take_ask(uint32_t number) {
    Session* session = parts_.sessions.find(number);
    auto* live = session != nullptr ? session->task<Live>() : nullptr;
    if (live == nullptr || !live->asks)
        return;
    char byte;
    if (pty::receive_message(live->asks->socket.get(), {&byte, 1}, MSG_DONTWAIT).size <= 0) {
        live->asks.reset();
        return; // it ends, and is reaped
    }
    live->next = std::make_unique<EventLoop::Timer>(parts_.loop, live_pace, [this, number] {
        send_snapshots(number);
    });
}

void Readers::send_snapshots(uint32_t number) {
    Session* session = parts_.sessions.find(number);
    auto* live = session != nullptr ? session->task<Live>() : nullptr;
    if (live == nullptr || !live->asks)
        return;
    try {
        parts_.jails.refresh();
        pty::UniqueFd registry = parts_.jails.snapshot();
        pty::UniqueFd sessions = parts_.sessions.snapshot();
        int fds[] = {registry.get(), sessions.get()};
        pty::send_message(live->asks->socket.get(), "s", fds, MSG_DONTWAIT);
    } catch (const pty::StepError& error) {
        log::warn("session " + session->name + ": " + error.what() + ": its reader is ended");
        live->asks.reset();
    }
}

} // namespace monitor
