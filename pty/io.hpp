// Whole reads and writes on blocking descriptors, and whether one would block.
#pragma once

#include <string>
#include <string_view>

namespace pty {

// Writes all of `data`; throws StepError("write", subject).
void write_all(int fd, std::string_view data, std::string_view subject);

// Reads to the end of the file, at most `limit` bytes (EFBIG beyond); throws StepError("read", subject).
std::string read_all(int fd, std::string_view subject, size_t limit = size_t{64} << 20);

// Whether a read would not wait: there is something, or the end. False as well where `fd` is none.
bool is_readable(int fd);

} // namespace pty
