// JSON as FreeBSD's libxo(3) prints it.
#pragma once

#include "pty/json.hpp"

#include <string>
#include <string_view>

namespace jailcore {

// {"__version": VERSION, CONTAINER: {LIST: [...]}} with an object for each of `rows`, in one line and with
// libxo's blanks, or over several lines.
std::string libxo_text(std::string_view version, std::string_view container, std::string_view list,
                       const pty::Json& rows, bool several_lines);

} // namespace jailcore
