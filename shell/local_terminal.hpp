// The user's side of a session that has a terminal: its size, its raw mode, and what the session left
// switched on.
#pragma once

#include "pty/terminal.hpp"
#include "shell/raw_terminal.hpp"
#include "shell/terminal_modes.hpp"

#include <optional>
#include <string_view>

namespace shell {

// The standard input or output may be a terminal, both, or (with -t in a pipeline) neither. The descriptors
// are not owned. What is left when this object goes is as it was found.
class LocalTerminal {
public:
    // `told` is the size that the router knows.
    LocalTerminal(int input, int output, const pty::WindowSize& told);
    ~LocalTerminal() { restore(); }
    LocalTerminal(const LocalTerminal&) = delete;
    LocalTerminal& operator=(const LocalTerminal&) = delete;

    // What is typed comes from a terminal.
    [[nodiscard]] bool typed() const { return typed_; }

    // Raw mode, where input is a terminal. Throws StepError.
    void enter();
    void leave() { raw_.leave(); }

    // Output of the session that is about to be shown.
    void watch(std::string_view output) { modes_.watch(output); }

    // The size, where it is not what the router knows; it knows it then.
    std::optional<pty::WindowSize> changed_size();

    void restore();

private:
    int output_;
    bool typed_;
    int size_source_; // -1: no terminal
    pty::WindowSize told_;
    TerminalModes modes_;
    RawTerminal raw_;
};

} // namespace shell
