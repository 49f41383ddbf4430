// One process as /proc shows it. proc(5). Through one descriptor of its folder, which stays with this
// process: when another gets its number, reading fails.
#pragma once

#include "jailcore/listing/processes.hpp"
#include "pty/fd.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jailcore {

// The numbers of all processes there are just now. Throws StepError.
std::vector<int32_t> all_pids();

class ProcFolder {
public:
    // False where the process is gone.
    explicit ProcFolder(int32_t pid);
    explicit operator bool() const { return static_cast<bool>(folder_); }

    // The inode of its pid namespace; nothing where it is gone or not ours to look at.
    [[nodiscard]] std::optional<uint64_t> pid_namespace() const;
    // A descriptor of it.
    [[nodiscard]] pty::UniqueFd open_pid_namespace() const;
    // At most `limit` bytes of a file; nothing where the process is gone or the file is not ours to read.
    [[nodiscard]] std::optional<std::string> read(const char* name, size_t limit) const;
    // Nothing where it is gone, or has become a zombie's remains.
    [[nodiscard]] std::optional<Process> process() const;

private:
    int32_t pid_;
    pty::UniqueFd folder_;
};

} // namespace jailcore
