// The end of sessions: hang-ups, children that have ended, and what an earlier router left.
#include "router/monitor/monitor.hpp"

#include "jailcore/names.hpp"
#include "jailcore/target.hpp"
#include "pty/error.hpp"
#include "pty/spawn.hpp"
#include "router/monitor/state_file.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <utility>

namespace monitor {
namespace {

constexpr std::chrono::seconds patience{5}; // between hang-up, SIGTERM and SIGKILL

bool works_on_jail(wire::Verb verb) {
    return verb == wire::Verb::start || verb == wire::Verb::stop || verb == wire::Verb::restart ||
           verb == wire::Verb::kill;
}

// What may not begin while the other is under way: hooks would run twice, the second unmount, or the second
// address, is an error or worse, and a jail that is started before the last of that name is gone, down to its
// exec.poststop, would be taken for that. A stop may come in the middle of a start, to end it, and a kill at
// any time.
bool must_wait(wire::Verb verb, wire::Verb under_way) {
    return verb != wire::Verb::kill && !(verb == wire::Verb::stop && under_way == wire::Verb::start);
}

bool is_starter_of(std::string_view jail, const Session& session) {
    return works_on_jail(session.verb) && session.jail == jail && session.leader > 0;
}

// Of the consoles in a jail, by the verb that does it.
std::string_view end_by(wire::Verb verb) {
    if (verb == wire::Verb::kill)
        return "the jail was killed";
    return verb == wire::Verb::start ? "the start of the jail failed" : "the jail was stopped";
}

constexpr const char* session_suffix = ".session";

std::string file_of(uint32_t number) {
    return std::to_string(number) + session_suffix;
}

} // namespace

// The client is gone: the terminal hangs up, and a leader that does not mind is ended in steps. A helper that
// starts or stops a jail is left to finish, for half a jail is worse than one that nobody waits for.
void Monitor::hang_up(Session& session) {
    if (session.hung_up)
        return;
    session.hung_up = true;
    session.connection = 0;
    session.master.reset();
    session.ring.reset();
    session.pipes = {};
    end_snapshots(session);
    if (works_on_jail(session.verb))
        return;
    if (session.leader > 0)
        escalate(session.number, SIGHUP);
    else if (session.helper > 0 && !session.report)
        ::kill(session.helper, SIGKILL);
}

// An interactive shell ignores SIGTERM, and the end of its jail would wait for it; a terminal that is gone
// ends it, as it does what the shell runs. Its output and its status still reach the client.
void Monitor::hang_terminal_up(const Session& session) {
    if (!session.terminal || session.leader <= 0)
        return;
    ::kill(session.leader, SIGHUP);
    ::kill(session.leader, SIGCONT);
}

void Monitor::escalate(uint32_t number, int signal) {
    auto found = sessions_.find(number);
    if (found == sessions_.end() || found->second->leader <= 0)
        return;
    Session& session = *found->second;
    ::kill(session.leader, signal);
    ::kill(session.leader, SIGCONT);
    if (signal == SIGKILL)
        return;
    int next = signal == SIGHUP ? SIGTERM : SIGKILL;
    session.timer = std::make_unique<EventLoop::Timer>(loop_, patience, [this, number, next] {
        escalate(number, next);
    });
}

// There may be more dead than can be collected in a moment, for whoever shares our pid namespace leaves us
// its orphans, and each call looks at all of our children (kernel/exit.c, do_wait): the rest waits for the
// next turn of the loop, behind everybody's requests, but not those whom somebody waits for.
void Monitor::reap() {
    constexpr int most_at_once = 16;
    // What helpers said before they, or their leaders, ended is heard first.
    for (uint32_t number : std::vector(reporting_.begin(), reporting_.end()))
        take_report(number);
    int status = 0;
    for (int count = 0; count < most_at_once; ++count) {
        pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid <= 0)
            return;
        child_ended(pid, status);
    }
    std::vector<pid_t> known;
    for (const auto& [pid, session] : children_)
        known.push_back(pid);
    for (pid_t pid : known)
        if (::waitpid(pid, &status, WNOHANG) == pid)
            child_ended(pid, status);
    reap_timer_ = std::make_unique<EventLoop::Timer>(loop_, std::chrono::seconds(0), [this] {
        reap();
    });
}

