// The options of `kill`, which are those of jkill(8) of the jailutils.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jailcore {

struct KillOptions {
    bool force = false;     // -f: SIGKILL for what two SIGTERM have not ended
    bool no_script = false; // -k: without its /etc/rc.shutdown
    bool quiet = false;     // -q: neither warnings nor that it is removed
    bool verbose = false;   // -v: what its script says is shown
    int64_t seconds = 3;    // -t: after each signal
    // No option: how long its script may take, as long as FreeBSD's rc.shutdown(8) lets itself
    // (rcshutdown_timeout). It is the jail's, and could go on for ever.
    int64_t script_seconds = 90;
};

inline constexpr int kill_rounds = 2; // of SIGTERM: a shell that waits for a command heeds the second

// Throws StartFailure where it cannot be understood.
KillOptions parse_kill(const std::vector<std::string>& words);

} // namespace jailcore
