// Who somebody is in the jail that this process is in: from its text files, never from its databases or
// libraries.
#pragma once

#include "jailcore/passwd.hpp"

#include <string>

namespace jailcore {

// As jailcore/enter/identity.hpp has it. Throws EnterFailure.
User find_user_inside(const std::string& wanted, const std::string& group);

} // namespace jailcore
