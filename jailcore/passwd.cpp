#include "jailcore/passwd.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace jailcore {
namespace {

constexpr size_t max_groups = 65536; // NGROUPS_MAX of Linux; setgroups(2) refuses more

// Cuts what precedes `separator` off `rest`; all of it where there is none.
std::string_view cut(std::string_view& rest, char separator) {
    size_t end = std::min(rest.find(separator), rest.size());
    std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return piece;
}

template <size_t count>
std::optional<std::array<std::string_view, count>> fields_of(std::string_view line) {
    if (std::ranges::count(line, ':') != count - 1 || line.find('\0') != std::string_view::npos)
        return std::nullopt;
    std::array<std::string_view, count> fields;
    for (auto& field : fields)
        field = cut(line, ':');
    // `+` and `-` ask for a name service, `#` is a comment.
    if (fields[0].empty() || std::string_view("+-#").find(fields[0][0]) != std::string_view::npos)
        return std::nullopt;
    return fields;
}

std::string absolute_or(std::string_view path, const char* otherwise) {
    return path.starts_with('/') ? std::string(path) : otherwise;
}

std::optional<User> parse_user(std::string_view line) {
    auto fields = fields_of<7>(line);
    if (!fields)
        return std::nullopt;
    auto uid = parse_id((*fields)[2]);
    auto gid = parse_id((*fields)[3]);
    if (!uid || !gid)
        return std::nullopt;
    return User{std::string((*fields)[0]),           *uid, *gid, {*gid}, absolute_or((*fields)[5], "/"),
                absolute_or((*fields)[6], "/bin/sh")};
}

template <class Match>
std::optional<User> first_user(std::string_view passwd, Match match) {
    while (!passwd.empty())
        if (auto user = parse_user(cut(passwd, '\n')); user && match(*user))
            return user;
    return std::nullopt;
}

// `#N`, which no name begins with, or N.
std::optional<uint32_t> number_of(std::string_view text) {
    return parse_id(text.substr(text.starts_with('#') ? 1 : 0));
}

bool lists(std::string_view members, std::string_view name) {
    while (!members.empty())
        if (cut(members, ',') == name)
            return true;
    return false;
}

} // namespace

std::optional<uint32_t> parse_id(std::string_view text) {
    uint32_t id = 0;
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, id);
    if (text.empty() || error != std::errc() || stop != end || (text.size() > 1 && text[0] == '0') ||
        id == std::numeric_limits<uint32_t>::max())
        return std::nullopt;
    return id;
}

std::optional<User> find_user(std::string_view passwd, std::string_view name) {
    return first_user(passwd, [&](const User& user) {
        return user.name == name;
    });
}

std::optional<User> find_user(std::string_view passwd, uint32_t uid) {
    return first_user(passwd, [&](const User& user) {
        return user.uid == uid;
    });
}

std::optional<uint32_t> find_group(std::string_view group, std::string_view name) {
    while (!group.empty())
        if (auto fields = fields_of<4>(cut(group, '\n')); fields && (*fields)[0] == name)
            if (auto gid = parse_id((*fields)[2]))
                return gid;
    return std::nullopt;
}

std::optional<uint32_t> select_group(std::string_view group, std::string_view wanted) {
    auto named = find_group(group, wanted);
    return named ? named : number_of(wanted);
}

std::vector<uint32_t> groups_of(std::string_view group, const User& user) {
    std::vector<uint32_t> groups;
    while (!group.empty()) {
        auto fields = fields_of<4>(cut(group, '\n'));
        if (!fields || !lists((*fields)[3], user.name))
            continue;
        if (auto gid = parse_id((*fields)[2]))
            groups.push_back(*gid);
    }
    std::ranges::sort(groups);
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    std::erase(groups, user.gid);
    groups.insert(groups.begin(), user.gid);
    groups.resize(std::min(groups.size(), max_groups));
    return groups;
}

std::optional<User> select_user(std::string_view passwd, std::string_view group, std::string_view wanted,
                                uint32_t superuser) {
    auto id = wanted.empty() ? superuser : number_of(wanted);
    auto user = find_user(passwd, wanted);
    if (!user && id)
        user = find_user(passwd, *id);
    if (user) {
        user->groups = groups_of(group, *user);
        return user;
    }
    if (!id)
        return std::nullopt;
    return User{*id == 0 ? "root" : std::to_string(*id), *id, *id, {*id}, "/", "/bin/sh"};
}

} // namespace jailcore
