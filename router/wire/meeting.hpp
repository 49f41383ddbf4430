// Where client and router meet, and what may pass between them before the first frame (docs/protocol.md,
// "Before the first frame").
#pragma once

#include <string_view>

namespace wire {

// Of the system's router, beside the socket that everybody may connect to: its queue is root's alone.
inline constexpr std::string_view system_directory = "/run/jconsole";
inline constexpr std::string_view system_socket = "/run/jconsole/socket";
inline constexpr std::string_view root_socket = "root.socket";

// The router's demand for a proof of who its client is: no frame begins with it. A socket comes with it, and
// the proof is to send the same byte there.
inline constexpr char proof_demand = '?';

} // namespace wire
