// What a jail.conf file says, before any of it is put together: blocks of statements in file order.
#pragma once

#include "jailcore/conf/budget.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace jailcore::conf {

// A variable in a string: `position` bytes of the string's text come before it.
struct Reference {
    size_t position = 0;
    std::string name;
};

// A string whose variables are still to be filled in.
struct Template {
    std::string text;
    std::vector<Reference> references; // in order of position
};

struct Statement {
    std::string name;
    std::string slot; // slot_key(name)
    bool variable = false;
    bool append = false;     // +=
    bool juxtaposed = false; // `name value`, without `=`
    std::vector<Template> values;
};

struct Block {
    std::string name;
    std::vector<Statement> statements;
};

// Puts the blocks together while files are read. What stands outside any block belongs to one wildcard block
// `*`, which takes its place in file order where the first such statement stands; a block within a block `a`
// is `a.b`.
class Document {
public:
    explicit Document(Budget& budget) : budget_(budget) {}

    // All return false where the budget is spent.
    bool open_block(const std::string& name);
    bool add(Statement statement);
    void close_block();
    // How many blocks are open.
    [[nodiscard]] size_t depth() const { return open_.size(); }
    [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }

private:
    size_t new_block(std::string name);

    Budget& budget_;
    std::vector<Block> blocks_;
    std::vector<size_t> open_;
    std::optional<size_t> global_;
};

} // namespace jailcore::conf
