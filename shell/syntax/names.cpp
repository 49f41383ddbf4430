#include "shell/syntax/names.hpp"

#include "router/contract/target.hpp"

#include <algorithm>
#include <cstddef>

namespace shell {
namespace {

constexpr size_t longest_name = 255; // of a user

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

} // namespace

bool is_jail_pattern(std::string_view text) {
    bool any = false;
    for (std::string_view rest = text; !rest.empty();) {
        size_t dot = std::min(rest.find('.'), rest.size());
        std::string_view part = rest.substr(0, dot);
        any = any || part == "*";
        if (part != "*" && !contract::is_jail_name(part))
            return false;
        rest.remove_prefix(std::min(dot + 1, rest.size()));
    }
    return any && !text.ends_with('.');
}

bool is_user_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_name && text[0] != '-' &&
           text.find_first_of(":/\n") == std::string_view::npos;
}

bool is_assignment(std::string_view text) {
    size_t equals = text.find('=');
    return equals != std::string_view::npos && equals > 0 && !is_digit(text[0]) &&
           std::ranges::all_of(text.substr(0, equals), is_word);
}

} // namespace shell
