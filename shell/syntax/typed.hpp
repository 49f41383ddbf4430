// Commands in messages, as the user would have to type them. Pure.
#pragma once

#include "shell/quoted.hpp"
#include "shell/syntax/options.hpp"

#include <string>
#include <string_view>

namespace shell {

// Whoever writes 'jconsole start web' into a message, the router or a helper of it, does not know which -f,
// -H and --router led there, without which the command does something else. Here they are added, to each
// command whose verb takes them.
class TypedCommands {
public:
    explicit TypedCommands(const Options& given);

    // In a whole text.
    [[nodiscard]] std::string all(std::string_view text) const;

    // In a text that comes in pieces, cut anywhere: all but the end of the piece, as long as that may be the
    // beginning of a command.
    std::string take(std::string_view piece);
    // What was held back.
    std::string finish();

private:
    [[nodiscard]] std::string whole(std::string_view text, size_t end) const;
    [[nodiscard]] std::string options_for(const Verb& verb) const;

    std::string config_;
    std::string host_;
    std::string router_;
    std::string held_;
};

} // namespace shell
