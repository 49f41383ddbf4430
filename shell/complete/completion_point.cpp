#include "shell/complete/completion_point.hpp"

#include "shell/syntax/option_word.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace shell {
namespace {

bool is_option(std::string_view word) {
    return word.size() > 1 && word[0] == '-';
}

// What the words before the last one say.
class Line {
public:
    void take(const std::string& word) {
        if (command_) {
        } else if (pending_ != nullptr) {
            keep(word);
        } else if (word == "--" || (jail_stands() && !is_option(word))) {
            command_ = true;
        } else if (is_option(word)) {
            OptionWord option = option_word(verb_so_far(), word);
            pending_ = option.row;
            if (pending_ != nullptr && !option.next_word)
                keep(word.substr(option.value));
        } else {
            point_.names.push_back(word);
        }
    }

    CompletionPoint finish(const std::string& last) {
        bool stands = jail_stands();
        find_the_verb();
        take_hosts();
        point_.typed = last;
        if (command_ || (stands && pending_ == nullptr && !last.starts_with('-')))
            point_.expected = Expected::program;
        else if (pending_ != nullptr)
            point_.value = pending_->value;
        else if (last.starts_with('-'))
            finish_option(last);
        else if (point_.verb == nullptr)
            point_.expected = Expected::first_word;
        else if (const Argument* argument = argument_at(*point_.verb, point_.names.size()))
            point_.value = *argument;
        return std::move(point_);
    }

private:
    // Null where no verb has been named yet.
    [[nodiscard]] const Verb* verb_so_far() const {
        const auto& names = point_.names;
        const Verb* verb = names.size() > 1 ? find_verb(names[0] + " " + names[1]) : nullptr;
        return verb != nullptr || names.empty() ? verb : find_verb(names[0]);
    }

    // Behind the name of a jail that is attached to begins the command.
    [[nodiscard]] bool jail_stands() const {
        const auto& names = point_.names;
        const Verb* verb = verb_so_far();
        if (verb != nullptr)
            return verb->command && names.size() > verb->arguments.size();
        return !names.empty() && verbs_behind(names[0]).empty();
    }

    void keep(const std::string& value) {
        if (pending_->name == "router")
            point_.router = value;
        if (pending_->name == "host")
            point_.host = value;
        if (pending_->name == "file")
            point_.config = value;
        pending_ = nullptr;
    }

    // A jail without a verb is attached to; `config` alone may still become `config dump`.
    void find_the_verb() {
        for (size_t count : {size_t{2}, size_t{1}}) {
            auto& names = point_.names;
            if (names.size() < count || point_.verb != nullptr)
                continue;
            point_.verb = find_verb(count == 2 ? names[0] + " " + names[1] : names[0]);
            if (point_.verb != nullptr)
                names.erase(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count));
        }
        bool begun = point_.names.size() == 1 && !verbs_behind(point_.names[0]).empty();
        if (point_.verb == nullptr && !point_.names.empty() && !begun)
            point_.verb = find_verb("attach");
    }

    // NAME@HOST: the host for the whole line, unless an option names one.
    void take_hosts() {
        for (size_t i = 0; i < point_.names.size(); ++i) {
            std::string& name = point_.names[i];
            size_t at = name.find('@');
            const Argument* argument = point_.verb == nullptr ? nullptr : argument_at(*point_.verb, i);
            if (at == std::string::npos || argument == nullptr || !can_be_far(*argument))
                continue;
            if (!point_.host)
                point_.host = name.substr(at + 1);
            name.resize(at);
        }
    }

    void finish_option(const std::string& last) {
        OptionWord option = is_option(last) ? option_word(point_.verb, last) : OptionWord();
        if (option.row == nullptr || option.next_word) {
            point_.expected = Expected::option;
            return;
        }
        point_.value = option.row->value;
        point_.before = last.substr(0, option.value);
        point_.typed = last.substr(option.value);
    }

    CompletionPoint point_;
    const OptionRow* pending_ = nullptr; // its value is the next word
    bool command_ = false;               // it has begun
};

} // namespace

std::string CompletionPoint::jail() const {
    if (verb == nullptr || names.empty())
        return {};
    const Argument* first = argument_at(*verb, 0);
    return first != nullptr && is_jail(*first) ? names.front() : std::string();
}

CompletionPoint completion_point(const std::vector<std::string>& words) {
    Line line;
    for (size_t i = 0; i + 1 < words.size(); ++i)
        line.take(words[i]);
    return line.finish(words.back());
}

} // namespace shell
