#include "jailcore/starter/kill_options.hpp"

#include "jailcore/starter/output.hpp"

#include <charconv>

namespace jailcore {
namespace {

int64_t positive(const std::string& text) {
    int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    constexpr int64_t most = 1'000'000;
    if (error != std::errc() || end != text.data() + text.size() || number <= 0 || number > most)
        throw StartFailure("kill: invalid timeout argument: " + text);
    return number;
}

} // namespace

KillOptions parse_kill(const std::vector<std::string>& words) {
    KillOptions options;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "-f")
            options.force = true;
        else if (word == "-k")
            options.no_script = true;
        else if (word == "-q")
            options.quiet = true;
        else if (word == "-v")
            options.verbose = true;
        else if (word == "-t" && i + 1 < words.size())
            options.seconds = positive(words[++i]);
        else
            throw StartFailure("kill: unknown option " + word);
    }
    return options;
}

} // namespace jailcore
