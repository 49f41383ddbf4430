// Short names for what is often typed: `alias ll = ls -v`.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace prompt {

class Aliases {
public:
    // `text` is what follows the word alias: NAME = VALUE, where the value is the rest of the line, or one
    // quoted word. Throws shell::FailureError where it is neither.
    void define(std::string_view text);

    // Whether there was one.
    bool remove(const std::string& name);

    // The line with its first word replaced for as long as that is the name of an alias; each stands in for
    // itself once only. A quoted word is none.
    [[nodiscard]] std::string expand(std::string_view line) const;

    [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }

    // `alias NAME = VALUE` and a newline for each, or for the one that is named.
    [[nodiscard]] std::string list() const;
    [[nodiscard]] std::string list(const std::string& name) const;

    [[nodiscard]] std::vector<std::string> names() const;

private:
    std::map<std::string, std::string, std::less<>> values_;
};

// The aliases in the user's configuration file (shell/prompt/places.hpp), and in `complaints` one line for
// each line of it that is neither an alias nor a comment, or for the whole file where others could have
// written it.
Aliases read_aliases(const std::string& path, std::vector<std::string>& complaints);

} // namespace prompt
