// What a worker may ask for, and the helpers that it makes the monitor start.
#include "router/monitor/monitor.hpp"

#include "jailcore/names.hpp"
#include "jailcore/target.hpp"
#include "pty/error.hpp"
#include "pty/memfd.hpp"
#include "pty/spawn.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>

namespace monitor {
namespace {

// What the user reads where an attach cannot even begin.
struct Refusal {
    const char* step;
    std::string cause;
    std::string mend;
};

wire::Token random_token() {
    wire::Token token;
    if (::getrandom(token.data(), token.size(), 0) != static_cast<ssize_t>(token.size()))
        throw pty::StepError(errno, "getrandom", {});
    return token;
}

bool needs_jail(wire::Verb verb) {
    return verb != wire::Verb::ls && verb != wire::Verb::ps && verb != wire::Verb::sessions &&
           verb != wire::Verb::order && verb != wire::Verb::top;
}

} // namespace

void Monitor::take(wire::Principal principal, std::span<const char> bytes, const wire::LinkRow& row,
                   pty::Received& received) {
    switch (row.id) {
    case wire::LinkId::open:
        return take_open(principal, wire::message_from<wire::LinkOpen>(bytes), std::move(received.fds[0]));
    case wire::LinkId::attached:
        return take_attached(principal, wire::message_from<wire::LinkAttached>(bytes));
    case wire::LinkId::signal:
        return take_signal(principal, wire::message_from<wire::LinkSignal>(bytes));
    case wire::LinkId::hangup:
        if (Session* session = session_of(principal, wire::message_from<wire::LinkHeader>(bytes).number))
            hang_up(*session);
        return;
    case wire::LinkId::drained:
        if (Session* session = session_of(principal, wire::message_from<wire::LinkHeader>(bytes).number)) {
            if (session->exit)
                drop(session->number);
            else
                hang_up(*session);
        }
        return;
    case wire::LinkId::closed: {
        auto closed = wire::message_from<wire::LinkClosed>(bytes);
        auto found = connections_.find(closed.connection);
        if (found != connections_.end() && found->second.principal == principal)
            connection_over(closed.connection);
        return;
    }
    case wire::LinkId::idle:
        return take_idle(principal);
    default:
        return; // ready needs nothing more than its phase
    }
}

Session* Monitor::session_of(wire::Principal principal, uint32_t number) {
    auto found = sessions_.find(number);
    return found != sessions_.end() && found->second->owner == principal ? found->second.get() : nullptr;
}

void Monitor::take_attached(wire::Principal principal, const wire::LinkAttached& message) {
    Session* session = session_of(principal, message.header.number);
    auto connection = connections_.find(message.connection);
    if (connection == connections_.end() || connection->second.principal != principal)
        return;
    set_up(connection->second);
    if (session != nullptr)
        session->connection = message.connection;
}

void Monitor::take_signal(wire::Principal principal, const wire::LinkSignal& message) {
    Session* session = session_of(principal, message.header.number);
    // Not reaped yet, so the number is its own. The leader leads a process group too, but for the helpers.
    if (session == nullptr || session->leader <= 0 || session->killed || message.signal <= 0 ||
        message.signal >= NSIG)
        return;
    if (session->verb != wire::Verb::console || ::kill(-session->leader, message.signal) == -1)
        ::kill(session->leader, message.signal);
}

void Monitor::take_idle(wire::Principal principal) {
    bool busy = std::ranges::any_of(connections_,
                                    [&](const auto& item) {
                                        return item.second.principal == principal;
                                    }) ||
                std::ranges::any_of(sessions_, [&](const auto& item) {
                    return item.second->owner == principal && !item.second->hung_up;
                });
    Worker& worker = workers_[principal];
    // A jail may fill the host's table of processes, and is killed through a worker that is there.
    bool needed = principal == own_ && jails_.size() > 0;
    if (busy || needed || !worker.process)
        return;
    worker.process->retire();
    worker.process.reset();
    worker.ordered = {};
}

void Monitor::take_open(wire::Principal principal, const wire::LinkOpen& message, pty::UniqueFd program) {
    auto session = std::make_unique<Session>();
    session->number = ++last_session_;
    session->verb = message.verb;
    session->terminal = message.terminal != 0 && message.verb == wire::Verb::console;
    session->jail = jailcore::get_text(message.jail);
    session->owner = principal;
    session->created = static_cast<uint64_t>(::time(nullptr));
    session->connection = message.connection;
    session->request = message.header.number;
    Session& added = *session;
    sessions_[added.number] = std::move(session);
    auto refuse_it = [&](const char* step, std::string_view cause, std::string_view mend) {
        answer_refused(added, step, cause, mend, 255);
        drop(added.number);
    };
    auto connection = connections_.find(message.connection);
    if (connection == connections_.end() || connection->second.principal != principal ||
        !connection->second.watch)
        return refuse_it("open", "the connection is gone", "try again");
    set_up(connection->second);
    bool pid = jailcore::pid_target(added.jail).has_value();
    if (needs_jail(message.verb) ? !pid && !jailcore::valid_jail_name(added.jail)
                                 : !added.jail.empty() && !pid && !jailcore::valid_jail_name(added.jail))
        return refuse_it(
            "find jail", "that is no name of a jail",
            "a name begins with a letter, a digit or _, and goes on with these and + - and single dots");
    if (message.verb != wire::Verb::start)
        if (const Jail* jail = jails_.find_jid(added.jail))
            added.jail = jailcore::get_text(jail->record.name);
    if (!may(own_, principal, message.verb, added.jail))
        return refuse_it("open", principal.text() + " may not do that with this router", use_another(own_));
    try {
        added.place = free_place(added.jail);
        added.name = added.jail + ":" + std::to_string(added.place);
        added.token = random_token();
        launch(added, message, program);
    } catch (const Refusal& refusal) {
        refuse_it(refusal.step, refusal.cause, refusal.mend);
    } catch (const pty::StepError& error) {
        refuse_it(error.step(), error.what(), look_at_log());
    }
}

uint32_t Monitor::free_place(const std::string& jail) const {
    uint32_t last = 0;
    for (const auto& [number, session] : sessions_)
        if (session->jail == jail && session->verb == wire::Verb::console)
            last = std::max(last, session->place);
    return last + 1;
}

void Monitor::launch(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& program) {
    switch (message.verb) {
    case wire::Verb::console:
        if (jails_.is_stopping(session.jail))
            throw Refusal{"enter", "the jail is being stopped", "wait for its end"};
        return launch_console(session, message, program);
    case wire::Verb::check:
        return launch_check(session, message);
    case wire::Verb::start:
    case wire::Verb::stop:
    case wire::Verb::restart:
    case wire::Verb::kill:
        if (auto rival = rival_of(session))
            throw Refusal{"begin", "a " + std::string(wire::name_of(rival->verb)) + " of it is under way",
                          "wait for its end, or end process " + std::to_string(rival->starter) +
                              ", which does it"};
        if ((message.verb == wire::Verb::stop || message.verb == wire::Verb::kill) && end_starter(session))
            return;
        return launch_starter(session, message, program);
    case wire::Verb::ls:
    case wire::Verb::ps:
    case wire::Verb::sessions:
    case wire::Verb::order:
        return launch_reader(session, message, program);
    case wire::Verb::top:
        return launch_live_reader(session, message);
    }
    throw Refusal{"open", "the worker asked for an unknown verb", "restart the router"};
}

// The process that stands for the jail; `spec` becomes the descriptor of its EnterSpec, or stays -1.
pty::UniqueFd Monitor::target_of(const std::string& jail, int& spec) {
    if (auto pid = jailcore::pid_target(jail)) {
        try {
            return jailcore::open_process(*pid);
        } catch (const pty::StepError& error) {
            throw Refusal{"find jail", "there is no process " + std::to_string(*pid),
                          "'jconsole ps' lists those in jails"};
        }
    }
    Jail* found = jails_.find(jail);
    if (found == nullptr)
        throw Refusal{"find jail", "no jail of that name is running",
                      "'jconsole start " + jail + "' starts it, 'jconsole ls' lists those that run"};
    spec = found->spec.get();
    pty::UniqueFd process(::fcntl(found->process.get(), F_DUPFD_CLOEXEC, 0));
    return process;
}

} // namespace monitor
