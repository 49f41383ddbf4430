// A session from the monitor's side: who has it, and the stage that it is in. Console sessions lead into a
// jail; the other verbs (start, ls, ...) are sessions of a helper with pipes. Each stage owns what it needs,
// so that a timer or a descriptor of another is not there.
//
//     Entering --> Running --> Draining --> (not there any more)
//         |           |                         ^
//         +-----------+-----> HangingUp --------+
#pragma once

#include "jailcore/contract/report.hpp"
#include "jailcore/process_handle.hpp"
#include "pty/fd.hpp"
#include "router/contract/target.hpp"
#include "router/contract/verbs.hpp"
#include "router/monitor/event_loop.hpp"
#include "router/wire/link.hpp"
#include "router/wire/principal.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <variant>

namespace monitor {

// A socket to a helper, and who is told when it can be read.
struct Watched {
    Watched(EventLoop& loop, pty::UniqueFd fd, std::function<void(short)> readable)
        : socket(std::move(fd)), watch(loop, socket.get(), POLLIN, std::move(readable)) {}
    pty::UniqueFd socket;
    EventLoop::Watch watch; // ends before the socket is closed
};

// Either the program's ends or ours.
struct Pipes {
    pty::UniqueFd input, output, error;
};

// A console whose helper is on its way into the jail, and has not yet said its last.
struct Entering {
    pid_t helper = -1; // until it is reaped
    pid_t leader = -1; // once the helper has told of it, until it is reaped
    std::unique_ptr<Watched> reports;
    std::unique_ptr<EventLoop::Timer> deadline;
    jailcore::ProcessHandle target; // that stands for the jail
    pty::UniqueFd master;           // once the helper has sent it
    Pipes pipes;                    // ours, where there is no terminal
    std::string notice;             // for the user
    std::optional<jailcore::Report> failure;
    std::optional<wire::LinkExited> exit; // of a program so short that it was reaped by now
};

// What a helper does beside what it prints; it goes on when the client has left.
struct JailWork {                     // of a jstarter
    std::unique_ptr<Watched> reports; // null: over
    pid_t starter = -1;               // by which LeftStarters knows it
    // How the starter ended, where it was killed; the leader is who clears up behind it.
    std::optional<wire::LinkExited> killed;
};
struct Ordering { // of a jreader
    pty::UniqueFd table;
    std::string config; // of which file; "": the default
};
struct Live { // of a jreader that asks for one snapshot after the other
    std::unique_ptr<Watched> asks;
    std::unique_ptr<EventLoop::Timer> next;
};
struct Check { // of a jenter that enters a jail, which may hang
    std::unique_ptr<EventLoop::Timer> deadline;
};
struct Kill { // of nobody: what is killed is waited for
    pty::UniqueFd output;
    bool of_starter = false; // what is under way for the jail, where there is none
    std::unique_ptr<EventLoop::Timer> deadline;
};
using Task = std::variant<std::monostate, JailWork, Ordering, Live, Check, Kill>;

// The worker has what it needs to relay.
struct Running {
    pid_t leader = -1; // until it is reaped; the helper itself for all verbs but console; none for a Kill
    uint64_t leader_start = 0; // start time of a console's leader
    pty::UniqueFd master;      // the monitor's duplicate: hanging up is its act
    pty::UniqueFd ring;
    Task task;
};

// The client is gone, or has been told that it gets nothing; what it had is still alive.
struct HangingUp {
    pid_t helper = -1; // of one that was entering, and reports, until that is over
    pid_t leader = -1;
    std::unique_ptr<Watched> reports;
    uint64_t leader_start = 0;              // 0: it never ran
    std::unique_ptr<EventLoop::Timer> next; // step
    Task task;
};

// The leader was reaped; the worker has yet to deliver what it wrote.
struct Draining {
    wire::LinkExited exit;
    pty::UniqueFd master;
    pty::UniqueFd ring;
};

struct Session {
    uint32_t number = 0; // in the link's messages; never reused
    contract::Verb verb{};
    bool terminal = false;
    contract::Target target;
    uint32_t place = 0; // the N of jail:N
    std::string name;   // jail:N; of what is no console, or none yet, the jail's
    wire::Principal owner;
    EventLoop::Clock::time_point begun;
    uint64_t created = 0; // seconds since the epoch
    uint64_t connection = 0;
    EventLoop::Clock::time_point attached_until; // where a worker that has died was the last to serve it
    uint32_t request = 0;                        // of the worker
    wire::Token token{};
    std::string end_reason; // what is done to its jail, or to it; "": nothing
    using Stage = std::variant<Entering, Running, HangingUp, Draining>;
    Stage stage;

    // The next stage, and a debug line that tells of it.
    void enter(Stage next);
    // For the log: what it is.
    [[nodiscard]] std::string text() const;
    template <class Kind>
    [[nodiscard]] Kind* in() {
        return std::get_if<Kind>(&stage);
    }
    template <class Kind>
    [[nodiscard]] const Kind* in() const {
        return std::get_if<Kind>(&stage);
    }
    // What it does, where it does that, with or without its client.
    template <class Kind>
    [[nodiscard]] Kind* task() {
        if (auto* running = in<Running>())
            return std::get_if<Kind>(&running->task);
        if (auto* ending = in<HangingUp>())
            return std::get_if<Kind>(&ending->task);
        return nullptr;
    }
    template <class Kind>
    [[nodiscard]] const Kind* task() const {
        return const_cast<Session*>(this)->task<Kind>();
    }
    [[nodiscard]] const contract::VerbRow& row() const { return contract::row_of(verb); }
    [[nodiscard]] bool is_console() const { return row().helper == contract::Helper::program; }
    [[nodiscard]] pid_t leader() const; // -1: none, or not known yet, or reaped
    // Through which its helper reports; null: it does not, or not any more.
    [[nodiscard]] std::unique_ptr<Watched>* reports();
    // Another one, where one has been reaped; -1: none.
    void lead_by(pid_t leader);
    void forget_leader() { lead_by(-1); }
    // A helper that was entering is.
    void forget_helper(pid_t helper);
};

} // namespace monitor
