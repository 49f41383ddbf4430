#include "shell/syntax/argument.hpp"

#include <algorithm>

namespace shell {

std::vector<std::string_view> words_of(std::string_view list) {
    std::vector<std::string_view> words;
    while (!list.empty()) {
        size_t space = std::min(list.find(' '), list.size());
        words.push_back(list.substr(0, space));
        list.remove_prefix(std::min(space + 1, list.size()));
    }
    return words;
}

} // namespace shell
