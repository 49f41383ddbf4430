#include "jailcore/environment.hpp"

#include <algorithm>
#include <unordered_map>

namespace jailcore {
namespace {

// The locale says what a letter is; the kernel's and our programs' names are ASCII whatever it says.
bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view name_of(std::string_view assignment) {
    return assignment.substr(0, assignment.find('='));
}

} // namespace

bool is_variable(std::string_view assignment) {
    size_t length = assignment.find('=');
    if (length == 0 || length == std::string_view::npos || !is_letter(assignment[0]))
        return false;
    return std::ranges::all_of(assignment.substr(0, length), [](char c) {
        return is_letter(c) || is_digit(c);
    });
}

std::vector<std::string> clean_environment(const User& user, std::span<const std::string> extra) {
    const std::vector<std::string> base{
        "PATH=" + std::string(default_path),
        "HOME=" + user.home,
        "USER=" + user.name,
        "LOGNAME=" + user.name,
        "SHELL=" + user.shell,
        "LANG=C.UTF-8",
    };
    std::vector<std::string> environment = base;
    // By name, for whoever enters may bring as many as a program can be given.
    std::unordered_map<std::string_view, size_t> places;
    for (size_t i = 0; i < base.size(); ++i)
        places.emplace(name_of(base[i]), i);
    for (const std::string& assignment : extra) {
        auto [place, is_new] = places.try_emplace(name_of(assignment), environment.size());
        if (is_new)
            environment.push_back(assignment);
        else
            environment[place->second] = assignment;
    }
    return environment;
}

std::string_view value_of(std::span<const std::string> environment, std::string_view name) {
    for (std::string_view entry : environment)
        if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
            return entry.substr(name.size() + 1);
    return {};
}

void set_variable(std::vector<std::string>& environment, std::string_view assignment) {
    auto there = std::ranges::find(environment, name_of(assignment), name_of);
    if (there == environment.end())
        environment.emplace_back(assignment);
    else
        *there = assignment;
}

} // namespace jailcore
