// Who has a session before him: what of it belongs to one connection, and goes with that.
#pragma once

#include "pty/terminal.hpp"
#include "router/wire/principal.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace worker {

enum class Role {
    writer,  // sees the output, and types
    watcher, // sees it; what he types goes nowhere
};

struct Viewer {
    wire::Principal principal;
    Role role = Role::writer;
    uint64_t cursor = 0;                 // bytes of a terminal's output that he was sent
    uint64_t input = 0;                  // bytes of his that the terminal has taken
    std::string unsent;                  // of his that it has not; his credit bounds them
    bool input_ended = false;            // no more will come
    std::optional<pty::WindowSize> size; // of his terminal, once he has told

    // What a session tells him. Both may end the viewer.
    std::function<void()> output_ready;               // output() has something, or finished() is true
    std::function<void(size_t bytes)> input_consumed; // the program, or its terminal, has taken them
};

} // namespace worker
