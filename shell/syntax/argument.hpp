// What a word on the command line stands for: an argument of a verb, or the value of an option.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace shell {

// Where the words come from that may stand there. The completions ask, and so does whoever judges a word.
enum class Completes {
    nothing,           // free text
    choice,            // Argument::choices
    jail,              // running or configured
    running_jail,      // or pid:N
    configured_jail,   // of the configuration in use
    session,           // JAIL:N
    user,              // of the jail that is named
    file,              // on this side
    directory_in_jail, // of the jail that is named, absolute
    verb,              // in one word or two
    host,              // of a router that is far away
};

struct Argument {
    std::string_view name; // as the synopsis shows it
    Completes completes = Completes::nothing;
    std::string_view choices = {}; // separated by spaces
    bool optional = false;
    bool repeats = false;
    bool patterns = false; // a jail's name may have `*` for a part of it
};

constexpr bool is_jail(const Argument& argument) {
    return argument.completes == Completes::jail || argument.completes == Completes::running_jail ||
           argument.completes == Completes::configured_jail;
}

// Whether @ and a host may stand behind it.
constexpr bool can_be_far(const Argument& argument) {
    return is_jail(argument) || argument.completes == Completes::session;
}

// The words of a list as the tables have them, separated by single spaces.
std::vector<std::string_view> words_of(std::string_view list);

} // namespace shell
