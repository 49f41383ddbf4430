// The monitor: accepts clients, learns who they are, hands them to the worker of their principal, starts what
// a worker may ask for, and keeps what must outlive a worker. It parses nothing that a client, a
// configuration file or a jail wrote. Each part is a file of its own: who may stay
// (monitor_admit.cpp), workers and the ends of clients (monitor_accept.cpp), requests of workers
// (monitor_requests.cpp), the helper of each verb (monitor_launch.cpp), what helpers report
// (monitor_reports.cpp), the end of sessions (monitor_sessions.cpp).
#pragma once

#include "router/monitor/disposal.hpp"
#include "router/monitor/event_loop.hpp"
#include "router/monitor/jails.hpp"
#include "router/monitor/left_starters.hpp"
#include "router/monitor/listener.hpp"
#include "router/monitor/peer.hpp"
#include "router/monitor/peer_proof.hpp"
#include "router/monitor/policy.hpp"
#include "router/monitor/programs.hpp"
#include "router/monitor/runtime_directory.hpp"
#include "router/monitor/session.hpp"
#include "router/monitor/waiting_jenter.hpp"
#include "router/monitor/worker_process.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace monitor {

struct Settings {
    std::string socket;     // absolute path
    std::string libexec;    // folder of the helper programs
    std::string config;     // default configuration file
    std::string log;        // file of the log; empty: standard output and error
    bool idle_exit = false; // end when nothing is left to keep
};

class Monitor {
public:
    // Binds the socket, finds the jails of an earlier router, ends its sessions. Throws pty::StepError.
    explicit Monitor(Settings settings);
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    // Until SIGTERM, SIGINT, or idle_exit. Jails live on; sessions are hung up.
    void run();

private:
    struct Connection {
        wire::Principal principal;
        pty::UniqueFd socket; // until its worker has it
        pty::UniqueFd process;
        std::unique_ptr<EventLoop::Watch> watch; // of the peer; none once it has ended
        std::unique_ptr<EventLoop::Timer> timer;
        bool set_up = false; // its request has come
    };
    // A client whose identity is not certain yet.
    struct Proving {
        pty::UniqueFd socket;
        Peer peer;
        PeerProof proof;
        std::unique_ptr<EventLoop::Watch> watch; // of the proof
        std::unique_ptr<EventLoop::Timer> timer;
    };
    // A child whose number no session knew when it ended.
    struct Reaped {
        int status = 0;
        uint32_t last_session = 0; // of those there were by then
    };
    // The configuration as a reader of ours has read it for an order, for the starters of its steps.
    struct OrderTable {
        std::string config; // which file; "": the default
        pty::UniqueFd table;
    };
    struct Worker {
        std::unique_ptr<WorkerProcess> process;
        OrderTable ordered; // the last, for as long as the worker has something to do
        std::vector<EventLoop::Clock::time_point> crashes;
        std::unique_ptr<EventLoop::Timer> next; // until the next one may start
        size_t setting_up = 0;                  // connections that it has, and no request of
        std::deque<uint64_t> waiting;           // connections that it is to get; some may be over
    };

    // clients
    bool admit(pty::UniqueFd socket);
    bool demand_proof(pty::UniqueFd socket, Peer peer);
    void take_proof(uint64_t number);
    bool serve(pty::UniqueFd socket, Peer peer);
    void hand_over_waiting(wire::Principal principal);
    void hand_over(uint64_t number);
    void set_up(Connection& connection);
    void refuse(pty::UniqueFd socket, const std::string& cause, std::string_view mend);
    void let_go(pty::UniqueFd socket);
    WorkerProcess& worker_of(wire::Principal principal);
    void worker_ended(wire::Principal principal, const char* why);
    void start_next_worker(wire::Principal principal);
    void start_next_worker_after(wire::Principal principal, EventLoop::Clock::duration time);
    void adopt_sessions(WorkerProcess& worker);
    void peer_ended(uint64_t number);
    void connection_over(uint64_t number);

