// Where client and router meet, what is written about that, and what may pass between them before the first
// frame (docs/protocol.md, "Before the first frame").
#pragma once

#include <string_view>

namespace wire {

// Of the system's router. Beside the socket that everybody may connect to is one whose queue is root's alone.
extern const std::string_view system_directory;
extern const std::string_view system_socket;
inline constexpr std::string_view root_socket = "root.socket";

// What the system's administrator has written: jail.conf, hosts.
extern const std::string_view system_configuration;

// The router's demand for a proof of who its client is: no frame begins with it. A socket comes with it, and
// the proof is to send the same byte there.
inline constexpr char proof_demand = '?';

} // namespace wire
