// Sealed memfds: how anything larger than a message travels between our processes, and what our programs are
// executed from inside jails. memfd_create(2), fcntl(2) F_ADD_SEALS; FreeBSD has both since 13.0.
#pragma once

#include "pty/fd.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pty {

// A memfd that holds `content` and can never again be written, shrunk or grown. Throws StepError.
UniqueFd sealed_memfd(const char* name, std::string_view content);

// A sealed memfd with the bytes of the file at `path`, for executing it. Throws StepError.
UniqueFd sealed_copy_of(const char* path);

// The bytes in a memfd that somebody else made: nothing unless it is sealed against writing, shrinking and
// growing (so that it cannot change while it is read) and holds at most `limit` bytes.
std::optional<size_t> sealed_size(int fd, size_t limit);

// Fills `content` from such a memfd's beginning. False where it is shorter, or cannot be read.
bool read_sealed(int fd, std::span<char> content);

// Both in one: all that it holds.
std::optional<std::string> read_sealed(int fd, size_t limit);

} // namespace pty
