#include "jailcore/conf/parser.hpp"

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

} // namespace

Parser::Parser(std::string_view source, const std::string& path, Document& document, Messages& messages,
               Include include)
    : path_(path), document_(document), messages_(messages), include_(std::move(include)),
      lexer_(source,
             [this](unsigned line, std::string_view what) {
                 complain(path_ + " line " + std::to_string(line) + ": " + std::string(what));
             }),
      depth_(document.depth()) {}

bool Parser::parse() {
    token_ = lexer_.next();
    Step step = Step::next_statement;
    while (step == Step::next_statement)
        step = statement();
    return step == Step::end_of_file && !failed_;
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
    Statement made;
    made.variable = token_.kind == TokenKind::variable;
    if (!made.variable && token_.kind != TokenKind::string)
        return syntax_error();
    made.name = std::move(token_.value);
    shift();
    if (at('{') && !made.variable) {
        shift();
        return keep(document_.open_block(made.name)) ? Step::next_statement : Step::stop;
    }
    return parameter(made);
}

// Behind the name of a parameter or variable.
Parser::Step Parser::parameter(Statement& made) {
    if (at(';'))
        return finish(made);
    made.append = token_.kind == TokenKind::append;
    made.juxtaposed = at_string();
    if (!made.append && !made.juxtaposed && !at('='))
        return syntax_error();
    if (!made.juxtaposed)
        shift();
    return value_list(made) ? finish(made) : syntax_error();
}

// False at a token that cannot stand there; otherwise up to the `;`.
bool Parser::value_list(Statement& made) {
    for (;;) {
        if (!at_string())
            return false;
        append_piece(made.values.emplace_back(), token_);
        shift();
        while (token_.kind == TokenKind::more_string || token_.kind == TokenKind::more_variable) {
            append_piece(made.values.back(), token_);
            shift();
        }
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

Parser::Step Parser::syntax_error() {
    if (quiet_ == 0 && token_.kind == TokenKind::end)
        complain(path_ + ": unexpected EOF");
    else if (quiet_ == 0)
        complain(path_ + " line " + std::to_string(token_.line) + ": " + shortened(token_.text) +
                 ": syntax error");
    failed_ = true;
    while (token_.kind != TokenKind::end && !at(';'))
        token_ = lexer_.next();
    if (token_.kind == TokenKind::end)
        return Step::stop;
    quiet_ = quiet_after_error;
    shift();
    return Step::next_statement;
}

bool Parser::include(const Statement& made) {
    for (const Template& name : made.values) {
        if (!name.references.empty())
            complain(path_ + " line " + std::to_string(token_.line) +
                     ": variables not permitted in '.include' filename");
        else if (!include_(name.text))
            return false;
    }
    return true;
}

bool Parser::keep(bool paid) {
    if (!paid)
        complain(path_ + ": too many parameters");
    return paid;
}

void Parser::shift() {
    if (quiet_ > 0)
        --quiet_;
    token_ = lexer_.next();
}

void Parser::complain(std::string text) {
    failed_ = true;
    messages_.add(std::move(text));
}

bool Parser::at(char punctuation) const {
    return token_.kind == TokenKind::punctuation && token_.character == punctuation;
}

bool Parser::at_string() const {
    return token_.kind == TokenKind::string || token_.kind == TokenKind::variable;
}

} // namespace jailcore::conf
