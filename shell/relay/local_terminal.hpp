// The user's side of a session that has a terminal: its size, its raw mode, and what the session left
// switched on.
#pragma once

#include "pty/terminal.hpp"
#include "shell/relay/terminal_modes.hpp"

#include <optional>
#include <string_view>
#include <termios.h>

namespace shell {

// Raw mode, and back. Holds the settings found first, and puts them back on every way out of the scope.
class RawTerminal {
public:
    // `terminal` is not owned and must outlive this object.
    explicit RawTerminal(int terminal) : terminal_(terminal) {}
    ~RawTerminal() { leave(); }
    RawTerminal(const RawTerminal&) = delete;
    RawTerminal& operator=(const RawTerminal&) = delete;

    // Raw mode. Typed-ahead input is kept. Throws StepError("terminal settings").
    void enter();

    // Puts the settings back; nothing where they were not changed. A terminal that is gone is no error.
    void leave() noexcept;

    [[nodiscard]] bool raw() const { return raw_; }

private:
    int terminal_;
    bool raw_ = false;
    std::optional<termios> found_;
};

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
