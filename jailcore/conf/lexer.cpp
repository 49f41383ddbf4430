#include "jailcore/conf/lexer.hpp"

#include "jailcore/conf/unescape.hpp"

#include <algorithm>
#include <utility>

namespace jailcore::conf {
namespace {

constexpr std::string_view bare_punctuation = "_!%&()-.:<>?@[]^`|~";
constexpr std::string_view atoms = "$*+/\\";

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_bare(char c) {
    return is_letter(c) || is_digit(c) || bare_punctuation.find(c) != std::string_view::npos;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

template <class Predicate>
size_t run_length(std::string_view text, Predicate predicate) {
    return static_cast<size_t>(std::ranges::find_if_not(text, predicate) - text.begin());
}

// `$name`: its length with the dollar; 0 where no name follows.
size_t word_variable(std::string_view text) {
    if (text.size() < 2 || !(is_letter(text[1]) || text[1] == '_'))
        return 0;
    return 1 + run_length(text.substr(1), [](char c) {
               return is_letter(c) || is_digit(c) || c == '_';
           });
}

struct Braced {
    size_t length = 0;       // of `${…}`; less than `unterminated`: it has no end
    size_t unterminated = 0; // what is skipped in that case
};

// `${…}`: any text but braces, newlines and, within quotes, quotes; each of them after a backslash. A
// backslash is ordinary text too, so `\}` both ends the variable and belongs to it: the longest reading wins,
// as in flex, and where more follows `${a\}` on its line without an end, that is of a variable with none.
Braced braced_variable(std::string_view text, bool quoted) {
    if (!text.starts_with("${"))
        return {};
    Braced found;
    for (size_t i = 2; i < text.size(); ++i) {
        char c = text[i];
        if (c == '}')
            found.length = i + 1;
        bool special = c == '{' || c == '}' || c == '\n' || (quoted && c == '"');
        bool escaped = i > 2 && text[i - 1] == '\\';
        if (special && (!escaped || c == '\n') && found.unterminated == 0)
            found.unterminated = i;
        if (special && !escaped)
            break;
    }
    if (found.unterminated == 0)
        found.unterminated = text.size();
    return found;
}

} // namespace

Lexer::Lexer(std::string_view source, Complain complain) : source_(source), complain_(std::move(complain)) {}

Token Lexer::next() {
    Token token;
    while (position_ < source_.size()) {
        bool found = state_ == State::plain ? next_plain(token) : next_quoted(token);
        if (found) {
            token.line = line_;
            return token;
        }
    }
    token.line = line_;
    return token;
}

bool Lexer::next_plain(Token& token) {
    if (skip_blank_or_comment())
        return false;
    char c = rest().front();
    if (rest().starts_with("+="))
        return reserved(token, TokenKind::append, 2), true;
    if (c == ',' || c == ';' || c == '=' || c == '{' || c == '}')
        return reserved(token, TokenKind::punctuation, 1), true;
    if (c == '\'')
        return take_single_quoted(token);
    if (c == '"')
        return take_double_quoted(token, 1);
    if (c == '$')
        return take_variable(token);
    if (c == '\\')
        return take_escape(token), true;
    if (is_bare(c))
        return take_bare(token), true;
    if (atoms.find(c) != std::string_view::npos)
        return take_atom(token), true;
    token.kind = TokenKind::unknown;
    token.text = advance(1);
    return true;
}

// What follows a variable within double quotes.
bool Lexer::next_quoted(Token& token) {
    char c = rest().front();
    if (c == '"') {
        advance(1);
        state_ = State::plain;
        return false;
    }
    if (c == '$')
        return take_variable(token);
    if (c == '\\')
        return take_escape(token), true;
    if (closes('"', position_))
        return take_double_quoted(token, 0);
    // The closing quote was part of a variable's name: flex goes on as if the string had ended here, but a
    // bare run or an atom is taken before it notices.
    if (is_bare(c))
        return take_bare(token), true;
    if (atoms.find(c) != std::string_view::npos)
        return take_atom(token), true;
    state_ = State::plain;
    return false;
}

bool Lexer::skip_blank_or_comment() {
    std::string_view text = rest();
    size_t length = run_length(text, is_blank);
    if (length == 0 && (text.front() == '#' || text.starts_with("//")))
        length = std::min(text.find('\n'), text.size());
    if (length == 0 && text.starts_with("/*")) {
        size_t end = text.find("*/", 2);
        if (end == std::string_view::npos) {
            advance(text.size());
            complain_(line_, "unterminated comment");
            return true;
        }
        length = end + 2;
    }
    if (length == 0)
        return false;
    advance(length);
    in_string_ = false;
    return true;
}

bool Lexer::take_single_quoted(Token& token) {
    if (!closes('\'', position_ + 1)) {
        skip_unterminated_string('\'');
        return false;
    }
    size_t end = position_ + 1;
    while (source_[end] != '\'')
        end += source_[end] == '\\' ? size_t{2} : size_t{1};
    size_t length = end + 1 - position_;
    piece(token, length, unescape(source_.substr(position_, length), 1, 1), false);
    return true;
}

// A string in double quotes, or the rest of one, up to its first variable. `skip`: 1 with the opening quote,
// else 0.
bool Lexer::take_double_quoted(Token& token, size_t skip) {
    if (!closes('"', position_ + skip)) {
        skip_unterminated_string('"');
        return false;
    }
    size_t end = position_ + skip;
    while (source_[end] != '"' && source_[end] != '$')
        end += source_[end] == '\\' ? size_t{2} : size_t{1};
    bool variable = source_[end] == '$';
    size_t length = end - position_ + (variable ? 0 : 1);
    piece(token, length, unescape(source_.substr(position_, length), skip, variable ? 0 : 1), false);
    state_ = variable ? State::quoted : State::plain;
    return true;
}

bool Lexer::take_variable(Token& token) {
    std::string_view text = rest();
    if (size_t length = word_variable(text); length != 0)
        return piece(token, length, std::string(text.substr(1, length - 1)), true), true;
    if (!text.starts_with("${"))
        return take_atom(token), true;
    Braced braced = braced_variable(text, state_ == State::quoted);
    if (braced.length < braced.unterminated) {
        advance(braced.unterminated);
        complain_(line_, "unterminated variable");
        return false;
    }
    piece(token, braced.length, unescape(text.substr(0, braced.length), 2, 1), true);
    return true;
}

void Lexer::take_escape(Token& token) {
    size_t length = escape_length(rest());
    piece(token, length, unescape(rest().substr(0, length), 0, 0), false);
}

void Lexer::take_bare(Token& token) {
    size_t length = run_length(rest(), is_bare);
    piece(token, length, std::string(rest().substr(0, length)), false);
}

void Lexer::take_atom(Token& token) {
    piece(token, 1, std::string(rest().substr(0, 1)), false);
}

void Lexer::skip_unterminated_string(char quote) {
    std::string_view text = rest();
    size_t length = 1;
    while (length < text.size() && text[length] != '\n' && text[length] != quote) {
        bool escape = text[length] == '\\';
        if (escape && (length + 1 == text.size() || text[length + 1] == '\n'))
            break;
        length += escape ? size_t{2} : size_t{1};
    }
    advance(length);
    complain_(line_, "unterminated string");
}

void Lexer::piece(Token& token, size_t length, std::string value, bool variable) {
    if (variable)
        token.kind = in_string_ ? TokenKind::more_variable : TokenKind::variable;
    else
        token.kind = in_string_ ? TokenKind::more_string : TokenKind::string;
    in_string_ = true;
    token.value = std::move(value);
    token.text = advance(length);
}

void Lexer::reserved(Token& token, TokenKind kind, size_t length) {
    in_string_ = false;
    token.kind = kind;
    token.text = advance(length);
    token.character = token.text.front();
}

std::string_view Lexer::advance(size_t length) {
    std::string_view text = source_.substr(position_, length);
    position_ += length;
    line_ += static_cast<unsigned>(std::ranges::count(text, '\n'));
    return text;
}

bool Lexer::closes(char quote, size_t from) {
    std::vector<bool>& closed = closed_[quote == '"' ? 0 : 1];
    if (closed.empty()) {
        closed.assign(source_.size() + 3, false);
        for (size_t i = source_.size(); i-- > 0;)
            closed[i] = source_[i] == quote || closed[source_[i] == '\\' ? i + 2 : i + 1];
    }
    return closed[from];
}

} // namespace jailcore::conf
