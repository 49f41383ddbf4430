// A client's words as getopt(3) takes them.
#pragma once

#include <algorithm>
#include <getopt.h>
#include <string>
#include <vector>

namespace jailcore {

class Words {
public:
    explicit Words(const std::vector<std::string>& words) : strings_(words) {
        strings_.insert(strings_.begin(), "");
        for (std::string& string : strings_)
            pointers_.push_back(string.data());
        pointers_.push_back(nullptr);
        optind = 0; // begins anew (getopt(3), NOTES)
        opterr = 0; // what is wrong is said in our words
    }

    // As getopt_long(3); -1 behind the last option.
    int next(const char* letters, const option* long_options) {
        word_ = static_cast<size_t>(std::max(optind, 1));
        return ::getopt_long(count(), pointers_.data(), letters, long_options, nullptr);
    }

    // After '?' or ':': the option as it was written.
    [[nodiscard]] std::string refused() const {
        if (optopt > 0 && optopt < first_long)
            return std::string("-") + static_cast<char>(optopt);
        if (optopt < 0) // a byte that is no letter, of a character of several
            return "in " + strings_.at(static_cast<size_t>(std::min(optind, count() - 1)));
        return optind > 0 && optind <= count() ? strings_.at(static_cast<size_t>(optind) - 1) : "";
    }

    // Where `letters` begins with +: the word in which the last option stands.
    [[nodiscard]] const std::string& word() const { return strings_.at(word_); }
    [[nodiscard]] bool is_first() const { return word_ == 1; }

    // Behind the last option.
    [[nodiscard]] std::vector<std::string> rest() const {
        return {pointers_.begin() + optind, pointers_.end() - 1};
    }

    static constexpr int first_long = 256; // values of long options begin here: no letter's

private:
    [[nodiscard]] int count() const { return static_cast<int>(strings_.size()); }

    std::vector<std::string> strings_;
    std::vector<char*> pointers_;
    size_t word_ = 0;
};

} // namespace jailcore
