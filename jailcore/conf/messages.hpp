// What is wrong with a configuration, in the words of jail(8), in the order of discovery.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace jailcore::conf {

// Keeps a bounded number of messages, each once (a file may be included twice); that there was one at all is
// never lost.
class Messages {
public:
    explicit Messages(size_t most) : most_(most) {}

    void add(std::string text) {
        any_ = true;
        if (texts_.size() < most_ && known_.insert(text).second)
            texts_.push_back(std::move(text));
        else if (texts_.size() == most_)
            texts_.emplace_back("too many errors");
    }
    [[nodiscard]] bool any() const { return any_; }
    [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

private:
    size_t most_;
    bool any_ = false;
    std::vector<std::string> texts_;
    std::unordered_set<std::string> known_;
};

// The same bound for the errors of one jail.
inline void add_error(std::vector<std::string>& errors, std::string text) {
    constexpr size_t most = 100;
    if (errors.size() < most)
        errors.push_back(std::move(text));
    else if (errors.size() == most)
        errors.emplace_back("too many errors");
}

// A piece of input as part of a message: not more of it than helps.
inline std::string shortened(std::string_view text) {
    constexpr size_t most = 200;
    return text.size() <= most ? std::string(text) : std::string(text.substr(0, most)) + "...";
}

} // namespace jailcore::conf
