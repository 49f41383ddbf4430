#include "router/monitor/answers.hpp"

#include <vector>

namespace monitor {

void Answers::opened(const Session& session, const Pipes& pipes, std::string_view notice) {
    const Running& running = *session.in<Running>();
    wire::LinkOpened message;
    message.header.number = session.request;
    message.session = session.number;
    message.terminal = session.terminal ? 1 : 0;
    message.token = session.token;
    pty::set_text(message.name, session.name);
    pty::set_text(message.notice, notice);
    std::vector<int> fds;
    if (session.terminal)
        fds = {running.master.get(), running.ring.get()};
    else
        fds = {pipes.input.get(), pipes.output.get(), pipes.error.get()};
    workers_.send(session.owner, message, fds);
}

void Answers::refused(const Session& session, const Refusal& refusal) {
    wire::LinkRefused message;
    message.header.number = session.request;
    message.code = refusal.code;
    pty::set_text(message.step, refusal.step);
    pty::set_text(message.cause, refusal.cause);
    pty::set_text(message.mend, refusal.mend);
    workers_.send(session.owner, message);
}

void Answers::exited(const Session& session, const wire::LinkExited& exit) {
    workers_.send(session.owner, exit);
}

void Answers::adopt(WorkerProcess& worker, const Session& session) {
    const auto* running = session.in<Running>();
    const auto* draining = session.in<Draining>();
    if (running == nullptr && draining == nullptr)
        return; // it has nothing to go on with
    const pty::UniqueFd& master = running != nullptr ? running->master : draining->master;
    const pty::UniqueFd& ring = running != nullptr ? running->ring : draining->ring;
    wire::LinkAdopt message;
    message.header.number = session.number;
    message.token = session.token;
    pty::set_text(message.name, session.name);
    int fds[] = {master.get(), ring.get()};
    worker.send(message, fds);
    if (draining != nullptr)
        worker.send(draining->exit);
}

} // namespace monitor
