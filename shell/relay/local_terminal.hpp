// The user's side of a session that has a terminal: its size, its raw mode, and what the session left
// switched on.
#pragma once

#include "pty/terminal.hpp"

#include <bitset>
#include <optional>
#include <string>
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

    // Raw mode. Typed-ahead input is kept. Outside of the terminal's foreground process group the kernel
    // stops us instead (SIGTTOU), and where a signal ends that, it is not raw yet: to be called again behind
    // SIGCONT. Throws StepError("terminal settings").
    void enter();

    // Puts the settings back; nothing where they were not changed. A terminal that is gone is no error.
    void leave() noexcept;

    [[nodiscard]] bool raw() const { return raw_; }

private:
    int terminal_;
    bool raw_ = false;
    std::optional<termios> found_;
};

// Follows the private modes (ECMA-48 CSI ? n h, CSI ? n l: xterm's ctlseqs, "DECSET") that leave a terminal
// unusable for whoever comes next. Pure; output may be cut anywhere.
class TerminalModes {
public:
    void watch(std::string_view output);

    // What to write so that none is left on; "" where none is.
    [[nodiscard]] std::string reset() const;

private:
    enum class State { text, escape, control, modes, skip };
    void step(char c);
    void next_parameter(char c);
    void apply(bool set);

    State state_ = State::text;
    std::string parameters_;
    std::bitset<16> changed_; // by index in the table of watched modes
    bool keypad_ = false;
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
