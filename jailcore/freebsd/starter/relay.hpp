// What jail(8) says, with what its commands print among it, in our words: without the name of the program,
// and its news picked out. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace jailcore {

// One of its two outputs. Bytes of others go through as they come; a line that may be jail(8)'s own is held
// back until it is whole.
class Relay {
public:
    // `prefix`: what its lines there begin with. `line`: called with what follows that, without the line
    // feed; what it returns is printed in its place, "": nothing.
    Relay(std::string prefix, std::function<std::string(std::string_view)> line)
        : prefix_(std::move(prefix)), line_(std::move(line)) {}

    // What of it is to be printed now.
    std::string take(std::string_view bytes);
    // What was held back at the end.
    std::string finish();

private:
    // Whether what is held may yet become, or is, a line of its own.
    [[nodiscard]] bool may_be_its() const;

    std::string prefix_;
    std::function<std::string(std::string_view)> line_;
    std::string held_;     // of a line that may be its
    bool passing_ = false; // in a line that is none
};

enum class News {
    none,      // a line for everybody
    detail,    // one that only -v asks for
    created,   // the jail
    ending,    // its processes are told to end
    removed,   // the jail
    unmounted, // of a step back: what it was to unmount is not mounted
};

// Of a line of jail(8)'s behind "NAME: ".
News news_of(std::string_view line);

} // namespace jailcore
