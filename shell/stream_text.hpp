// What a stream's bytes become before they are shown, where they are not shown as they are.
#pragma once

#include "pty/escape.hpp"
#include "shell/typed.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace shell {

struct StreamText {
    std::optional<TypedCommands> commands;  // made whole, where it is there
    std::optional<pty::EscapedLines> lines; // made safe for a terminal, where it is there
    size_t received = 0; // bytes whose credit has not been given back: the text has another length than they

    std::string take(std::string_view data) {
        received += data.size();
        std::string text = commands ? commands->take(data) : std::string(data);
        return lines ? lines->take(text) : text;
    }

    // What was held back.
    std::string finish() {
        std::string text = commands ? commands->finish() : std::string();
        return lines ? lines->take(text) + lines->finish() : text;
    }
};

} // namespace shell
