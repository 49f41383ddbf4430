#include "router/contract/target.hpp"

#include <algorithm>
#include <charconv>

namespace contract {
namespace {

constexpr size_t longest_name = 255; // bytes

bool is_first(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_later(char c) {
    return is_first(c) || c == '.' || c == '+' || c == '-';
}

} // namespace

bool is_jail_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_name && is_first(text.front()) &&
           std::ranges::all_of(text, is_later) && !text.ends_with('.') &&
           text.find("..") == std::string_view::npos;
}

std::optional<pid_t> pid_target(std::string_view text) {
    constexpr std::string_view prefix = "pid:";
    if (!text.starts_with(prefix))
        return std::nullopt;
    std::string_view digits = text.substr(prefix.size());
    pid_t pid = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    // One process has one name: without zeros in front.
    if (error != std::errc() || end != digits.data() + digits.size() || pid <= 0 || digits.front() == '0')
        return std::nullopt;
    return pid;
}

std::optional<Target> Target::from_text(std::string_view text) {
    if (pid_target(text))
        return Target{Source::process, std::string(text)};
    if (is_jail_name(text))
        return Target{Source::ours, std::string(text)};
    return std::nullopt;
}

} // namespace contract
