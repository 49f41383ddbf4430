// Small files of the state directory, replaced as a whole: a reader, or a router after a crash, sees the old
// or the new content and never a part.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitor {

// What a write that was cut off has left: a name, and this.
inline constexpr std::string_view unfinished_suffix = "~";

// Throws pty::StepError; then there is what was there before.
void write_state(int directory, const std::string& name, std::string_view content);
// Nothing where there is none, or it cannot be read.
std::optional<std::string> read_state(int directory, const std::string& name);
void remove_state(int directory, const std::string& name);
// Names of the files that end in `suffix`, without it.
std::vector<std::string> list_state(int directory, std::string_view suffix);

} // namespace monitor
