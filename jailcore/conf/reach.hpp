// How a system reaches the files of a configuration from within the reader's sandbox.
#pragma once

#include "pty/fd.hpp"

#include <string>
#include <vector>

namespace jailcore::conf {

// To be read, waiting for nobody: the open of a FIFO would wait for its writer. None, with errno, where it
// cannot be opened.
pty::UniqueFd open_to_read(const std::string& path);

// As glob(3), in order.
std::vector<std::string> glob_paths(const std::string& pattern);

} // namespace jailcore::conf
