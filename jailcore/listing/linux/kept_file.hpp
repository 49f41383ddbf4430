// A small file of /proc or of a cgroup that is read again and again. It stays open, for to open one costs
// several times what reading it does; where the process may have no more descriptors it is opened each time.
#pragma once

#include "pty/fd.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jailcore {

class KeptFile {
public:
    explicit KeptFile(std::string path) : path_(std::move(path)) {}

    // What it holds now, at most the size of `buffer`; nothing where it is gone. One that was open while its
    // process, or its cgroup, went stays gone, whoever has the name by now.
    std::optional<std::string_view> read(std::span<char> buffer);

private:
    std::string path_;
    pty::UniqueFd file_;
};

// Has KeptFiles stay open as long as this process can have descriptors: its soft limit becomes its hard one.
// Before the sandbox. Until it is called, none stays open.
void keep_files_open();

} // namespace jailcore
