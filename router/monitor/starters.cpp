#include "router/monitor/starters.hpp"

#include "jailcore/contract/starter.hpp"
#include "jailcore/process_handle.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"
#include "pty/spawn.hpp"
#include "router/monitor/jail_work.hpp"
#include "router/monitor/log.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace monitor {
namespace {

constexpr std::chrono::seconds kill_time{10}; // before what was killed counts as hanging

bool any_verb(const contract::VerbRow& /*verb*/) {
    return true;
}

} // namespace

Starters::Starters(const Parts& parts, int state, std::string state_path)
    : parts_(parts), state_path_(std::move(state_path)), left_starters_(parts.loop, state) {
    left_starters_.on_end = [this](const std::string& jail) {
        left_starter_ended(jail);
    };
}

void Starters::load() {
    std::vector<std::string> interrupted = left_starters_.load();
    parts_.jails.load();
    for (const auto& [pid, left] : left_starters_.all())
        parts_.jails.set_stopping(left.jail, row_of(left.verb).ends_jail);
    for (const std::string& jail : interrupted)
        left_starter_ended(jail);
}

// ---- who does what

bool Starters::is_at_work_on(std::string_view jail) const {
    return left_starters_.has(jail) || at_work_on(parts_.sessions, jail, any_verb) != nullptr;
}

// What already does to the jail what the session is to do.
std::optional<Starters::Rival> Starters::rival_of(const Session& session) const {
    const Session* rival =
        at_work_on(parts_.sessions, session.target.name, [&](const contract::VerbRow& under_way) {
            return session.row().waits_for.has(under_way.id);
        });
    if (rival != nullptr)
        return Rival{rival->verb, rival->leader()};
    for (const auto& [pid, left] : left_starters_.all())
        if (left.jail == session.target.name && session.row().waits_for.has(left.verb))
            return Rival{left.verb, pid};
    return std::nullopt;
}

void Starters::open(Session& session, Errand errand, const pty::UniqueFd& words, int table) {
    if (auto rival = rival_of(session))
        throw Refusal{"begin", "a " + std::string(row_of(rival->verb).name) + " of it is under way",
                      "wait for its end, or end process " + std::to_string(rival->starter) +
                          ", which does it"};
    if (end_work(session))
        return;
    if (session.row().makes_jail)
        errand.jid = parts_.jails.next_jid();
    start(session, errand, words, table);
}

void Starters::start(Session& session, const Errand& errand, const pty::UniqueFd& words, int table) {
    bool known = parts_.jails.find(session.target.name) != nullptr;
    Resolved jail;
    if (session.row().ends_jail && known)
        jail = resolve(parts_.jails, session.target);
    pty::UniqueFd registry = parts_.jails.snapshot();
    pty::SocketPair reports = pty::seqpacket_pair();
    Pipes ours;
    Pipes theirs = make_pipes(ours);
    HelperFds fds;
    fds.output = theirs.output.get();
    fds.error = theirs.error.get();
    fds.reports = reports.theirs.get();
    fds.target = jail.process.handed();
    fds.spec = jail.spec;
    fds.words = words.get();
    fds.jails = registry.get();
    fds.table = table;
    try {
        start_helper(parts_, session, helper_of(errand, parts_.programs, fds), JailWork());
    } catch (const pty::StepError& error) {
        if (!errand.forced || !known)
            throw;
        log::warn("session " + session.name + ": " + error.what() + ": the jail is killed without a helper");
        return kill_here(session, std::move(theirs), ours);
    }
    auto& work = *session.task<JailWork>();
    work.starter = session.leader();
    left_starters_.write(work.starter, session.verb, session.target.name);
    work.reports = parts_.reports.watch(session, std::move(reports.ours));
    answer_running(parts_, session, ours);
}

