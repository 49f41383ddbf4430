// What those who carry out verbs have in common (consoles.hpp, starters.hpp, readers.hpp). All of it outlives
// them.
#pragma once

#include "router/monitor/answers.hpp"
#include "router/monitor/children.hpp"
#include "router/monitor/event_loop.hpp"
#include "router/monitor/helpers.hpp"
#include "router/monitor/jails.hpp"
#include "router/monitor/reports.hpp"
#include "router/monitor/sessions.hpp"

#include <string>

namespace monitor {

// The ends of sessions, which are not of one verb alone.
class SessionEnds {
public:
    virtual ~SessionEnds() = default;
    // Its client is gone.
    virtual void hang_up(Session& session) = 0;
    // One that hangs up already: this, and then what is harder to ignore.
    virtual void signal_leader(Session& session, int signal) = 0;
    // Who leads it was reaped.
    virtual void leader_ended(Session& session, int status) = 0;
    // It has ended, and not by a leader's end.
    virtual void ended(Session& session, const wire::LinkExited& exit) = 0;
    // There is nothing left of it.
    virtual void drop(Session& session) = 0;
};

struct Parts {
    EventLoop& loop;
    Children& children;
    Sessions& sessions;
    Jails& jails;
    Reports& reports;
    Answers& answers;
    SessionEnds& ends;
    const Programs& programs;
    std::string config;  // default configuration file
    std::string look_at; // a mend where the router knows no better one
};

// The process that stands for a jail, and the jail's EnterSpec, which is the registry's; -1: it has none.
struct Resolved {
    jailcore::ProcessHandle process;
    int spec = -1;
};
// Throws Refusal where there is none.
Resolved resolve(Jails& jails, const contract::Target& target);

// The end of a session with that exit status.
wire::LinkExited exit_of(const Session& session, int status);

// The program's ends; ours go into `ours`. Throws pty::StepError.
Pipes make_pipes(Pipes& ours);

// The end of its leader, once it is reaped, is its own.
void claim_leader(const Parts& parts, const Session& session, pid_t leader);
// Starts the helper of a verb with pipes: the session is what it is, and runs. Throws pty::StepError.
void start_helper(const Parts& parts, Session& session, const pty::Spawn& helper, Task task);
// Its worker is told so; where that fails the session ends, and is perhaps not there any more.
void answer_running(const Parts& parts, Session& session, const Pipes& ours, std::string_view notice = {});

} // namespace monitor
