// Files of a jail, opened below its root so that no link of the jail leads out of it, and never so that a
// fifo, a device, a file without end or one of the kernel's own could hold us up or be changed by it.
#pragma once

#include "pty/fd.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace jailcore {

// Whether files are stored on a filesystem of that type (Filesystem::type), other than on those that the
// kernel makes up, such as proc.
bool holds_files(const std::string& filesystem);

// An O_PATH descriptor of `path` below the directory `root`, links followed as the jail sees them; empty with
// errno set where it cannot be had.
pty::UniqueFd find_in_jail(int root, const char* path);

// The content of a regular file of at most `limit` bytes on a filesystem that holds files; nothing where
// there is none. `self` is /proc/self
// of the host's proc. Throws EnterFailure where it is something else, or larger; StepError.
std::optional<std::string> read_in_jail(int root, int self, const char* path, size_t limit);

} // namespace jailcore
