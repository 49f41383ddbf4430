#include "shell/excerpt.hpp"

#include <algorithm>
#include <cstddef>

namespace shell {
namespace {

bool continues_a_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

} // namespace

std::string shortened(std::string_view text) {
    constexpr size_t most = 200; // bytes
    if (text.size() <= most)
        return std::string(text);
    size_t end = most;
    while (end > 0 && continues_a_character(text[end]))
        --end;
    return std::string(text.substr(0, end)) + "...";
}

std::string excerpt(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
    return "\"" + shortened(text.substr(0, text.find_first_of("\r\n"))) + "\"";
}

} // namespace shell
