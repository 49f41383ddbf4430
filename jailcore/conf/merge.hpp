// From blocks to jails: which statements reach a jail, and which of them are left.
#pragma once

#include "jailcore/conf/budget.hpp"
#include "jailcore/conf/document.hpp"

#include <memory>
#include <string>
#include <vector>

namespace jailcore::conf {

// A parameter or variable of one jail, its variables not yet filled in.
struct Slot {
    std::string name; // as last written
    bool variable = false;
    bool fixed = false;                  // may not be set again: jid, name
    bool dropped = false;                // another has taken its place
    std::vector<const Template*> values; // of the document, or MergedJail::block_name
};

struct MergedJail {
    std::string name;
    std::vector<Slot> slots; // in order of first definition
    std::vector<std::string> errors;
    std::unique_ptr<Template> block_name; // the value of the implicit `name` or `jid`
};

// The jails of a document in file order. Stops early where the budget is spent; the caller asks the budget.
std::vector<MergedJail> merge(const Document& document, Budget& budget);

} // namespace jailcore::conf
