// The text of a jail's /etc/passwd and /etc/group, as passwd(5) and group(5) lay it out. Pure: whoever calls
// reads the files, by descriptor and below the jail's root. No name service of the host or of the jail is
// asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

struct User {
    std::string name;
    uint32_t uid = 0;
    uint32_t gid = 0;
    std::vector<uint32_t> groups; // supplementary, gid included, none twice
    std::string home;             // absolute
    std::string shell;            // absolute
    bool operator==(const User&) const = default;
};

// Digits only, no leading zero, at most 4294967294: (uid_t)-1 means "unchanged" to the kernel.
std::optional<uint32_t> parse_id(std::string_view text);

// The entry named `name`. Lines that are not well formed are passed over; the first of a name counts.
std::optional<User> find_user(std::string_view passwd, std::string_view name);
std::optional<User> find_user(std::string_view passwd, uint32_t uid);

// The gid of the group called `name`.
std::optional<uint32_t> find_group(std::string_view group, std::string_view name);

// The gid that `wanted` means: the name of a group, or else a decimal gid, which needs no entry; `#N` always
// is one.
std::optional<uint32_t> select_group(std::string_view group, std::string_view wanted);

// The groups that `user` is a member of, its own gid first.
std::vector<uint32_t> groups_of(std::string_view group, const User& user);

// Whom `wanted` (a name that exists, or else a decimal uid; "": `superuser`) means in a jail with these
// files. As with sudo(8), a name of digits is a name, and `#N` always the uid N. A number needs no entry:
// such a user has the gid of the same number, "/" for a home and /bin/sh. Nothing where there is no such
// user: no spelling falls through to the superuser.
std::optional<User> select_user(std::string_view passwd, std::string_view group, std::string_view wanted,
                                uint32_t superuser = 0);

} // namespace jailcore
