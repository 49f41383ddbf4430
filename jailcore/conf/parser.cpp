#include "jailcore/conf/parser.hpp"

#include <algorithm>
#include <utility>

namespace jailcore::conf {
namespace {

constexpr int quiet_after_error = 3;

void append_piece(Template& value, const Token& token) {
    if (token.kind == TokenKind::variable || token.kind == TokenKind::more_variable)
        value.references.push_back({value.text.size(), token.value});
    else
        value.text += token.value;
}

unsigned first_line(const Token& token) {
    return token.line - static_cast<unsigned>(std::ranges::count(token.text, '\n'));
}

} // namespace

Parser::Parser(std::string_view source, const std::string& path, Document& document, Messages& messages,
               Include include)
    : path_(path), document_(document), messages_(messages), include_(std::move(include)),
      lexer_(source,
             [this](unsigned line, std::string_view what) {
                 complain(line, std::string(what));
             }),
      depth_(document.depth()) {}

bool Parser::parse() {
    token_ = lexer_.next();
    Step step = Step::next_statement;
    while (step == Step::next_statement)
        step = statement();
    while (document_.depth() > depth_)
        document_.close_block();
    return step == Step::end_of_file;
}

Parser::Step Parser::statement() {
    if (token_.kind == TokenKind::end && document_.depth() == depth_)
        return Step::end_of_file;
    if (at(';')) {
        shift();
        return Step::next_statement;
    }
    if (at('}') && document_.depth() > depth_) {
        document_.close_block();
        shift();
        return Step::next_statement;
    }
    if (!at_string())
        return syntax_error();
    Statement made;
    made.variable = token_.kind == TokenKind::variable;
    made.name = token_.value;
    name_ = token_;
    shift();
    return named(std::move(made));
}

// Behind the first word of a statement.
Parser::Step Parser::named(Statement made) {
    if (at_piece())
        report_token(); // a name is one word; what it was meant to begin is read all the same
    while (at_piece())
        shift();
    if (at('{')) {
        if (made.variable)
            report_token();
        return open_block(made.name);
    }
    return parameter(made);
}

Parser::Step Parser::open_block(const std::string& name) {
    shift();
    return keep(document_.open_block(name)) ? Step::next_statement : Step::stop;
}

// Behind the name of a parameter or variable.
Parser::Step Parser::parameter(Statement& made) {
    if (at(';'))
        return finish(made);
    made.append = token_.kind == TokenKind::append;
    made.juxtaposed = at_string();
    if (!made.append && !made.juxtaposed && !at('='))
        return unfinished(made);
    if (!made.juxtaposed)
        shift();
    return value_list(made) ? finish(made) : unfinished(made);
}

// False at a token that cannot stand there; otherwise up to the `;`.
bool Parser::value_list(Statement& made) {
    lines_.clear();
    for (;;) {
        if (!at_string())
            return false;
        append_piece(made.values.emplace_back(), token_);
        shift();
        while (at_piece()) {
            append_piece(made.values.back(), token_);
            shift();
        }
        lines_.push_back(last_.line);
        if (at(';'))
            return true;
        if (!at(','))
            return false;
        shift();
    }
}

// At the `;` of a whole statement. It takes effect before the next token is looked at.
Parser::Step Parser::finish(Statement& made) {
    bool going_on = true;
    if (made.juxtaposed && !made.variable && made.name == ".include")
        going_on = include(made);
    else
        going_on = keep(document_.add(std::move(made)));
    if (!going_on)
        return Step::stop;
    shift();
    return Step::next_statement;
}

// At a token that cannot stand there, in a parameter. Where it begins a line, or closes the block, behind a
// word, the parameter's semicolon is missing, and the next statement begins with it.
Parser::Step Parser::unfinished(Statement& made) {
    bool behind_word = last_.kind != TokenKind::punctuation && last_.kind != TokenKind::append;
    if (behind_word && (at('}') || (at_string() && on_a_line_behind(last_)))) {
        report_token();
        report_missing_semicolon(last_);
        return Step::next_statement;
    }
    // `persist`, and in the next line `path = /x;`: the second name was taken for the value of the first.
    bool second_name = made.juxtaposed && made.values.size() == 1 && last_.kind == TokenKind::string &&
                       first_line(last_) > name_.line;
    if (second_name && (at('=') || at('{') || token_.kind == TokenKind::append)) {
        report_token();
        report_missing_semicolon(name_);
        Statement next;
        next.name = last_.value;
        name_ = last_;
        return named(std::move(next));
    }
    return syntax_error();
}

Parser::Step Parser::syntax_error() {
    report_token();
    return skip_statement();
}

// To where the next statement begins: behind a `;` or `{`, or at the `}` of the block. A block that follows
// an error is one that has no right name: what is in it is looked at.
Parser::Step Parser::skip_statement() {
    while (token_.kind != TokenKind::end && !at(';') && !at('{') && !at('}'))
        token_ = lexer_.next();
    if (token_.kind == TokenKind::end)
        return Step::end_of_file;
    if (at('{'))
        return open_block("?");
    if (at(';') || document_.depth() == depth_)
        shift();
    return Step::next_statement;
}

void Parser::report_token() {
    believed_ = quiet_ == 0 || token_.line > error_line_;
    if (believed_ && token_.kind == TokenKind::end)
        messages_.add(path_ + ": unexpected EOF");
    else if (believed_)
        complain(token_.line, shortened(token_.text) + ": syntax error");
    quiet_ = quiet_after_error;
    error_line_ = token_.line;
}

void Parser::report_missing_semicolon(const Token& before) {
    if (believed_)
        complain(before.line, "perhaps a ; is missing behind " + shortened(before.text));
}

bool Parser::include(const Statement& made) {
    for (size_t i = 0; i < made.values.size(); ++i) {
        if (!made.values[i].references.empty())
            complain(token_.line, "variables not permitted in '.include' filename");
        else if (!include_(made.values[i].text, lines_[i]))
            return false;
    }
    return true;
}

bool Parser::keep(bool paid) {
    if (!paid)
        messages_.add(path_ + ": too many parameters");
    return paid;
}

void Parser::shift() {
    if (quiet_ > 0)
        --quiet_;
    last_ = std::move(token_);
    token_ = lexer_.next();
}

void Parser::complain(unsigned line, const std::string& what) {
    messages_.add(path_ + " line " + std::to_string(line) + ": " + what);
}

bool Parser::at(char punctuation) const {
    return token_.kind == TokenKind::punctuation && token_.character == punctuation;
}

bool Parser::at_string() const {
    return token_.kind == TokenKind::string || token_.kind == TokenKind::variable;
}

// Of a string that has begun.
bool Parser::at_piece() const {
    return token_.kind == TokenKind::more_string || token_.kind == TokenKind::more_variable;
}

bool Parser::on_a_line_behind(const Token& token) const {
    return first_line(token_) > token.line;
}

} // namespace jailcore::conf
