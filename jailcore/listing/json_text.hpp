// JSON as listings print it.
#pragma once

#include "pty/json.hpp"

#include <string>

namespace jailcore {

inline std::string json_text(const pty::Json& json) {
    return json.text(1) + "\n";
}

} // namespace jailcore
