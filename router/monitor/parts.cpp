#include "router/monitor/parts.hpp"

#include "pty/error.hpp"
#include "router/contract/target.hpp"

namespace monitor {

Resolved resolve(Jails& jails, const contract::Target& target) {
    if (target.source == contract::Source::process) {
        pid_t pid = *contract::pid_target(target.name);
        try {
            return {jailcore::ProcessHandle(pid), -1};
        } catch (const pty::StepError& error) {
            throw Refusal{"find jail", "there is no process " + std::to_string(pid),
                          "'jconsole ps' lists those in jails"};
        }
    }
    const Jail* jail = jails.find(target.name);
    if (jail == nullptr)
        throw Refusal{"find jail", "no jail of that name is running",
                      "'jconsole start " + target.name + "' starts it, 'jconsole ls' lists those that run"};
    return {jail->process, jail->spec.get()};
}

wire::LinkExited exit_of(const Session& session, int status) {
    wire::LinkExited exit;
    exit.header.number = session.number;
    exit.value = status;
    return exit;
}

Pipes make_pipes(Pipes& ours) {
    pty::Pipe input = pty::make_pipe();
    pty::Pipe output = pty::make_pipe();
    pty::Pipe error = pty::make_pipe();
    ours = {std::move(input.write), std::move(output.read), std::move(error.read)};
    return {std::move(input.read), std::move(output.write), std::move(error.write)};
}

void claim_leader(const Parts& parts, const Session& session, pid_t leader) {
    parts.children.claim(leader, [&parts, number = session.number](int status) {
        if (Session* found = parts.sessions.find(number))
            parts.ends.leader_ended(*found, status);
    });
}

void start_helper(const Parts& parts, Session& session, const pty::Spawn& helper, Task task) {
    Running running;
    running.leader = pty::spawn(helper);
    running.task = std::move(task);
    claim_leader(parts, session, running.leader);
    session.enter(std::move(running));
}

void answer_running(const Parts& parts, Session& session, const Pipes& ours, std::string_view notice) {
    try {
        parts.answers.opened(session, ours, notice);
    } catch (const pty::StepError& error) {
        parts.answers.refused(session, {error.step(), error.what(), parts.look_at});
        parts.ends.hang_up(session);
    }
}

} // namespace monitor
