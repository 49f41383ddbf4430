#include "router/wire/principal.hpp"

#include <charconv>

namespace wire {
namespace {

constexpr std::string_view unix_user = "unix:";

} // namespace

std::optional<Principal> Principal::from_text(std::string_view text) {
    if (!text.starts_with(unix_user))
        return std::nullopt;
    uid_t uid = 0;
    const char* end = text.data() + text.size();
    auto [rest, error] = std::from_chars(text.data() + unix_user.size(), end, uid);
    Principal principal(uid);
    if (error != std::errc() || rest != end || principal.text() != text)
        return std::nullopt;
    return principal;
}

std::string Principal::text() const {
    return std::string(unix_user) + std::to_string(uid_);
}

} // namespace wire
