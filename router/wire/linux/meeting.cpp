#include "router/wire/meeting.hpp"

namespace wire {

// Filesystem Hierarchy Standard 3.0, 3.7 and 3.15.
constinit const std::string_view system_directory = "/run/jconsole";
constinit const std::string_view system_socket = "/run/jconsole/socket";
constinit const std::string_view system_configuration = "/etc/jconsole";

} // namespace wire
