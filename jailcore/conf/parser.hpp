// The grammar of jail.conf(5), as of FreeBSD 14 (usr.sbin/jail/jailparse.y):
//
//   conf  := { jname '{' conf '}' | param ';' | ';' }
//   param := name | name '=' list | name '+=' list | name list
//   list  := string { ',' string }
//
// The first error is FreeBSD's own, in its words and at its place. Behind an error yacc skips to the next `;`
// and keeps quiet for three tokens, which hides what else is wrong there. This parser tells all in one go: it
// goes on where a statement can begin, and keeps quiet for three tokens only on the line of the last error.
#pragma once

#include "jailcore/conf/document.hpp"
#include "jailcore/conf/lexer.hpp"
#include "jailcore/conf/messages.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore::conf {

class Parser {
public:
    // Reads the files that an `.include` in `line` names into the same document; false ends the reading of
    // this file.
    using Include = std::function<bool(const std::string& name, unsigned line)>;

    // `path` is the file's name in messages. All references must outlive the parser.
    Parser(std::string_view source, const std::string& path, Document& document, Messages& messages,
           Include include);

    // Reads the file; what is wrong with it goes into the messages. False where it ended before its end.
    bool parse();

private:
    enum class Step { next_statement, end_of_file, stop };

    Step statement();
    Step named(Statement made);
    Step open_block(const std::string& name);
    Step parameter(Statement& made);
    bool value_list(Statement& made);
    Step finish(Statement& made);
    Step unfinished(Statement& made);
    Step syntax_error();
    Step skip_statement();
    void report_token();
    void report_missing_semicolon(const Token& before);
    bool include(const Statement& made);
    bool keep(bool paid);
    void shift();
    void complain(unsigned line, const std::string& what);
    [[nodiscard]] bool at(char punctuation) const;
    [[nodiscard]] bool at_string() const;
    [[nodiscard]] bool at_piece() const;
    [[nodiscard]] bool on_a_line_behind(const Token& token) const;

    const std::string& path_;
    Document& document_;
    Messages& messages_;
    Include include_;
    Lexer lexer_;
    Token token_;
    Token last_;                  // the one before
    Token name_;                  // of the statement
    std::vector<unsigned> lines_; // of its values
    int quiet_ = 0;               // tokens still to be accepted before another error is believed
    unsigned error_line_ = 0;     // of the last error, where that is so
    bool believed_ = false;       // the last error was reported
    size_t depth_;                // blocks open where the file began: only those it opens itself can it close
};

} // namespace jailcore::conf
