#include "shell/prompt/words.hpp"

#include <algorithm>

namespace prompt {
namespace {

constexpr std::string_view blanks = " \t\n";
constexpr std::string_view operators = "|&;<>()`";
// What a backslash takes the meaning of between double quotes (XCU 2.2.3).
constexpr std::string_view special_in_quotes = "$`\"\\";

bool is_blank(char c) {
    return blanks.find(c) != std::string_view::npos;
}

bool is_plain(char c) {
    constexpr std::string_view others = "_@%+=:,./-";
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80 || others.find(c) != std::string_view::npos;
}

class Splitter {
public:
    explicit Splitter(std::string_view text) : text_(text) {}

    Line split() {
        while (at_ < text_.size())
            step(text_[at_++]);
        end_word(text_.size());
        return std::move(line_);
    }

private:
    void step(char c) {
        switch (line_.open) {
        case Open::none:
            unquoted(c);
            break;
        case Open::single_quote:
            if (c == '\'')
                line_.open = Open::none;
            else
                word().text.push_back(c);
            break;
        case Open::double_quote:
            between_double_quotes(c);
            break;
        case Open::backslash: // never kept: unquoted() looks at the next character at once
            break;
        }
    }

    void unquoted(char c) {
        if (is_blank(c))
            end_word(at_ - 1);
        else if (c == '\'' || c == '"')
            open(c == '\'' ? Open::single_quote : Open::double_quote);
        else if (c == '\\')
            after_backslash();
        else if (c == '#' && !in_word_)
            at_ = std::min(text_.find('\n', at_), text_.size());
        else
            plain(c);
    }

    void plain(char c) {
        if (line_.meaningless == '\0' && operators.find(c) != std::string_view::npos)
            line_.meaningless = c;
        begin_word(at_ - 1);
        word().text.push_back(c);
    }

    void after_backslash() {
        if (at_ == text_.size()) {
            open(Open::backslash);
        } else if (text_[at_] == '\n') {
            ++at_; // joins two lines
        } else {
            open(Open::none);
            word().text.push_back(text_[at_++]);
        }
    }

    void between_double_quotes(char c) {
        if (c == '"') {
            line_.open = Open::none;
        } else if (c != '\\' || at_ == text_.size()) {
            word().text.push_back(c);
        } else if (text_[at_] == '\n') {
            ++at_;
        } else {
            if (special_in_quotes.find(text_[at_]) == std::string_view::npos)
                word().text.push_back('\\');
            word().text.push_back(text_[at_++]);
        }
    }

    void open(Open what) {
        begin_word(at_ - 1);
        word().quoted = true;
        line_.open = what;
    }

    void begin_word(size_t place) {
        if (!in_word_)
            line_.words.push_back({{}, place, place, false});
        in_word_ = true;
    }

    void end_word(size_t place) {
        if (in_word_)
            word().end = place;
        in_word_ = false;
    }

    Word& word() { return line_.words.back(); }

    std::string_view text_;
    size_t at_ = 0;
    bool in_word_ = false;
    Line line_;
};

std::string with_backslashes(std::string_view text, bool (*needs)(char)) {
    std::string result;
    for (char c : text) {
        if (needs(c))
            result.push_back('\\');
        result.push_back(c);
    }
    return result;
}

std::string unquoted_rest(std::string_view rest) {
    return with_backslashes(rest, [](char c) {
        return !is_plain(c);
    });
}

std::string single_quoted_rest(std::string_view rest) {
    std::string result;
    for (char c : rest) {
        if (c == '\'')
            result.append("'\\'");
        result.push_back(c);
    }
    return result;
}

} // namespace

Line split(std::string_view text) {
    return Splitter(text).split();
}

bool wants_more(std::string_view text) {
    size_t begin = text.find_first_not_of(blanks);
    return begin != std::string_view::npos && text[begin] != '!' && split(text).open != Open::none;
}

std::vector<std::string> commands_of(std::string_view text) {
    std::vector<std::string> commands;
    bool goes_on = false; // the last of them
    for (size_t begin = 0; begin <= text.size();) {
        size_t end = std::min(text.find('\n', begin), text.size());
        if (goes_on)
            commands.back().append("\n").append(text.substr(begin, end - begin));
        else
            commands.emplace_back(text.substr(begin, end - begin));
        goes_on = wants_more(commands.back());
        begin = end + 1;
    }
    return commands;
}

std::string quote_rest(std::string_view rest, Open open, bool last) {
    switch (open) {
    case Open::none:
        return unquoted_rest(rest);
    case Open::single_quote:
        return single_quoted_rest(rest) + (last ? "'" : "");
    case Open::double_quote:
        return with_backslashes(rest,
                                [](char c) {
                                    return special_in_quotes.find(c) != std::string_view::npos;
                                }) +
               (last ? "\"" : "");
    case Open::backslash: // it takes the first character as it is
        return std::string(rest.substr(0, 1)) + unquoted_rest(rest.substr(std::min<size_t>(1, rest.size())));
    }
    return {};
}

} // namespace prompt
