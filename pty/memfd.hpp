// Sealed memfds: how anything larger than a message travels between our processes. memfd_create(2), fcntl(2)
// F_ADD_SEALS; FreeBSD has both since 13.0.
#pragma once

#include "pty/fd.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pty {

// An empty one, which can be sealed, and never be executed where the kernel knows of that; and its seals,
// with `more` of the system's, when whoever was to write to it has ended. They throw StepError.
UniqueFd make_memfd(const char* name);
void seal_memfd(int fd, const char* name, int more = 0);

// A memfd that holds `content` and can never again be written, shrunk or grown. Throws StepError.
UniqueFd sealed_memfd(const char* name, std::string_view content);

// The bytes in a memfd that somebody else made: nothing unless it is sealed against writing, shrinking and
// growing (so that it cannot change while it is read) and holds at most `limit` bytes.
std::optional<size_t> sealed_size(int fd, size_t limit);

// Such a memfd in this process's memory for as long as that lives, without a copy: for what is large and
// hardly looked at. What is written there stays in this process. Nothing too where it cannot be mapped.
std::optional<std::span<char>> map_sealed(int fd, size_t limit);

// Fills `content` from such a memfd's beginning. False where it is shorter, or cannot be read.
bool read_sealed(int fd, std::span<char> content);

// Both in one: all that it holds.
std::optional<std::string> read_sealed(int fd, size_t limit);

} // namespace pty
