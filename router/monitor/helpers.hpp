// The helper of each verb: its program, its words and its descriptors. Pure: nothing is started here, and
// what a client wrote goes to it as the sealed memfd that the worker made, unread.
#pragma once

#include "pty/spawn.hpp"
#include "pty/terminal.hpp"
#include "router/contract/verbs.hpp"
#include "router/monitor/programs.hpp"
#include "router/wire/link.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace monitor {

// What a helper is to do.
struct Errand {
    contract::Verb verb{};
    std::string target; // "": none in particular
    bool forced = false;
    std::string config; // that the client named; "": none
    std::string default_config;
    uint32_t jid = 0;     // for the jail that it may make
    bool trusted = false; // only a configuration that is root's will do
};

// What it is given; -1: it is not. They stay the caller's.
struct HelperFds {
    int output = -1, error = -1;
    int reports = -1;  // its end of a socket: it reports, or asks for snapshots
    int target = -1;   // the process that stands for the jail
    int spec = -1;     // the jail's EnterSpec
    int words = -1;    // that the client wrote: a memfd of its worker's
    int jails = -1;    // a snapshot of the registry
    int sessions = -1; // and one of the sessions
    int table = -1;    // of the configuration: to write to for an order, to read from for a start
};

// Of any verb that has one with pipes.
pty::Spawn helper_of(const Errand& errand, const Programs& programs, const HelperFds& fds);
// What removes what a jail has left.
pty::Spawn clearing_helper(const std::string& jail, const std::string& config, const Programs& programs,
                           const HelperFds& fds);

// The order for a jenter that waits (router/monitor/waiting_jenter.hpp): to enter with a terminal, or with
// pipes; or to look, from outside, why that cannot be done.
std::string enter_words(const std::string& target, const std::optional<pty::WindowSize>& terminal);
std::string look_words(const std::string& target);

} // namespace monitor
