// What the file system that a file lies in has to say.
#pragma once

#include <string>

namespace jailcore {

// Whether nothing is executed there (mount -o noexec).
bool refuses_execution(const std::string& path);

} // namespace jailcore
