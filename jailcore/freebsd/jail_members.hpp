// The processes in jails, as FreeBSD's kernel lists them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace jailcore {

struct Member {
    pid_t pid = 0;
    int32_t jid = 0;
    std::string command;
    std::string waits_for; // in the kernel; "": nothing
};

// All that are in these jails and no zombies. Throws pty::StepError.
std::vector<Member> members_of(std::span<const int32_t> jids);

// Sends it to each of them that is still there.
void signal_members(std::span<const Member> members, int signal);

} // namespace jailcore