void Monitor::child_ended(pid_t pid, int status) {
    if (jenter_.ended(pid))
        return;
    if (auto known = children_.extract(pid); !known.empty()) {
        auto found = sessions_.find(known.mapped());
        if (found == sessions_.end())
            return; // the session was given up
        Session& session = *found->second;
        if (session.helper == pid)
            session.helper = -1;
        // What is left of its process group are hooks; a group that has members keeps its number.
        if (session.leader == pid && works_on_jail(session.verb) && WIFSIGNALED(status))
            ::kill(-pid, SIGKILL);
        if (session.leader == pid)
            leader_ended(session, status);
        return;
    }
    bool entering = std::ranges::any_of(reporting_, [this](uint32_t number) {
        return sessions_.at(number)->leader <= 0;
    });
    // Perhaps the leader of a session whose jenter has not yet told its number.
    if (entering)
        unknown_children_[pid] = {status, last_session_};
    else
        unknown_children_.clear();
}

void Monitor::leader_ended(Session& session, int status) {
    session.leader = -1;
    session.timer.reset();
    wire::LinkExited exit;
    exit.header.number = session.number;
    exit.signalled = WIFSIGNALED(status) ? 1 : 0;
    exit.value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    if (clear_up_behind(session, exit))
        return;
    exit = session.killed.value_or(exit);
    jailcore::set_text(exit.reason, reason_of_end(session, exit.signalled != 0));
    if (works_on_jail(session.verb) && exit.reason[0] != '\0') {
        exit.signalled = 0;
        exit.value = 1;
    }
    bool console = session.verb == wire::Verb::console;
    if (console && exit.reason[0] == '\0' && exit.signalled != 0 && exit.value == SIGKILL &&
        jails_.ran_out_of_memory(session.jail))
        jailcore::set_text(exit.reason, "the jail was out of memory");
    session.exit = exit;
    bool failed = exit.signalled != 0 || exit.value != 0;
    if (session.verb == wire::Verb::console)
        jails_.poke(session.jail);
    else
        helper_ended(session, failed);
    if (session.starter > 0) {
        left_starters_.forget(session.starter);
        end_kills_of(session.jail, true);
    }
    if (session.verb == wire::Verb::console && session.answered)
        jenter_.prepare(); // a loop over jails opens its next console now
    remove_state(directory_.state(), file_of(session.number));
    if (session.hung_up)
        return drop(session.number);
    if (session.answered && workers_[session.owner].process)
        workers_[session.owner].process->send(exit);
}

// Of a console whose jail goes; "" where it ended by itself.
std::string_view Monitor::reason_of_end(const Session& session, bool signalled) const {
    if (works_on_jail(session.verb))
        return signalled ? session.end_reason : "";
    if (session.verb != wire::Verb::console || jailcore::pid_target(session.jail))
        return "";
    if (!session.end_reason.empty())
        return session.end_reason;
    if (!signalled) // perhaps the last program of a jail that goes with it
        return "";
    // Before its processes are told to end, exec.stop may kill some.
    if (const Session* ender = ender_of(session.jail))
        return end_by(ender->verb);
    return jails_.lives(session.jail) ? "" : "the jail has ended";
}

// What `ender` does to its jail is why the consoles in it end from now on.
void Monitor::end_consoles(const Session& ender, bool hang_up) {
    for (auto& [number, session] : sessions_) {
        if (session->verb != wire::Verb::console || session->jail != ender.jail)
            continue;
        session->end_reason = end_by(ender.verb);
        if (hang_up)
            hang_terminal_up(*session);
    }
}

// A starter that was killed leaves hooks that run on, and perhaps a jail that must not live. Until they are
// gone the name is not free, and the client is not told.
bool Monitor::clear_up_behind(Session& session, const wire::LinkExited& exit) {
    if (!works_on_jail(session.verb))
        return false;
    if (session.killed) {
        jails_.drop_ended(session.jail); // before its end is announced
        return false;
    }
    if (exit.signalled == 0)
        return false;
    pid_t clearing = spawn_reap(session.jail);
    if (clearing == -1)
        return false;
    session.killed = exit;
    lead_by(session, clearing);
    return true;
}

// A start that has succeeded makes its jail a running one; one that failed leaves a jail that must not live.
void Monitor::helper_ended(Session& session, bool failed) {
    if (session.verb == wire::Verb::order && !failed)
        keep_table(session);
    if (!works_on_jail(session.verb))
        return;
    Jail* jail = jails_.find(session.jail);
    if (jail == nullptr) {
        // A stop may have failed because the jail ended, whose death was left to that stop to clear up after.
        if (failed && session.verb != wire::Verb::start && !session.killed)
            clear_up(session.jail);
        return;
    }
    jails_.set_stopping(session.jail, false);
    for (auto& [number, console] : sessions_)
        if (console->jail == session.jail)
            console->end_reason = {}; // it goes on
    if (session.verb == wire::Verb::stop || session.verb == wire::Verb::kill)
        return;
    if (!failed)
        jails_.set_started(session.jail);
    else if ((jail->record.flags & jailcore::jail_starting) != 0)
        jailcore::signal_process(jail->process.get(), SIGKILL);
}

