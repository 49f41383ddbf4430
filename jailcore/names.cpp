#include "jailcore/names.hpp"

#include <algorithm>
#include <charconv>

namespace jailcore {
namespace {

bool alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool first(char c) {
    return alphanumeric(c) || c == '_';
}

bool later(char c) {
    return first(c) || c == '.' || c == '+' || c == '-';
}

} // namespace

bool valid_jail_name(std::string_view name) {
    return !name.empty() && name.size() <= max_name && first(name.front()) &&
           std::ranges::all_of(name, later) && !name.ends_with('.') &&
           name.find("..") == std::string_view::npos;
}

std::optional<pid_t> pid_target(std::string_view name) {
    constexpr std::string_view prefix = "pid:";
    if (!name.starts_with(prefix))
        return std::nullopt;
    std::string_view digits = name.substr(prefix.size());
    pid_t pid = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if (error != std::errc() || end != digits.data() + digits.size() || pid <= 0 || digits.front() == '+')
        return std::nullopt;
    return pid;
}

} // namespace jailcore