// What a start that has made no jail yet does, or the rest of the end of a jail, is all that there is to end.
// False: there is neither.
bool Starters::end_work(Session& ender) {
    const std::string& jail = ender.target.name;
    if (parts_.jails.find(jail) != nullptr || !is_at_work_on(jail))
        return false;
    bool any = false;
    for (const auto& [number, session] : parts_.sessions.all()) {
        const auto* work = session->task<JailWork>();
        if (work == nullptr || session->target.name != jail || !ender.row().ends.has(session->verb))
            continue;
        session->end_reason = "it was ended by a " + std::string(ender.row().name);
        if (session->leader() > 0 && !work->killed)
            ::kill(session->leader(), SIGTERM);
        any = true;
    }
    for (const auto& [pid, left] : left_starters_.all())
        if (left.jail == jail && ender.row().ends.has(left.verb)) {
            left_starters_.end(pid);
            any = true;
        }
    if (!any)
        return false;
    Pipes ours;
    Running running;
    running.task = Kill{make_pipes(ours).output, true, nullptr};
    ender.enter(std::move(running));
    answer_running(parts_, ender, ours);
    return true;
}

// ---- kills that no helper carries out

// The host has no room for another process, perhaps for those of this jail. What it leaves is cleared up when
// there is room again.
void Starters::kill_here(Session& session, Pipes theirs, const Pipes& ours) {
    const Jail& jail = *parts_.jails.find(session.target.name);
    if (!jailcore::kill_jail(jail.record, jail.process))
        throw pty::StepError(errno, "kill", session.target.name);
    Running running;
    running.task =
        Kill{std::move(theirs.output), false,
             std::make_unique<EventLoop::Timer>(parts_.loop, kill_time, [this, number = session.number] {
                 if (Session* found = parts_.sessions.find(number))
                     killed(*found, ": its processes were killed and have not ended", 1);
             })};
    session.enter(std::move(running));
    theirs = {}; // before the answer, as if a helper had them
    answer_running(parts_, session, ours);
}

void Starters::end_kills_of(const std::string& jail, bool of_starter) {
    auto kills = parts_.sessions.those([&](const Session& session) {
        const auto* kill = session.task<Kill>();
        return kill != nullptr && session.target.name == jail && kill->of_starter == of_starter;
    });
    bool lives = of_starter && parts_.jails.find(jail) != nullptr;
    for (Session* session : kills) {
        if (lives)
            killed(*session, ": it was started meanwhile; try again", 1);
        else
            killed(*session, of_starter ? ": what was under way of it was ended" : ": removed", 0);
    }
}

void Starters::killed(Session& session, std::string_view outcome, int status) {
    auto* kill = session.task<Kill>();
    std::string line = session.target.name + std::string(outcome) + "\n";
    kernel::write(kill->output.get(), line.data(), line.size());
    parts_.ends.ended(session, exit_of(session, status));
}

// ---- what helpers report

bool Starters::take_report(Session& session, const jailcore::Report& report, std::span<const char> bytes,
                           pty::Received& received) {
    switch (report.kind) {
    case jailcore::ReportKind::created:
        return take_jail(session, bytes, received);
    case jailcore::ReportKind::removed:
        doom_consoles(parts_.sessions, session);
        parts_.jails.remove(session.target.name);
        return true;
    case jailcore::ReportKind::ending:
        parts_.jails.set_stopping(session.target.name, true);
        hang_consoles_up(parts_.sessions, session);
        return true;
    default:
        return false; // a jenter's
    }
}

bool Starters::take_jail(const Session& session, std::span<const char> bytes, pty::Received& received) {
    jailcore::JailRecord record;
    if (bytes.size() != sizeof(jailcore::Report) + sizeof record || received.fds.size() != 2)
        return false;
    std::memcpy(static_cast<void*>(&record), bytes.data() + sizeof(jailcore::Report), sizeof record);
    record.flags |= jailcore::jail_starting;
    record.starter = session.leader();
    record.starter_start = jailcore::start_time(session.leader()).value_or(0);
    // The answer that the starter waits for: from now on the jail is known, or the start is undone.
    std::string answer = keep_jail(session, record, received);
    pty::send_message(session.task<JailWork>()->reports->socket.get(), answer, {}, MSG_DONTWAIT);
    if (answer[0] == jailcore::answer_taken)
        return true;
    log::error("jail " + session.target.name + ": its record was not taken: " +
               (answer[0] == jailcore::answer_in_use ? "the name or the jid is in use" : answer.substr(1)));
    return false;
}