void Monitor::drop(uint32_t number) {
    reporting_.erase(number);
    sessions_.erase(number);
    leave_when_idle();
}

// ---- what outlives this router

void Monitor::record(Session& session) {
    if (session.verb != wire::Verb::console || session.leader <= 0)
        return;
    session.leader_start = jailcore::start_time(session.leader).value_or(0);
    jailcore::SessionRecord kept = record_of(session);
    try {
        write_state(directory_.state(), file_of(session.number),
                    {reinterpret_cast<const char*>(&kept), sizeof kept});
    } catch (const pty::StepError& error) {
        spdlog::warn("session {}: {}", session.name, error.what());
    }
}

// Their terminals went with the router that had them. What did not mind the hang-up is ended here.
void Monitor::end_recorded_sessions() {
    for (const std::string& name : list_state(directory_.state(), session_suffix)) {
        auto content = read_state(directory_.state(), name + session_suffix);
        jailcore::SessionRecord kept;
        if (!content || jailcore::read_record(*content, kept) == jailcore::Readable::nothing)
            spdlog::error(
                "session {} of an earlier router: its record cannot be read; what runs of it is left", name);
        remove_state(directory_.state(), name + session_suffix);
        try {
            pty::UniqueFd process = jailcore::open_process(kept.pid);
            if (jailcore::start_time(kept.pid) == kept.start_time)
                jailcore::signal_process(process.get(), SIGKILL);
        } catch (const pty::StepError&) {
            continue; // it has ended
        }
    }
}

template <class Which>
const Session* Monitor::starter_of(std::string_view jail, Which which) const {
    for (const auto& [number, session] : sessions_)
        if (is_starter_of(jail, *session) && which(session->verb))
            return session.get();
    return nullptr;
}

bool Monitor::has_starter(std::string_view jail) const {
    return left_starters_.has(jail) || starter_of(jail, [](wire::Verb) {
                                           return true;
                                       }) != nullptr;
}

// What already does to the jail what `starter` is to do.
std::optional<Monitor::Rival> Monitor::rival_of(const Session& starter) const {
    const Session* rival = starter_of(starter.jail, [&](wire::Verb under_way) {
        return must_wait(starter.verb, under_way);
    });
    if (rival != nullptr)
        return Rival{rival->verb, rival->leader};
    for (const auto& [pid, left] : left_starters_.all())
        if (left.jail == starter.jail && must_wait(starter.verb, left.verb))
            return Rival{left.verb, pid};
    return std::nullopt;
}

void Monitor::left_starter_ended(const std::string& jail) {
    if (has_starter(jail))
        return;
    jails_.set_stopping(jail, false);
    end_kills_of(jail, true);
    clear_up(jail);
}

// What is about to end the jail; null: nothing.
const Session* Monitor::ender_of(std::string_view jail) const {
    return starter_of(jail, [](wire::Verb under_way) {
        return under_way != wire::Verb::start;
    });
}

// As soon as the host has room for the process that does it.
void Monitor::clear_up(const std::string& jail) {
    constexpr std::chrono::seconds again{1};
    if (spawn_reap(jail) != -1)
        return;
    left_.insert(jail);
    left_timer_ = std::make_unique<EventLoop::Timer>(loop_, again, [this] {
        clear_up_left();
    });
}

void Monitor::clear_up_left() {
    for (const std::string& left : std::exchange(left_, {}))
        if (jails_.find(left) == nullptr && !has_starter(left))
            clear_up(left);
}

pid_t Monitor::spawn_reap(const std::string& jail) {
    try {
        const Jail* known = jails_.find(jail);
        pty::UniqueFd registry = jails_.snapshot();
        pty::Spawn spawn{programs_.jstarter.get(),
                         {"jstarter", "reap", jail, "--config", settings_.config},
                         {},
                         {-1, -1, 2, -1, registry.get(), programs_.jenter.get(), programs_.jinit.get(),
                          known != nullptr ? known->process.get() : -1, -1}};
        return pty::spawn(spawn);
    } catch (const pty::StepError& error) {
        spdlog::error("jail {}: what it left cannot be removed: {}", jail, error.what());
        return -1;
    }
}

} // namespace monitor
