#include "router/monitor/jail_work.hpp"

#include <csignal>

namespace monitor {
namespace {

// An interactive shell ignores SIGTERM, and the end of its jail would wait for it; a terminal that is gone
// ends it, as it does what the shell runs. Its output and its status still reach the client.
void hang_terminal_up(const Session& console) {
    if (!console.terminal || console.leader() <= 0)
        return;
    ::kill(console.leader(), SIGHUP);
    ::kill(console.leader(), SIGCONT);
}

} // namespace

bool works_on_jail(wire::Verb verb) {
    return verb == wire::Verb::start || verb == wire::Verb::stop || verb == wire::Verb::restart ||
           verb == wire::Verb::kill;
}

bool needs_target(wire::Verb verb) {
    return verb != wire::Verb::ls && verb != wire::Verb::ps && verb != wire::Verb::sessions &&
           verb != wire::Verb::order && verb != wire::Verb::top;
}

// Hooks would run twice, the second unmount, or the second address, is an error or worse, and a jail that is
// started before the last of that name is gone, down to its exec.poststop, would be taken for that. A stop
// may come in the middle of a start, to end it, and a kill at any time.
bool must_wait(wire::Verb verb, wire::Verb under_way) {
    return verb != wire::Verb::kill && !(verb == wire::Verb::stop && under_way == wire::Verb::start);
}

bool ends_work(wire::Verb verb, wire::Verb under_way) {
    if (verb != wire::Verb::stop && verb != wire::Verb::kill)
        return false;
    return under_way == wire::Verb::start || (verb == wire::Verb::kill && under_way != wire::Verb::kill);
}

std::string_view end_by(wire::Verb verb) {
    if (verb == wire::Verb::kill)
        return "the jail was killed";
    return verb == wire::Verb::start ? "the start of the jail failed" : "the jail was stopped";
}

const Session* at_work_on(const Sessions& sessions, std::string_view jail,
                          const std::function<bool(wire::Verb)>& which) {
    for (const auto& [number, session] : sessions.all())
        if (works_on_jail(session->verb) && session->target.name == jail && session->leader() > 0 &&
            which(session->verb))
            return session.get();
    return nullptr;
}

const Session* ender_of(const Sessions& sessions, std::string_view jail) {
    return at_work_on(sessions, jail, [](wire::Verb under_way) {
        return under_way != wire::Verb::start;
    });
}

void doom_consoles(const Sessions& sessions, const Session& ender) {
    for (const auto& [number, session] : sessions.all())
        if (session->is_console() && session->target.name == ender.target.name)
            session->end_reason = end_by(ender.verb);
}

void hang_consoles_up(const Sessions& sessions, const Session& ender) {
    doom_consoles(sessions, ender);
    for (const auto& [number, session] : sessions.all())
        if (session->is_console() && session->target.name == ender.target.name)
            hang_terminal_up(*session);
}

} // namespace monitor