std::string Starters::keep_jail(const Session& session, const jailcore::JailRecord& record,
                                pty::Received& received) {
    try {
        bool taken = session.target.name == pty::get_text(record.name) &&
                     parts_.jails.add(record, jailcore::ProcessHandle(std::move(received.fds[0])),
                                      std::move(received.fds[1]));
        return std::string(1, taken ? jailcore::answer_taken : jailcore::answer_in_use);
    } catch (const pty::StepError& error) {
        std::string cause = error.what();
        if (error.error() == ENOSPC || error.error() == EDQUOT)
            cause += "; make room in " + state_path_;
        return jailcore::answer_unsaved + cause.substr(0, jailcore::max_answer - 1);
    }
}

// ---- the end of a helper

bool Starters::leader_ended(Session& session, wire::LinkExited& exit) {
    parts_.reports.hear(session.number);
    auto& work = *session.task<JailWork>();
    // What is left of its process group are hooks; a group that has members keeps its number.
    if (exit.signalled != 0)
        ::kill(-session.leader(), SIGKILL);
    session.forget_leader();
    if (work.killed) {
        parts_.jails.drop_ended(session.target.name); // before its end is announced
        exit = *work.killed;
    } else if (exit.signalled != 0 && clear_up_behind(session, exit)) {
        return false;
    }
    if (exit.signalled != 0 && !session.end_reason.empty()) {
        pty::set_text(exit.reason, session.end_reason);
        exit.signalled = 0;
        exit.value = 1;
    }
    settle(session, exit.signalled != 0 || exit.value != 0);
    left_starters_.forget(work.starter);
    end_kills_of(session.target.name, true);
    return true;
}

// A starter that was killed leaves hooks that run on, and perhaps a jail that must not live. Until they are
// gone the name is not free, and the client is not told.
bool Starters::clear_up_behind(Session& session, const wire::LinkExited& exit) {
    pid_t clearing = spawn_clearing(session.target.name);
    if (clearing == -1)
        return false;
    session.task<JailWork>()->killed = exit;
    session.lead_by(clearing);
    claim_leader(parts_, session, clearing);
    return true;
}

// A start that has succeeded makes its jail a running one; one that failed leaves a jail that must not live.
void Starters::settle(const Session& session, bool failed) {
    const std::string& name = session.target.name;
    const Jail* jail = parts_.jails.find(name);
    if (jail == nullptr) {
        // A stop may have failed because the jail ended, whose death was left to that stop to clear up after.
        if (failed && session.row().ends_jail && !session.task<JailWork>()->killed)
            clear_up(name);
        return;
    }
    parts_.jails.set_stopping(name, false);
    for (const auto& [number, console] : parts_.sessions.all())
        if (console->target.name == name)
            console->end_reason.clear(); // it goes on
    if (!session.row().makes_jail)
        return;
    if (!failed)
        parts_.jails.set_started(name);
    else if ((jail->record.flags & jailcore::jail_starting) != 0)
        jail->process.signal(SIGKILL);
}

void Starters::left_starter_ended(const std::string& jail) {
    if (is_at_work_on(jail))
        return;
    parts_.jails.set_stopping(jail, false);
    end_kills_of(jail, true);
    clear_up(jail);
}

// A starter at work on it clears up itself, and perhaps makes the jail anew already.
void Starters::jail_ended(const std::string& jail) {
    end_kills_of(jail, false);
    if (!is_at_work_on(jail))
        clear_up(jail);
}

// ---- what jails leave

// As soon as the host has room for the process that does it.
void Starters::clear_up(const std::string& jail) {
    constexpr std::chrono::seconds again{1};
    if (spawn_clearing(jail) != -1)
        return;
    uncleared_.insert(jail);
    clear_timer_ = std::make_unique<EventLoop::Timer>(parts_.loop, again, [this] {
        clear_up_left();
    });
}

void Starters::clear_up_left() {
    for (const std::string& jail : std::exchange(uncleared_, {}))
        if (parts_.jails.find(jail) == nullptr && !is_at_work_on(jail))
            clear_up(jail);
}

pid_t Starters::spawn_clearing(const std::string& jail) {
    try {
        const Jail* known = parts_.jails.find(jail);
        pty::UniqueFd registry = parts_.jails.snapshot();
        HelperFds fds;
        fds.jails = registry.get();
        fds.target = known != nullptr ? known->process.handed() : -1;
        return pty::spawn(clearing_helper(jail, parts_.config, parts_.programs, fds));
    } catch (const pty::StepError& error) {
        log::error("jail " + jail + ": what it left cannot be removed: " + error.what());
        return -1;
    }
}

} // namespace monitor
