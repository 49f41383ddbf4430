#include "router/monitor/consoles.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/process_handle.hpp"
#include "pty/error.hpp"
#include "pty/spawn.hpp"
#include "router/monitor/jail_work.hpp"
#include "router/monitor/log.hpp"
#include "router/wire/ring.hpp"

#include <csignal>
#include <utility>

namespace monitor {
namespace {

constexpr std::chrono::seconds attach_time{10}; // before an attach counts as hanging
constexpr std::chrono::seconds look_time{1};    // for whoever looks why
// Until then a program that has just been executed needs the processor for its own start, and its user waits.
constexpr std::chrono::milliseconds prepare_after{20};

} // namespace

void Consoles::open(Session& session, const pty::WindowSize& size, const pty::UniqueFd& program) {
    const std::string& target = session.target.name;
    if (parts_.jails.is_stopping(target))
        throw Refusal{"enter", "the jail is being stopped", "wait for its end"};
    Resolved jail = resolve(parts_.jails, session.target);
    Entering entering;
    Pipes theirs;
    if (!session.terminal)
        theirs = make_pipes(entering.pipes);
    WaitingJenter::Entering jenter =
        jenter_.order(enter_words(target, session.terminal ? std::optional(size) : std::nullopt),
                      {theirs.input.get(), theirs.output.get(), theirs.error.get(), program.get(),
                       jail.process.handed(), jail.spec});
    claim_helper(session, jenter.pid);
    entering.helper = jenter.pid;
    entering.target = std::move(jail.process);
    entering.reports = parts_.reports.watch(session, std::move(jenter.report));
    entering.deadline =
        std::make_unique<EventLoop::Timer>(parts_.loop, attach_time, [this, number = session.number] {
            attach_deadline(number);
        });
    session.enter(std::move(entering));
}

void Consoles::check(Session& session, const Errand& errand, const pty::UniqueFd& words) {
    Resolved jail = resolve(parts_.jails, session.target);
    Pipes ours;
    Pipes theirs = make_pipes(ours);
    HelperFds fds;
    fds.output = theirs.output.get();
    fds.error = theirs.error.get();
    fds.words = words.get();
    fds.target = jail.process.handed();
    fds.spec = jail.spec;
    start_helper(
        parts_, session, helper_of(errand, parts_.programs, fds),
        Check{std::make_unique<EventLoop::Timer>(parts_.loop, attach_time, [this, number = session.number] {
            check_deadline(number);
        })});
    answer_running(parts_, session, ours);
}

void Consoles::claim_helper(const Session& session, pid_t helper) {
    parts_.children.claim(helper, [this, number = session.number, helper](int) {
        if (Session* found = parts_.sessions.find(number))
            found->forget_helper(helper);
    });
}

// ---- what the helper reports

bool Consoles::take_report(Session& session, const jailcore::Report& report, pty::Received& received) {
    auto* entering = session.in<Entering>();
    switch (report.kind) {
    case jailcore::ReportKind::terminal:
        // Once, and only before the program is there to steal the socket.
        if (!session.terminal || session.leader() > 0 || received.fds.size() != 1)
            return false;
        if (entering == nullptr)
            return true; // nobody wants it any more
        if (entering->master || entering->exit)
            return false;
        entering->master = std::move(received.fds[0]);
        entering->notice = pty::get_text(report.cause);
        return true;
    case jailcore::ReportKind::entered:
        return take_leader(session, report.pid);
    case jailcore::ReportKind::failed:
        if (entering != nullptr && entering->failure)
            return false;
        if (entering != nullptr)
            entering->failure = report;
        return true;
    default:
        return false; // a starter's
    }
}

bool Consoles::take_leader(Session& session, pid_t leader) {
    const auto* entering = session.in<Entering>();
    if (session.leader() > 0 || leader <= 0 || (entering != nullptr && entering->exit))
        return false;
    session.lead_by(leader);
    if (auto status = parts_.children.claim_ended(leader, session.begun)) {
        parts_.ends.leader_ended(session, *status);
        return true;
    }
    claim_leader(parts_, session, leader);
    const std::string& jail = session.target.name;
    if (const Session* ender = parts_.jails.is_stopping(jail) ? ender_of(parts_.sessions, jail) : nullptr)
        hang_consoles_up(parts_.sessions, *ender); // it comes too late
    return true;
}

void Consoles::reports_over(Session& session) {
    auto* entering = session.in<Entering>();
    if (entering == nullptr) { // its client left while it was being made
        if (session.leader() > 0)
            parts_.ends.signal_leader(session, SIGHUP);
        else
            parts_.ends.drop(session);
        return;
    }
    entering->deadline.reset();
    // A short program may be reaped before the end of the socket is seen: then there is its exit already.
    bool entered = entering->leader > 0 || entering->exit;
    if (entering->failure) {
        const jailcore::Report& failure = *entering->failure;
        parts_.answers.refused(session, {std::string(pty::get_text(failure.step)),
                                         std::string(pty::get_text(failure.cause)),
                                         std::string(pty::get_text(failure.mend)), failure.exit_code});
        give_up(session);
    } else if (!entered || (session.terminal && !entering->master)) {
        refuse_unentered(session);
        give_up(session);
    } else {
        run(session);
    }
}

void Consoles::run(Session& session) {
    auto& entering = *session.in<Entering>();
    Running running;
    if (session.terminal) {
        try {
            running.ring = wire::Ring::create();
        } catch (const pty::StepError& error) {
            parts_.answers.refused(session, {error.step(), error.what(), parts_.look_at});
            return parts_.ends.hang_up(session);
        }
    }
    running.leader = entering.leader;
    running.leader_start = jailcore::start_time(entering.leader).value_or(0);
    running.master = std::move(entering.master);
    Pipes ours = std::move(entering.pipes);
    std::string notice = std::move(entering.notice);
    std::optional<wire::LinkExited> exit = entering.exit;
    uint32_t number = session.number;
    session.enter(std::move(running));
    parts_.sessions.name(session); // now: one that was never there has no number
    answer_running(parts_, session, ours, notice);
    prepare_soon();
    if (parts_.sessions.find(number) == nullptr)
        return;
    if (session.leader() > 0)
        parts_.sessions.record(session);
    if (exit)
        parts_.ends.ended(session, *exit);
}

void Consoles::prepare_soon() {
    prepare_timer_ = std::make_unique<EventLoop::Timer>(parts_.loop, prepare_after, [this] {
        jenter_.prepare();
    });
}

// Its helper was killed. Where the jail shares the host's pids it is told by its cgroup, which the helper had
// joined, so that what ends the jail has ended the helper too.
void Consoles::refuse_unentered(const Session& session) {
    const std::string& jail = session.target.name;
    const jailcore::ProcessHandle& target = session.in<Entering>()->target;
    Refusal refusal{"enter", {}, {}};
    if (target && target.has_ended()) {
        jailcore::EnterFailure failure = jailcore::jail_has_ended(jail);
        refusal = {failure.step(), failure.cause(), failure.mend(), failure.exit_code()};
    } else if (const Session* end = ender_of(parts_.sessions, jail)) {
        refusal.cause = "a " + std::string(end->row().name) + " of it is under way";
        refusal.mend = "wait for its end";
    } else if (parts_.jails.ran_out_of_memory(jail)) {
        refusal.cause = "the jail was out of memory";
        refusal.mend = "end what fills it, files of its /dev/shm count as well, or raise its limit";
    } else {
        refusal.cause = "the helper that enters the jail was killed";
        refusal.mend = "try again, and " + parts_.look_at;
    }
    parts_.answers.refused(session, refusal);
}

// ---- what takes too long

// What was to enter is ended, and another helper looks from outside why it could not.
void Consoles::attach_deadline(uint32_t number) {
    Session* session = parts_.sessions.find(number);
    if (session == nullptr)
        return;
    auto* entering = session->in<Entering>();
    if (entering == nullptr)
        return give_up(*session); // nobody wants to know
    bool stopped = entering->leader > 0 && pty::is_stopped(entering->leader);
    if (stopped) {
        parts_.answers.refused(*session,
                               {"enter", "what was to enter it was stopped by a process in it",
                                "'jconsole kill -kf " + session->target.name + "' ends all that is in it"});
        return give_up(*session);
    }
    try {
        look_why_not(*session, *entering);
    } catch (const std::exception& error) {
        log::warn("session " + session->name + ": " + error.what());
        look_deadline(number);
    }
}

void Consoles::look_why_not(Session& session, Entering& entering) {
    for (pid_t pid : {entering.helper, entering.leader})
        if (pid > 0)
            ::kill(pid, SIGKILL);
    entering.reports.reset();
    entering.helper = -1;
    const Jail* jail = parts_.jails.find(session.target.name);
    WaitingJenter::Entering look =
        jenter_.order(look_words(session.target.name),
                      {-1, -1, -1, -1, entering.target.handed(), jail != nullptr ? jail->spec.get() : -1});
    claim_helper(session, look.pid);
    entering.helper = look.pid;
    entering.reports = parts_.reports.watch(session, std::move(look.report));
    entering.deadline =
        std::make_unique<EventLoop::Timer>(parts_.loop, look_time, [this, number = session.number] {
            look_deadline(number);
        });
}

void Consoles::look_deadline(uint32_t number) {
    Session* session = parts_.sessions.find(number);
    if (session == nullptr)
        return;
    if (session->in<Entering>() != nullptr)
        parts_.answers.refused(
            *session,
            {"enter", "the jail does not answer: a file system in it hangs, or its cgroup is frozen",
             "look with 'jconsole check " + session->target.name + "'"});
    give_up(*session);
}

// It has been answered already: what can be said of it is that it had to be killed.
void Consoles::check_deadline(uint32_t number) {
    Session* session = parts_.sessions.find(number);
    if (session == nullptr || session->in<Running>() == nullptr)
        return;
    wire::LinkExited exit = exit_of(*session, SIGKILL);
    exit.signalled = 1;
    parts_.answers.exited(*session, exit);
    give_up(*session);
}

// What is left of it is ended, and waited for; its client has been told.
void Consoles::give_up(Session& session) {
    pid_t leader = session.leader();
    const auto* entering = session.in<Entering>();
    const auto* ending = session.in<HangingUp>();
    pid_t helper = entering != nullptr ? entering->helper : ending != nullptr ? ending->helper : -1;
    for (pid_t pid : {helper, leader})
        if (pid > 0)
            ::kill(pid, SIGKILL);
    if (leader <= 0)
        return parts_.ends.drop(session);
    session.connection = 0;
    HangingUp left;
    left.leader = leader;
    session.enter(std::move(left));
}

// ---- the end of a program

void Consoles::leader_ended(Session& session, wire::LinkExited& exit) {
    pty::set_text(exit.reason, reason_of_end(session, exit.signalled != 0));
    if (exit.reason[0] == '\0' && exit.signalled != 0 && exit.value == SIGKILL &&
        parts_.jails.ran_out_of_memory(session.target.name))
        pty::set_text(exit.reason, "the jail was out of memory");
    parts_.jails.poke(session.target.name);
    if (session.in<Entering>() == nullptr)
        jenter_.prepare(); // a loop over jails opens its next console now
    parts_.sessions.forget_record(session);
}

// "" where it ended by itself, and not because its jail goes.
std::string_view Consoles::reason_of_end(const Session& session, bool signalled) const {
    if (session.target.source != contract::Source::ours)
        return "";
    if (!session.end_reason.empty())
        return session.end_reason;
    if (!signalled) // perhaps the last program of a jail that goes with it
        return "";
    // Before its processes are told to end, exec.stop may kill some.
    if (const Session* ender = ender_of(parts_.sessions, session.target.name))
        return ender->row().reason_of_end;
    return parts_.jails.lives(session.target.name) ? "" : "the jail has ended";
}

} // namespace monitor
