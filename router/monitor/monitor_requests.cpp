// What workers ask for.
#include "router/monitor/monitor.hpp"

#include "pty/error.hpp"
#include "router/contract/verbs.hpp"
#include "router/monitor/policy.hpp"

#include <cerrno>
#include <csignal>
#include <sys/random.h>
#include <utility>

namespace monitor {
namespace {

wire::Token random_token() {
    wire::Token token;
    if (::getrandom(token.data(), token.size(), 0) != static_cast<ssize_t>(token.size()))
        throw pty::StepError(errno, "getrandom", {});
    return token;
}

} // namespace

void Monitor::take(wire::Principal principal, std::span<const char> bytes, const wire::LinkRow& row,
                   pty::Received& received) {
    uint32_t number = wire::message_from<wire::LinkHeader>(bytes).number;
    switch (row.id) {
    case wire::LinkId::open:
        return take_open(principal, wire::message_from<wire::LinkOpen>(bytes), received.fds[0]);
    case wire::LinkId::attached:
        return take_attached(principal, wire::message_from<wire::LinkAttached>(bytes));
    case wire::LinkId::signal:
        return take_signal(principal, wire::message_from<wire::LinkSignal>(bytes));
    case wire::LinkId::hangup:
    case wire::LinkId::drained: // all was delivered; where its leader is alive, nobody will hear of it again
        if (Session* session = sessions_.find(number, principal))
            hang_up(*session);
        return;
    case wire::LinkId::closed: {
        uint64_t connection = wire::message_from<wire::LinkClosed>(bytes).connection;
        if (clients_.find(connection, principal) != nullptr)
            clients_.over(connection);
        return;
    }
    case wire::LinkId::idle:
        return take_idle(principal);
    default:
        return; // ready needs nothing more than its phase
    }
}

void Monitor::take_attached(wire::Principal principal, const wire::LinkAttached& message) {
    Client* client = clients_.find(message.connection, principal);
    if (client == nullptr)
        return;
    request_over(*client);
    if (Session* session = sessions_.find(message.header.number, principal))
        session->connection = message.connection;
}

void Monitor::take_signal(wire::Principal principal, const wire::LinkSignal& message) {
    Session* session = sessions_.find(message.header.number, principal);
    if (session == nullptr || session->leader() <= 0 || message.signal <= 0 || message.signal >= NSIG)
        return;
    if (const auto* work = session->task<JailWork>(); work != nullptr && work->killed)
        return;
    // Not reaped yet, so the number is its own. The leader leads a process group too, but for the helpers.
    pid_t leader = session->leader();
    if (!session->is_console() || ::kill(-leader, message.signal) == -1)
        ::kill(leader, message.signal);
}

void Monitor::take_idle(wire::Principal principal) {
    bool busy = clients_.has_any_of(principal) ||
                !sessions_
                     .those([principal](const Session& session) {
                         return session.owner == principal && session.in<HangingUp>() == nullptr;
                     })
                     .empty();
    // A jail may fill the host's table of processes, and is killed through a worker that is there.
    bool needed = principal == own_ && jails_.size() > 0;
    if (busy || needed || !workers_.runs(principal))
        return;
    workers_.retire(principal);
    readers_.forget_table(principal);
}

// Its worker has read what it is for.
void Monitor::request_over(Client& client) {
    if (client.stage != Client::Stage::served)
        return;
    client.stage = Client::Stage::set_up;
    workers_.request_over(client.principal);
}

void Monitor::take_open(wire::Principal principal, const wire::LinkOpen& message,
                        const pty::UniqueFd& program) {
    Session& session = sessions_.add();
    session.verb = message.verb;
    session.terminal = message.terminal != 0 && session.row().terminal;
    session.owner = principal;
    session.connection = message.connection;
    session.request = message.header.number;
    Refusal refusal;
    try {
        return open(session, message, program);
    } catch (const Refusal& why) {
        refusal = why;
    } catch (const pty::StepError& error) {
        refusal = {error.step(), error.what(), parts_.look_at};
    }
    answers_.refused(session, refusal);
    drop(session);
}

void Monitor::open(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& program) {
    Client* client = clients_.find(message.connection, session.owner);
    if (client == nullptr || !client->is_there())
        throw Refusal{"open", "the connection is gone", "try again"};
    request_over(*client);
    jails_.refresh();
    session.target = target_of(message);
    if (!may(own_, session.owner, message.verb, session.target.name))
        throw Refusal{"open", session.owner.text() + " may not do that with this router",
                      std::string(use_another(own_))};
    session.token = random_token();
    session.name = session.target.name;
    carry_out(session, message, program);
}

// A jail can be named by its number, once it is there.
contract::Target Monitor::target_of(const wire::LinkOpen& message) const {
    std::string_view name = pty::get_text(message.jail);
    contract::Subject subject = row_of(message.verb).subject;
    if (name.empty() && subject == contract::Subject::any_jail)
        return {};
    auto target = contract::Target::from_text(name);
    if (!target)
        throw Refusal{"find jail", "that is no name of a jail", contract::jail_name_rule};
    if (subject != contract::Subject::new_jail)
        if (const Jail* jail = jails_.find_jid(target->name))
            target->name = pty::get_text(jail->record.name);
    return *target;
}

void Monitor::carry_out(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& program) {
    Errand errand;
    errand.verb = message.verb;
    errand.target = session.target.name;
    errand.forced = message.forced != 0 && session.row().forcible;
    errand.config = pty::get_text(message.config);
    errand.default_config = settings_.config;
    errand.trusted = own_.uid() == 0; // what root acts upon must be root's
    switch (session.row().helper) {
    case contract::Helper::program:
        return consoles_.open(session, message.size, program);
    case contract::Helper::jenter:
        return consoles_.check(session, errand, program);
    case contract::Helper::jstarter:
        return starters_.open(session, errand, program, readers_.table_of(session.owner, errand.config));
    case contract::Helper::jreader:
        return readers_.open(session, errand, program);
    case contract::Helper::worker:
        break;
    }
    throw Refusal{"open", "the worker asked for an unknown verb", "restart the router"};
}

} // namespace monitor
