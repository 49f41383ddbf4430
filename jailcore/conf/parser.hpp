// The grammar of jail.conf(5), as of FreeBSD 14 (usr.sbin/jail/jailparse.y):
//
//   conf  := { jname '{' conf '}' | param ';' | ';' }
//   param := name | name '=' list | name '+=' list | name list
//   list  := string { ',' string }
//
// After a syntax error the parser goes on behind the next `;` and, as yacc does, keeps quiet until it has
// accepted three tokens.
#pragma once

#include "jailcore/conf/document.hpp"
#include "jailcore/conf/lexer.hpp"
#include "jailcore/conf/messages.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace jailcore::conf {

class Parser {
public:
    // Reads the files that an `.include` names into the same document; false ends the whole reading.
    using Include = std::function<bool(const std::string& name)>;

    // `path` is the file's name in messages. All references must outlive the parser.
    Parser(std::string_view source, const std::string& path, Document& document, Messages& messages,
           Include include);

    // Reads the file to its end. False where anything was wrong with it, or with a file it includes.
    bool parse();

private:
    enum class Step { next_statement, end_of_file, stop };

    Step statement();
    Step parameter(Statement& made);
    bool value_list(Statement& made);
    Step finish(Statement& made);
    Step syntax_error();
    bool include(const Statement& made);
    bool keep(bool paid);
    void shift();
    void complain(std::string text);
    [[nodiscard]] bool at(char punctuation) const;
    [[nodiscard]] bool at_string() const;

    const std::string& path_;
    Document& document_;
    Messages& messages_;
    Include include_;
    Lexer lexer_;
    Token token_;
    bool failed_ = false;
    int quiet_ = 0; // tokens still to be accepted before the next error is reported
    size_t depth_;  // blocks open where the file began: only those it opens itself can it close
};

} // namespace jailcore::conf
