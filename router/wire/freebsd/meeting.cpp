#include "router/wire/meeting.hpp"

namespace wire {

// hier(7): there is no /run, and what is of the ports is configured below /usr/local.
constinit const std::string_view system_directory = "/var/run/jconsole";
constinit const std::string_view system_socket = "/var/run/jconsole/socket";
constinit const std::string_view system_configuration = "/usr/local/etc/jconsole";

} // namespace wire
