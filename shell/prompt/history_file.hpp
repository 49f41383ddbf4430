// The commands of a user, kept from one shell to the next.
#pragma once

#include "pty/fd.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace prompt {

// The file is its user's alone (0600), never reached through a link, and never longer than `bound` lines,
// also where several shells write to it.
class HistoryFile {
public:
    static constexpr size_t default_bound = 1000;
    static constexpr size_t longest_line = 4096; // bytes; a longer command is not kept

    // Opens `folder`/history, and makes what is missing of them. Throws shell::FailureError where somebody
    // else could have made or could read it, and pty::StepError.
    explicit HistoryFile(const std::string& folder, size_t bound = default_bound);

    // The newest last. Throws pty::StepError, and shell::FailureError where another process keeps it locked.
    [[nodiscard]] std::vector<std::string> lines() const;

    // Adds one command. What cannot stand in one line of the file is left out. Throws as lines() does.
    void add(std::string_view command);

private:
    [[nodiscard]] std::string content() const;

    std::string path_;
    size_t bound_;
    pty::UniqueFd file_;
};

} // namespace prompt
