// What jenter was asked for: its arguments, and the descriptor that holds the program.
#pragma once

#include "pty/program.hpp"
#include "pty/terminal.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jailcore {

enum class EnterMode { tty, pipe, check, look };

struct EnterRequest {
    EnterMode mode = EnterMode::check;
    pty::WindowSize size; // tty
    bool json = false;    // check
    bool repair = false;  // check: it was asked for
    pty::Program program; // tty, pipe
};

// The arguments of jenter, or those of the order that `jenter wait` waits for, whose descriptors are in their
// places then; none: whoever was to give it has died. Throws EnterFailure.
std::optional<std::vector<std::string>> words_or_order(int argc, char** argv);

// `words` are jenter's arguments. Throws EnterFailure.
EnterRequest read_request(std::span<const std::string> words);

} // namespace jailcore
