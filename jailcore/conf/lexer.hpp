// The words of jail.conf(5), exactly as FreeBSD's lexer cuts them (usr.sbin/jail/jaillex.l, 14.0 and later).
//
// A string is a run of pieces with nothing between them: bare characters, escapes, quoted text, variables.
// The first piece is a `string` or a `variable`; each further piece a `more_string` or a `more_variable`.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore::conf {

enum class TokenKind { end, string, more_string, variable, more_variable, append, punctuation, unknown };

struct Token {
    TokenKind kind = TokenKind::end;
    char character = '\0'; // of punctuation: one of , ; = { }
    std::string value;     // of a string piece or the name of a variable, escapes resolved
    std::string_view text; // as written; points into the source; empty at the end
    unsigned line = 1;     // where the token ends
};

class Lexer {
public:
    // What is begun and never ended, with its line: "unterminated comment", "… string", "… variable".
    using Complain = std::function<void(unsigned line, std::string_view what)>;

    // `source` must outlive the lexer and its tokens.
    Lexer(std::string_view source, Complain complain);

    // The next token; at the end of the source always `end`.
    Token next();

private:
    enum class State { plain, quoted };

    bool next_plain(Token& token);
    bool next_quoted(Token& token);
    bool skip_blank_or_comment();
    bool take_double_quoted(Token& token, size_t skip);
    bool take_single_quoted(Token& token);
    bool take_variable(Token& token);
    void take_escape(Token& token);
    void take_bare(Token& token);
    void take_atom(Token& token);
    void skip_unterminated_string(char quote);
    void piece(Token& token, size_t length, std::string value, bool variable);
    void reserved(Token& token, TokenKind kind, size_t length);
    std::string_view advance(size_t length);
    [[nodiscard]] std::string_view rest() const { return source_.substr(position_); }
    bool closes(char quote, size_t from);

    std::string_view source_;
    Complain complain_;
    size_t position_ = 0;
    unsigned line_ = 1;
    State state_ = State::plain;
    bool in_string_ = false;
    // closed_[q][i]: a string of quote q that is still open at i has an end. Made once, from the end
    // backwards: looking ahead anew from every variable of a long string would take quadratic time.
    std::vector<bool> closed_[2];
};

} // namespace jailcore::conf
