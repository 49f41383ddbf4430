// JSON of listings: ASCII, so that nothing in it moves a terminal, and in the order in which it is put
// together.
#pragma once

#include "pty/escape.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace jailcore {

using Json = nlohmann::ordered_json;

// A string that may not be UTF-8.
inline std::string json_text(std::string_view text) {
    return pty::escape_invalid(text);
}

inline std::string to_text(const Json& json) {
    return json.dump(1, ' ', true) + "\n";
}

} // namespace jailcore
