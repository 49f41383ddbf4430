// The passwd(5) and group(5) of a jail, in whose hands they are, and the user that a client asks for. The
// input is the three texts, a NUL between them.
#include "jailcore/passwd.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

constexpr uint32_t superuser = 4321; // a number that no text names by chance

std::string_view take_text(std::string_view& rest) {
    std::string_view text = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(text.size() + 1, rest.size()));
    return text;
}

void require(bool holds) {
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    std::string_view passwd = take_text(rest), group = take_text(rest), wanted = take_text(rest);
    auto number = jailcore::parse_id(wanted.starts_with('#') ? wanted.substr(1) : wanted);
    auto gid = jailcore::select_group(group, wanted);
    require(!gid || gid == jailcore::find_group(group, wanted) || gid == number);
    auto user = jailcore::select_user(passwd, group, wanted, superuser);
    if (!user)
        return 0;
    require(user->home.starts_with('/') && user->shell.starts_with('/'));
    require(user->home.find('\n') == std::string::npos && user->shell.find('\n') == std::string::npos);
    require(!user->groups.empty() && user->groups.front() == user->gid);
    auto groups = user->groups;
    std::ranges::sort(groups);
    require(std::adjacent_find(groups.begin(), groups.end()) == groups.end());
    // What is asked for is what comes: a name its entry, else a number itself, and nobody else.
    if (wanted.empty())
        require(user->uid == superuser);
    else
        require(user->name == wanted || (number && user->uid == *number));
    return 0;
}
