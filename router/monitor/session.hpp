// A session from the monitor's side: the helper that makes it, its leader, and what outlives a worker.
// Console sessions lead into a jail; the other verbs (start, ls, ...) are sessions of a helper with pipes.
#pragma once

#include "jailcore/report.hpp"
#include "pty/fd.hpp"
#include "pty/fdpass.hpp"
#include "router/monitor/event_loop.hpp"
#include "router/wire/link.hpp"
#include "router/wire/principal.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace monitor {

struct Session {
    uint32_t number = 0; // in the link's messages; never reused
    uint32_t place = 0;  // the N of jail:N
    wire::Verb verb{};
    bool terminal = false;
    std::string jail;
    std::string name; // jail:N
    wire::Principal owner;
    uint64_t created = 0; // seconds since the epoch
    uint64_t connection = 0;
    EventLoop::Clock::time_point attached_until; // where a worker that has died was the last to serve it
    uint32_t request = 0;                        // of the worker, until it was answered
    wire::Token token{};

    pid_t helper = -1;         // until it is reaped
    pid_t leader = -1;         // until it is reaped; the helper itself for all verbs but console
    pid_t starter = -1;        // by which LeftStarters knows it
    uint64_t leader_start = 0; // start time of a console's leader
    bool answered = false;
    bool hung_up = false;
    std::string_view end_reason; // a literal: what is done to its jail, or to it; "": nothing
    std::optional<wire::LinkExited> exit;
    std::optional<wire::LinkExited> killed; // how its starter ended, which is cleared up behind, by `leader`
    std::optional<jailcore::Report> failure;
    std::string notice;
    pty::UniqueFd table; // an order's, of its jails, while its reader writes it
    std::string config;  // and of which file

    pty::UniqueFd killing;      // a kill that no helper carries out: the program's end of its output
    bool kills_starter = false; // of what is under way for the jail, where there is none
    pty::UniqueFd target;       // of the process that stands for the jail, until it is entered
    pty::UniqueFd report;       // socket to the helper
    std::unique_ptr<EventLoop::Watch> report_watch;
    pty::UniqueFd live; // socket to a reader that is sent snapshots for as long as it asks
    std::unique_ptr<EventLoop::Watch> live_watch;
    std::unique_ptr<EventLoop::Timer> timer; // deadline of the attach; later of the hang-up; next snapshot
    pty::UniqueFd master;                    // the monitor's duplicate: hanging up is its act
    pty::UniqueFd ring;
    struct Pipes {
        pty::UniqueFd input, output, error;
    };
    Pipes pipes; // our ends, until the worker has them
};

} // namespace monitor
