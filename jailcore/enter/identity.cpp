#include "jailcore/enter/identity.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/environment.hpp"

namespace jailcore {
namespace {

// In digits, behind a # or not.
bool is_number(std::string_view text) {
    text.remove_prefix(text.starts_with('#') ? 1 : 0);
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// As with other tools that take USER:GROUP, it is then the only group.
void choose_group(User& user, std::string_view groups, const std::string& wanted) {
    if (wanted.empty())
        return;
    auto gid = select_group(groups, wanted);
    if (!gid && is_number(wanted))
        throw EnterFailure("user", wanted + " is no gid", "they are 0 to 4294967294, without zeros in front");
    if (!gid)
        throw EnterFailure("user", "there is no group '" + wanted + "' in the jail",
                           "name a group of its /etc/group, or a gid");
    user.gid = *gid;
    user.groups = {*gid};
}

} // namespace

User find_entered(std::string_view passwd, std::string_view group, const std::string& wanted,
                  const std::string& wanted_group, uint32_t superuser) {
    auto user = select_user(passwd, group, wanted, superuser);
    if (!user && is_number(wanted))
        throw EnterFailure("user", wanted + " is no uid", "they are 0 to 4294967294, without zeros in front");
    if (!user)
        throw EnterFailure("user", "there is no user '" + wanted + "' in the jail",
                           "name a user of its /etc/passwd, or a uid");
    choose_group(*user, group, wanted_group);
    return *user;
}

std::vector<std::string> environment_for(const User& user, const std::vector<std::string>& extra) {
    for (const std::string& assignment : extra)
        if (!is_variable(assignment))
            throw EnterFailure("environment", "'" + assignment + "' does not set a variable",
                               "write NAME=value");
    return clean_environment(user, extra);
}

} // namespace jailcore
