// The terminal of a program in a jail: from the jail's own devpts, by descriptors only.
#pragma once

#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/enter/linux/ptmx_facts.hpp"
#include "jailcore/enter/linux/target.hpp"
#include "jailcore/passwd.hpp"
#include "pty/fd.hpp"
#include "pty/terminal.hpp"

#include <optional>
#include <string>
#include <vector>

namespace jailcore {

struct Terminal {
    pty::UniqueFd master;
    pty::UniqueFd slave;
    std::vector<std::string> notices; // for the user, a line each
};

// What a terminal may need of the host; to be had before the jail is entered.
struct HostTerminals {
    HostDevices devices;
    pty::UniqueFd master; // one of its terminals; empty where the jail may have none, or there is none
};
HostTerminals open_host_terminals(const Target& target, const EnterSpec* spec);

// To be called inside. `repair`: what is wrong with the jail's devices is mended first.
// Throws EnterFailure where the jail can have no terminal.
Terminal open_terminal(const Target& target, HostTerminals host, bool repair);

// Makes `slave` the user's, as login(1) does: readable for nobody else, writable for the group tty.
void give_terminal(int slave, const User& user, std::optional<uint32_t> tty_group);

// The TERM that programs in the jail can use in place of `wanted`, which may have no terminfo(5) entry there.
std::string usable_term(int root, const std::string& wanted);

} // namespace jailcore
