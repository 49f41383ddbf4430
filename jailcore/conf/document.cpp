#include "jailcore/conf/document.hpp"

#include "jailcore/plan/parameters.hpp"

#include <utility>

namespace jailcore::conf {

bool Document::open_block(const std::string& name) {
    std::string full = open_.empty() ? name : blocks_[open_.back()].name + "." + name;
    // Names grow with the depth: deep nesting would otherwise take quadratic space.
    bool paid = budget_.spend(1 + full.size() / 16);
    open_.push_back(new_block(std::move(full)));
    return paid;
}

bool Document::add(Statement statement) {
    bool paid = budget_.spend(1 + statement.values.size());
    statement.slot = slot_key(statement.name);
    size_t block = 0;
    if (!open_.empty())
        block = open_.back();
    else if (global_)
        block = *global_;
    else
        block = *(global_ = new_block("*"));
    blocks_[block].statements.push_back(std::move(statement));
    return paid;
}

void Document::close_block() {
    open_.pop_back();
}

size_t Document::new_block(std::string name) {
    blocks_.push_back({std::move(name), {}});
    return blocks_.size() - 1;
}

} // namespace jailcore::conf
