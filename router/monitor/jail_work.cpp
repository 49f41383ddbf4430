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

const Session* at_work_on(const Sessions& sessions, std::string_view jail,
                          const std::function<bool(const contract::VerbRow&)>& which) {
    for (const auto& [number, session] : sessions.all())
        if (session->row().changes_jail() && session->target.name == jail && session->leader() > 0 &&
            which(session->row()))
            return session.get();
    return nullptr;
}

const Session* ender_of(const Sessions& sessions, std::string_view jail) {
    return at_work_on(sessions, jail, [](const contract::VerbRow& under_way) {
        return under_way.ends_jail;
    });
}

void doom_consoles(const Sessions& sessions, const Session& ender) {
    for (const auto& [number, session] : sessions.all())
        if (session->is_console() && session->target.name == ender.target.name)
            session->end_reason = ender.row().reason_of_end;
}

void hang_consoles_up(const Sessions& sessions, const Session& ender) {
    doom_consoles(sessions, ender);
    for (const auto& [number, session] : sessions.all())
        if (session->is_console() && session->target.name == ender.target.name)
            hang_terminal_up(*session);
}

} // namespace monitor
