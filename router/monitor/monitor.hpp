// The monitor: accepts clients, learns who they are, hands them to the worker of their principal, starts what
// a worker may ask for, and keeps what must outlive a worker. It parses nothing that a client, a
// configuration file or a jail wrote. What it knows is in its parts, each of which has its own: clients,
// workers, children, sessions, jails; and consoles, starters and readers carry out the verbs. Here is what
// each event of one means to the others: of clients, workers and jails (monitor.cpp), requests of workers
// (monitor_requests.cpp), the ends of sessions (monitor_ends.cpp).
#pragma once

#include "router/monitor/clients.hpp"
#include "router/monitor/consoles.hpp"
#include "router/monitor/parts.hpp"
#include "router/monitor/readers.hpp"
#include "router/monitor/runtime_directory.hpp"
#include "router/monitor/starters.hpp"
#include "router/monitor/workers.hpp"

#include <memory>
#include <string>

namespace monitor {

struct Settings {
    std::string socket;     // absolute path
    std::string libexec;    // folder of the helper programs
    std::string config;     // default configuration file
    std::string log;        // file of the log; empty: standard output and error
    bool idle_exit = false; // end when nothing is left to keep
};

class Monitor : SessionEnds {
public:
    // Binds the socket, finds the jails of an earlier router, ends its sessions. Throws pty::StepError.
    explicit Monitor(Settings settings);
    ~Monitor() override;
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    // Until SIGTERM, SIGINT, idle_exit, or, without a file for the log, SIGHUP. Jails live on; sessions are
    // hung up.
    void run();

private:
    // events
    void connect_parts();
    void take_hangup();
    void client_over(uint64_t number, const Client& client);
    bool serve(uint64_t number);
    bool worker_ended(wire::Principal principal);
    void adopt_sessions(WorkerProcess& worker);
    bool take_report(Session& session, const jailcore::Report& report, std::span<const char> bytes,
                     pty::Received& received);
    void jail_ended(const jailcore::JailRecord& record);

    // requests of workers
    void take(wire::Principal principal, std::span<const char> bytes, const wire::LinkRow& row,
              pty::Received& received);
    void take_open(wire::Principal principal, const wire::LinkOpen& message, const pty::UniqueFd& program);
    void open(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& program);
    void carry_out(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& program);
    [[nodiscard]] contract::Target target_of(const wire::LinkOpen& message) const;
    void take_attached(wire::Principal principal, const wire::LinkAttached& message);
    void take_signal(wire::Principal principal, const wire::LinkSignal& message);
    void take_idle(wire::Principal principal);
    void request_over(Client& client);

    // the ends of sessions
    void hang_up(Session& session) override;
    void signal_leader(Session& session, int signal) override;
    void leader_ended(Session& session, int status) override;
    void ended(Session& session, const wire::LinkExited& exit) override;
    void drop(Session& session) override;

    [[nodiscard]] bool is_idle() const;
    void leave_when_idle();

    Settings settings_;
    wire::Principal own_;
    RuntimeDirectory directory_;
    EventLoop loop_;
    Programs programs_;
    std::unique_ptr<Disposal> disposal_; // null: there is nothing to free
    Clients clients_;
    Workers workers_;
    Children children_{loop_};
    Jails jails_;
    Sessions sessions_;
    Reports reports_{loop_, sessions_};
    Answers answers_{workers_};
    Parts parts_;
    Consoles consoles_{parts_};
    Starters starters_;
    Readers readers_{parts_};
    std::unique_ptr<EventLoop::Timer> idle_timer_;
};

} // namespace monitor
