// Who somebody becomes in a jail, and with which variables. Pure.
#pragma once

#include "jailcore/passwd.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

// Whom `wanted` and `wanted_group` mean in a jail with these files (jailcore/passwd.hpp; "": the superuser,
// his own groups). Throws EnterFailure.
User find_entered(std::string_view passwd, std::string_view group, const std::string& wanted,
                  const std::string& wanted_group, uint32_t superuser = 0);

// A clean environment for him, and what his client adds. Throws EnterFailure.
std::vector<std::string> environment_for(const User& user, const std::vector<std::string>& extra);

} // namespace jailcore
