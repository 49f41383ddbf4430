// Who somebody is in the jail that this process is in: from its text files, never from its databases or
// libraries.
#pragma once

#include "jailcore/passwd.hpp"

#include <optional>
#include <string>

namespace jailcore {

// As jailcore/enter/identity.hpp has it. Throws EnterFailure.
User find_user_inside(const std::string& wanted, const std::string& group);

// A regular file, of the size of a database at most; nothing where there is none. Throws EnterFailure where
// it is something else: a jail may have a fifo or a device in its place.
std::optional<std::string> read_inside(const std::string& path);

} // namespace jailcore