    // requests of workers
    void take(wire::Principal principal, std::span<const char> bytes, const wire::LinkRow& row,
              pty::Received& received);
    void take_open(wire::Principal principal, const wire::LinkOpen& message, pty::UniqueFd program);
    void take_attached(wire::Principal principal, const wire::LinkAttached& message);
    void take_signal(wire::Principal principal, const wire::LinkSignal& message);
    void take_idle(wire::Principal principal);
    Session* session_of(wire::Principal principal, uint32_t number);
    void lead_by(Session& session, pid_t helper);
    void launch(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& program);
    void launch_console(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& program);
    void launch_check(Session& session, const wire::LinkOpen& message);
    void launch_starter(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& words);
    void kill_here(Session& session, pty::UniqueFd output);
    void killed_here(Session& session, std::string_view outcome, int status);
    void launch_reader(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& words);
    std::vector<std::string> config_words(const wire::LinkOpen& message) const;
    void keep_table(Session& order);
    void launch_live_reader(Session& session, const wire::LinkOpen& message);
    void take_ask(uint32_t number);
    static void end_snapshots(Session& session);
    void send_snapshots(uint32_t number);
    pty::UniqueFd target_of(const std::string& jail, int& spec);
    static jailcore::SessionRecord record_of(const Session& session);
    pty::UniqueFd session_snapshot() const;
    uint32_t free_place(const std::string& jail) const;

    // sessions
    void watch_report(Session& session, pty::UniqueFd report);
    void end_reports(Session& session);
    void take_report(uint32_t number);
    bool take_one_report(Session& session, std::span<const char> bytes, pty::Received& received);
    bool take_jail_report(const Session& session, jailcore::ReportKind kind, std::span<const char> bytes,
                          pty::Received& received);
    void report_over(Session& session);
    void answer_unentered(Session& session);
    void answer_opened(Session& session);
    void answer_refused(Session& session, std::string_view step, std::string_view cause,
                        std::string_view mend, int code);
    void attach_deadline(uint32_t number);
    void end_entering(Session& session);
    void give_up_entering(Session& session);
    void look_why_not(Session& session);
    void look_deadline(uint32_t number);
    void hang_up(Session& session);
    void end_consoles(const Session& ender, bool hang_up);
    static void hang_terminal_up(const Session& session);
    void escalate(uint32_t number, int signal);
    void reap();
    void child_ended(pid_t pid, int status);
    void leader_ended(Session& session, int status);
    std::string_view reason_of_end(const Session& session, bool signalled) const;
    void helper_ended(Session& session, bool failed);
    bool clear_up_behind(Session& session, const wire::LinkExited& exit);
    void drop(uint32_t number);
    void record(Session& session);
    void end_recorded_sessions();
    template <class Which>
    const Session* starter_of(std::string_view jail, Which which) const;
    bool has_starter(std::string_view jail) const;
    struct Rival {
        wire::Verb verb{};
        pid_t starter = 0;
    };
    std::optional<Rival> rival_of(const Session& starter) const;
    bool end_starter(Session& ender);
    void left_starter_ended(const std::string& jail);
    const Session* ender_of(std::string_view jail) const;
    pid_t spawn_reap(const std::string& jail);
    void clear_up(const std::string& jail);
    void clear_up_left();
    void end_kills_of(const std::string& jail, bool of_starter);
    void leave_when_idle();
    std::string look_at_log() const;

    Settings settings_;
    wire::Principal own_;
    std::unique_ptr<Disposal> disposal_; // nothing: there is nothing to free. Before what it gets at the end
    RuntimeDirectory directory_;
    EventLoop loop_;
    Programs programs_;
    WaitingJenter jenter_{programs_.jenter.get()};
    Whereabouts whereabouts_;
    LeftStarters left_starters_;
    Jails jails_;
    std::map<wire::Principal, Worker> workers_;
    std::map<uint64_t, Proving> proving_;
    std::map<uint64_t, Connection> connections_;
    std::map<uint32_t, std::unique_ptr<Session>> sessions_;
    std::set<uint32_t> reporting_;                 // sessions whose helper may still report
    std::unordered_map<pid_t, uint32_t> children_; // not yet reaped, and the sessions that they are of
    std::map<pid_t, Reaped> unknown_children_;     // perhaps leaders that a jenter had not yet told of
    uint64_t last_connection_ = 0;
    uint32_t last_session_ = 0;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::unique_ptr<EventLoop::Timer> idle_timer_;
    std::unique_ptr<EventLoop::Timer> prepare_timer_; // of the next jenter
    std::set<std::string> left_;                      // jails whose remains are still there
    std::unique_ptr<EventLoop::Timer> left_timer_;    // of a next try to remove them
    std::unique_ptr<EventLoop::Timer> reap_timer_;    // of who has died and was not yet collected
};

} // namespace monitor
