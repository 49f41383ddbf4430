// What a worker is told of the sessions that it asked for.
#pragma once

#include "router/monitor/session.hpp"
#include "router/monitor/workers.hpp"

#include <string>

namespace monitor {

// What the user reads where there will be no session.
struct Refusal {
    std::string step;
    std::string cause;
    std::string mend;
    int code = 255; // exit status for the client
};

class Answers {
public:
    explicit Answers(Workers& workers) : workers_(workers) {}

    // It runs: `pipes` are our ends, where it has no terminal. Throws pty::StepError; then nothing was sent.
    void opened(const Session& session, const Pipes& pipes, std::string_view notice = {});
    void refused(const Session& session, const Refusal& refusal);
    void exited(const Session& session, const wire::LinkExited& exit);
    // A session with a terminal goes on with that worker, which is new.
    static void adopt(WorkerProcess& worker, const Session& session);

private:
    Workers& workers_;
};

} // namespace monitor
