#include "jailcore/conf/names.hpp"

#include <cstdlib>

namespace jailcore::conf {
namespace {

// Takes the component before the first dot, and the dot.
std::string_view take_component(std::string_view& name) {
    size_t dot = name.find('.');
    std::string_view component = name.substr(0, dot);
    name.remove_prefix(dot == std::string_view::npos ? name.size() : dot + 1);
    return component;
}

} // namespace

bool is_wildcard(std::string_view block) {
    while (!block.empty())
        if (take_component(block) == "*")
            return true;
    return false;
}

bool wildcard_matches(std::string_view wildcard, std::string_view jail) {
    while (jail.find('.') != std::string_view::npos && wildcard.find('.') != std::string_view::npos) {
        std::string_view of_jail = take_component(jail);
        std::string_view of_wildcard = take_component(wildcard);
        if (of_jail != of_wildcard && of_wildcard != "*")
            return false;
    }
    return jail == wildcard || wildcard == "*";
}

bool is_jid(const std::string& block) {
    char* end = nullptr;
    return std::strtol(block.c_str(), &end, 10) != 0 && *end == '\0';
}

} // namespace jailcore::conf
