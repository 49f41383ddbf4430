// The user's terminal in raw mode, and back.
#pragma once

#include <optional>
#include <termios.h>

namespace shell {

// Holds the settings found first, and puts them back on every way out of the scope.
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

} // namespace shell
