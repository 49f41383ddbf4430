// The ends of sessions: a client that leaves, a leader that ends.
#include "router/monitor/monitor.hpp"

#include <csignal>
#include <sys/wait.h>
#include <utility>

namespace monitor {
namespace {

constexpr std::chrono::seconds patience{5}; // between hang-up, SIGTERM and SIGKILL

// What it had goes with this, but for what has to go on.
HangingUp ending_of(Entering& entering) {
    HangingUp ending;
    ending.helper = entering.helper;
    ending.leader = entering.leader;
    ending.reports = std::move(entering.reports);
    ending.next = std::move(entering.deadline);
    return ending;
}

HangingUp ending_of(Running& running) {
    HangingUp ending;
    ending.leader = running.leader;
    ending.leader_start = running.leader_start;
    bool goes_on = std::holds_alternative<JailWork>(running.task) ||
                   std::holds_alternative<Ordering>(running.task) ||
                   std::holds_alternative<Kill>(running.task);
    if (goes_on)
        ending.task = std::move(running.task);
    return ending;
}

} // namespace

// The client is gone: the terminal hangs up, and a leader that does not mind is ended in steps. A helper that
// works on a jail is left to finish.
void Monitor::hang_up(Session& session) {
    auto* entering = session.in<Entering>();
    auto* running = session.in<Running>();
    bool kill = running != nullptr && std::holds_alternative<Kill>(running->task);
    if (session.in<HangingUp>() != nullptr)
        return;
    if (session.in<Draining>() != nullptr || (entering != nullptr && entering->exit) ||
        (running != nullptr && running->leader <= 0 && !kill))
        return drop(session); // nothing of it is alive
    HangingUp ending = entering != nullptr ? ending_of(*entering) : ending_of(*running);
    session.connection = 0;
    session.enter(std::move(ending)); // closes our ends of its terminal
    if (session.leader() > 0 && !session.row().changes_jail())
        signal_leader(session, SIGHUP);
}

void Monitor::signal_leader(Session& session, int signal) {
    auto* ending = session.in<HangingUp>();
    if (ending == nullptr || ending->leader <= 0)
        return;
    ::kill(ending->leader, signal);
    ::kill(ending->leader, SIGCONT);
    if (signal == SIGKILL)
        return;
    int next = signal == SIGHUP ? SIGTERM : SIGKILL;
    ending->next = std::make_unique<EventLoop::Timer>(loop_, patience, [this, number = session.number, next] {
        if (Session* found = sessions_.find(number))
            signal_leader(*found, next);
    });
}

void Monitor::leader_ended(Session& session, int status) {
    bool signalled = WIFSIGNALED(status);
    wire::LinkExited exit = exit_of(session, signalled ? WTERMSIG(status) : WEXITSTATUS(status));
    exit.signalled = signalled ? 1 : 0;
    if (session.row().changes_jail()) {
        if (!starters_.leader_ended(session, exit))
            return; // not yet
    } else {
        session.forget_leader();
        if (session.is_console())
            consoles_.leader_ended(session, exit);
        else
            readers_.leader_ended(session, exit);
    }
    ended(session, exit);
}

void Monitor::ended(Session& session, const wire::LinkExited& exit) {
    if (auto* entering = session.in<Entering>()) {
        entering->exit = exit; // its client is told once it has been told of the session
        return;
    }
    auto* running = session.in<Running>();
    if (running == nullptr)
        return drop(session);
    Draining draining{exit, std::move(running->master), std::move(running->ring)};
    session.enter(std::move(draining));
    answers_.exited(session, exit);
}

void Monitor::drop(Session& session) {
    sessions_.drop(session.number);
    leave_when_idle();
}

} // namespace monitor
