#include "jailcore/linux/jail_cgroup.hpp"

#include "jailcore/linux/proc_file.hpp"
#include "router/contract/target.hpp"

namespace jailcore {
namespace {

constexpr std::string_view all_jails = "/jconsole/";

// The path of the line that begins as `hierarchy`, ID:CONTROLLERS; "" where there is none.
std::string_view path_in(std::string_view text, std::string_view hierarchy) {
    while (!text.empty()) {
        std::string_view line = cut(text, '\n');
        if (line.size() > hierarchy.size() && line.starts_with(hierarchy) && line[hierarchy.size()] == ':')
            return line.substr(hierarchy.size() + 1);
    }
    return {};
}

bool is_within(std::string_view path, std::string_view cgroup) {
    return path.starts_with(cgroup) && (path.size() == cgroup.size() || path[cgroup.size()] == '/');
}

std::string_view first_foreign_jail(std::string_view path, std::string_view own) {
    for (size_t at = path.find(all_jails); at != std::string_view::npos; at = path.find(all_jails, at + 1)) {
        size_t name = at + all_jails.size();
        size_t end = std::min(path.find('/', name), path.size());
        if (contract::is_jail_name(path.substr(name, end - name)) && !is_within(own, path.substr(0, end)))
            return path.substr(0, end);
    }
    return {};
}

} // namespace

std::string foreign_jail(std::string_view theirs, std::string_view ours) {
    while (!theirs.empty()) {
        std::string_view path = cut(theirs, '\n');
        std::string_view number = cut(path, ':');
        std::string_view controllers = cut(path, ':');
        std::string hierarchy = std::string(number) + ":" + std::string(controllers);
        if (auto jail = first_foreign_jail(path, path_in(ours, hierarchy)); !jail.empty())
            return std::string(jail);
    }
    return {};
}

} // namespace jailcore
