// Reading the host's proc by directory descriptors.
#pragma once

#include <string>
#include <string_view>

namespace jailcore {

// The whole of `path` below the directory `dir`. Throws StepError.
std::string read_proc(int dir, const std::string& path);

// Cuts what precedes `separator` off `rest`; all of it where there is none.
std::string_view cut(std::string_view& rest, char separator);

} // namespace jailcore
