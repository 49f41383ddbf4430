// Reading the host's proc by directory descriptors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jailcore {

// The whole of `path` below the directory `dir`. Throws StepError.
std::string read_proc(int dir, const std::string& path);

// The same of a file that need not be there: nothing where it cannot be read. It throws nothing, for the
// first exception of a statically linked program sorts all of its unwinding tables, which takes as long as a
// third of an attach.
std::optional<std::string> read_if_any(int dir, const std::string& path);

// Cuts what precedes `separator` off `rest`; all of it where there is none.
std::string_view cut(std::string_view& rest, char separator);

} // namespace jailcore
