#include "shell/quoted.hpp"

#include <algorithm>
#include <cctype>

namespace shell {

std::string single_quoted(std::string_view word) {
    std::string text = "'";
    for (char c : word)
        text.append(c == '\'' ? "'\\''" : std::string(1, c));
    return text + "'";
}

std::string typed(std::string_view word) {
    bool plain = std::ranges::all_of(word, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("_./+:@%,=-").find(c) != std::string_view::npos;
    });
    return plain && !word.empty() ? std::string(word) : single_quoted(word);
}

std::string typed_router(const std::string& router) {
    return router.empty() ? "" : " --router " + typed(router);
}

} // namespace shell
