#include "shell/prompt/completion.hpp"

#include "pty/escape.hpp"

#include <algorithm>

namespace prompt {
namespace {

// Bytes in common; never a part of a character.
size_t common_size(std::string_view a, std::string_view b) {
    size_t size = 0;
    while (size < std::min(a.size(), b.size()) && a[size] == b[size])
        ++size;
    return size;
}

// The longest beginning that is shown as it is.
std::string_view visible_part(std::string_view text) {
    while (!text.empty() && pty::escape(text) != text)
        text.remove_suffix(1);
    return text;
}

bool goes_on(std::string_view candidate) {
    return candidate.ends_with('/') || candidate.ends_with('=');
}

std::string last_part(std::string_view path) {
    size_t slash = path.substr(0, path.size() - (path.ends_with('/') ? 1 : 0)).rfind('/');
    return std::string(slash == std::string_view::npos || slash + 1 == path.size() ? path
                                                                                   : path.substr(slash + 1));
}

} // namespace

Unfinished unfinished(std::string_view text) {
    Line line = split(text);
    Unfinished result;
    result.open = line.open;
    bool in_word = !line.words.empty() && line.words.back().end == text.size();
    for (size_t i = 0; i < line.words.size(); ++i) {
        if (in_word && i + 1 == line.words.size())
            result.current = line.words[i].text;
        else
            result.before.push_back(line.words[i].text);
    }
    return result;
}

Completion complete(const Unfinished& line, std::vector<std::string> candidates) {
    std::erase_if(candidates, [&](const std::string& candidate) {
        return !candidate.starts_with(line.current) || candidate.empty();
    });
    std::ranges::sort(candidates);
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    Completion result;
    if (candidates.empty())
        return result;
    size_t typed = line.current.size();
    std::string_view common = candidates.front();
    for (const std::string& candidate : candidates) {
        common = common.substr(0, common_size(common, candidate));
        std::string_view rest = std::string_view(candidate).substr(typed);
        bool visible = visible_part(rest) == rest;
        result.shown.push_back(pty::escape(last_part(candidate)));
        result.added.push_back(visible ? quote_rest(rest, line.open, !goes_on(candidate)) : "");
    }
    std::string_view addition = visible_part(common.substr(typed));
    result.finished = candidates.size() == 1 && typed + addition.size() == candidates.front().size() &&
                      !goes_on(candidates.front());
    result.common = quote_rest(addition, line.open, result.finished);
    return result;
}

} // namespace prompt
