// What the helpers report: a terminal, a leader, a failure; a jail that was made or removed.
#include "router/monitor/monitor.hpp"

#include "jailcore/enter_failure.hpp"
#include "jailcore/starter.hpp"
#include "jailcore/target.hpp"
#include "pty/error.hpp"
#include "pty/spawn.hpp"
#include "router/wire/ring.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

namespace monitor {
namespace {

// In one turn; more than the socket of a helper that has ended can hold.
constexpr int most_reports = 1024;
// Until then a program that has just been executed needs the processor for its own start, and its user waits.
constexpr std::chrono::milliseconds prepare_after{20};

} // namespace

void Monitor::watch_report(Session& session, pty::UniqueFd report) {
    uint32_t number = session.number;
    session.report = std::move(report);
    reporting_.insert(number);
    session.report_watch =
        std::make_unique<EventLoop::Watch>(loop_, session.report.get(), POLLIN, [this, number](short) {
            take_report(number);
        });
}

void Monitor::end_reports(Session& session) {
    session.report_watch.reset();
    session.report.reset();
    reporting_.erase(session.number);
}

void Monitor::take_report(uint32_t number) {
    for (int count = 0; count < most_reports; ++count) {
        auto found = sessions_.find(number);
        if (found == sessions_.end() || !found->second->report)
            return;
        Session& session = *found->second;
        char bytes[sizeof(jailcore::Report) + sizeof(jailcore::JailRecord)];
        pty::Received received = pty::receive_message(session.report.get(), bytes, MSG_DONTWAIT);
        if (received.size < 0 && errno == EAGAIN)
            return;
        // A socket that a jail could have got hold of is judged as one: what is malformed is its end.
        bool good = received.size >= static_cast<ssize_t>(sizeof(jailcore::Report)) && !received.truncated;
        if (!good || !take_one_report(session, {bytes, static_cast<size_t>(received.size)}, received)) {
            end_reports(session);
            report_over(session);
            return;
        }
    }
}

// False where the report is not one that this helper may make now.
bool Monitor::take_one_report(Session& session, std::span<const char> bytes, pty::Received& received) {
    jailcore::Report report;
    std::memcpy(static_cast<void*>(&report), bytes.data(), sizeof report);
    bool console = session.verb == wire::Verb::console;
    switch (report.kind) {
    case jailcore::ReportKind::terminal:
        // Once, and only before the program is there to steal the socket.
        if (!console || !session.terminal || session.master || session.leader > 0 || received.fds.size() != 1)
            return false;
        session.master = std::move(received.fds[0]);
        session.notice = jailcore::get_text(report.cause);
        return true;
    case jailcore::ReportKind::entered:
        if (!console || session.leader > 0 || report.pid <= 0)
            return false;
        session.leader = report.pid;
        children_[report.pid] = session.number;
        if (const Session* ender = jails_.is_stopping(session.jail) ? ender_of(session.jail) : nullptr)
            end_consoles(*ender, true); // it comes too late
        return true;
    case jailcore::ReportKind::failed:
        if (!console || session.failure)
            return false;
        session.failure = report;
        return true;
    case jailcore::ReportKind::created:
    case jailcore::ReportKind::removed:
    case jailcore::ReportKind::ending:
        return !console && take_jail_report(session, report.kind, bytes, received);
    }
    return false;
}

bool Monitor::take_jail_report(const Session& session, jailcore::ReportKind kind, std::span<const char> bytes,
                               pty::Received& received) {
    if (kind == jailcore::ReportKind::removed) {
        end_consoles(session, false);
        jails_.remove(session.jail);
        return true;
    }
    if (kind == jailcore::ReportKind::ending) {
        jails_.set_stopping(session.jail, true);
        end_consoles(session, true);
        return true;
    }
    jailcore::JailRecord record;
    if (bytes.size() != sizeof(jailcore::Report) + sizeof record || received.fds.size() != 2)
        return false;
    std::memcpy(static_cast<void*>(&record), bytes.data() + sizeof(jailcore::Report), sizeof record);
    record.flags |= jailcore::jail_starting;
    record.starter = session.leader;
    record.starter_start = jailcore::start_time(session.leader).value_or(0);
    // The answer that the starter waits for: from now on the jail is known, or the start is undone.
    std::string answer(1, jailcore::answer_taken);
    try {
        if (session.jail != jailcore::get_text(record.name) ||
            !jails_.add(record, std::move(received.fds[0]), std::move(received.fds[1])))
            answer = jailcore::answer_in_use;
    } catch (const pty::StepError& error) {
        std::string cause = error.what();
        if (error.error() == ENOSPC || error.error() == EDQUOT)
            cause += "; make room in " + directory_.state_path();
        answer = jailcore::answer_unsaved + cause.substr(0, jailcore::max_answer - 1);
    }
    pty::send_message(session.report.get(), answer, {}, MSG_DONTWAIT);
    if (answer[0] == jailcore::answer_taken)
        return true;
    spdlog::error("jail {}: its record was not taken: {}", session.jail,
                  answer[0] == jailcore::answer_in_use ? "the name or the jid is in use" : answer.substr(1));
    return false;
}

// The helper has said all it had to say: a program runs in the jail, or there will be none.
void Monitor::report_over(Session& session) {
    if (session.verb != wire::Verb::console)
        return; // ends with its process
    session.timer.reset();
    // A short program may be reaped before the end of the socket is seen: then there is its exit already.
    bool entered = session.leader > 0 || session.exit;
    bool complete = entered && (!session.terminal || session.master);
    if (session.failure) {
        const jailcore::Report& failure = *session.failure;
        answer_refused(session, jailcore::get_text(failure.step), jailcore::get_text(failure.cause),
                       jailcore::get_text(failure.mend), failure.exit_code);
    } else if (!complete) {
        answer_unentered(session);
    } else if (session.hung_up) {
        // Its client left while it was being made.
        session.master.reset();
        escalate(session.number, SIGHUP);
    } else {
        answer_opened(session);
        prepare_timer_ = std::make_unique<EventLoop::Timer>(loop_, prepare_after, [this] {
            jenter_.prepare();
        });
    }
    session.target.reset();
    bool failed = session.failure || !complete;
    uint32_t number = session.number;
    // One that was reaped before this session was asked for had the same number, and was another.
    if (auto reaped = unknown_children_.extract(session.leader);
        !reaped.empty() && number <= reaped.mapped().last_session) {
        children_.erase(session.leader);
        leader_ended(session, reaped.mapped().status);
    }
    if (!failed || !sessions_.contains(number))
        return;
    if (session.leader > 0)
        session.hung_up = true; // its leader is about to end, and is waited for
    else
        drop(number);
}

// Its helper was killed. Where the jail shares the host's pids it is told by its cgroup, which the helper had
// joined, so that what ends the jail has ended the helper too.
void Monitor::answer_unentered(Session& session) {
    if (session.target && jailcore::has_ended(session.target.get())) {
        jailcore::EnterFailure failure = jailcore::jail_has_ended(session.jail);
        answer_refused(session, failure.step(), failure.cause(), failure.mend(), failure.exit_code());
    } else if (const Session* end = ender_of(session.jail)) {
        answer_refused(session, "enter", "a " + std::string(wire::name_of(end->verb)) + " of it is under way",
                       "wait for its end", 255);
    } else if (jails_.ran_out_of_memory(session.jail)) {
        answer_refused(session, "enter", "the jail was out of memory",
                       "end what fills it, files of its /dev/shm count as well, or raise its limit", 255);
    } else {
        answer_refused(session, "enter", "the helper that enters the jail was killed",
                       "try again, and " + look_at_log(), 255);
    }
}

void Monitor::answer_opened(Session& session) {
    try {
        wire::LinkOpened message;
        message.header.number = session.request;
        message.session = session.number;
        message.terminal = session.terminal ? 1 : 0;
        message.token = session.token;
        jailcore::set_text(message.name, session.name);
        jailcore::set_text(message.notice, session.notice);
        std::vector<int> fds;
        if (session.terminal) {
            session.ring = wire::Ring::create();
            fds = {session.master.get(), session.ring.get()};
        } else {
            fds = {session.pipes.input.get(), session.pipes.output.get(), session.pipes.error.get()};
        }
        session.answered = true;
        if (!session.hung_up && workers_[session.owner].process)
            workers_[session.owner].process->send(message, fds);
        session.pipes = {};
        record(session);
        if (session.exit && workers_[session.owner].process)
            workers_[session.owner].process->send(*session.exit);
    } catch (const pty::StepError& error) {
        answer_refused(session, error.step(), error.what(), look_at_log(), 255);
        hang_up(session);
    }
}

void Monitor::answer_refused(Session& session, std::string_view step, std::string_view cause,
                             std::string_view mend, int code) {
    if (session.answered)
        return;
    session.answered = true;
    wire::LinkRefused message;
    message.header.number = session.request;
    message.code = code;
    jailcore::set_text(message.step, step);
    jailcore::set_text(message.cause, cause);
    jailcore::set_text(message.mend, mend);
    if (workers_[session.owner].process)
        workers_[session.owner].process->send(message);
}

// What was to enter is ended, and another helper looks from outside why it could not. A check is answered
// already: what can be said of it is that it had to be killed.
void Monitor::attach_deadline(uint32_t number) {
    auto found = sessions_.find(number);
    if (found == sessions_.end())
        return;
    Session& session = *found->second;
    bool stopped = !session.answered && session.leader > 0 && pty::is_stopped(session.leader);
    end_entering(session);
    if (stopped) {
        answer_refused(session, "enter", "what was to enter it was stopped by a process in it",
                       "'jconsole kill -kf " + session.jail + "' ends all that is in it", 255);
        return give_up_entering(session);
    }
    if (session.answered) {
        wire::LinkExited exit;
        exit.header.number = number;
        exit.signalled = 1;
        exit.value = SIGKILL;
        if (workers_[session.owner].process)
            workers_[session.owner].process->send(exit);
        return give_up_entering(session);
    }
    try {
        look_why_not(session);
    } catch (const std::exception& error) {
        spdlog::warn("session {}: {}", session.name, error.what());
        look_deadline(number);
    }
}

void Monitor::end_entering(Session& session) {
    if (session.helper > 0)
        ::kill(session.helper, SIGKILL);
    if (session.leader > 0)
        ::kill(session.leader, SIGKILL);
    end_reports(session);
}

void Monitor::give_up_entering(Session& session) {
    session.hung_up = true;
    if (session.leader <= 0)
        drop(session.number);
}

void Monitor::look_why_not(Session& session) {
    constexpr std::chrono::seconds look_time{1};
    int spec = -1;
    pty::UniqueFd target(::fcntl(session.target.get(), F_DUPFD_CLOEXEC, 0));
    if (const Jail* jail = jails_.find(session.jail))
        spec = jail->spec.get();
    WaitingJenter::Entering look =
        jenter_.order("--jail " + session.jail + " look", {-1, -1, -1, -1, target.get(), spec});
    session.helper = look.pid;
    children_[look.pid] = session.number;
    uint32_t number = session.number;
    session.timer = std::make_unique<EventLoop::Timer>(loop_, look_time, [this, number] {
        look_deadline(number);
    });
    watch_report(session, std::move(look.report));
}

void Monitor::look_deadline(uint32_t number) {
    auto found = sessions_.find(number);
    if (found == sessions_.end())
        return;
    answer_refused(*found->second, "enter",
                   "the jail does not answer: a file system in it hangs, or its cgroup is frozen",
                   "look with 'jconsole check " + found->second->jail + "'", 255);
    end_entering(*found->second);
    give_up_entering(*found->second);
}

} // namespace monitor
