#include "jailcore/conf/merge.hpp"

#include "jailcore/conf/messages.hpp"
#include "jailcore/conf/names.hpp"
#include "jailcore/plan/parameters.hpp"

#include <unordered_map>

namespace jailcore::conf {
namespace {

class Merger {
public:
    Merger(MergedJail& jail, Budget& budget) : jail_(jail), budget_(budget) {}

    void add_block_name() {
        jail_.block_name = std::make_unique<Template>(Template{jail_.name, {}});
        add_implicit(is_jid(jail_.name) ? "jid" : "name");
    }

    // A jail that is named by its jid alone can use $name all the same. A variable that took the name, which
    // is an error, does not count.
    void complete_name() {
        const Slot* slot = find("name", "name");
        if (slot == nullptr || slot->variable)
            add_implicit("name");
    }

    void remove_dropped() {
        std::erase_if(jail_.slots, [](const Slot& slot) {
            return slot.dropped;
        });
    }

    void add(const Block& block) {
        for (const Statement& statement : block.statements) {
            if (!budget_.spend(1 + statement.values.size()))
                return;
            add(statement);
        }
    }

private:
    void add(const Statement& statement) {
        Slot* slot = find(statement.slot, statement.name);
        if (slot == nullptr)
            return add_new(statement);
        if (slot->variable != statement.variable)
            return conflict(statement.name);
        if (slot->fixed)
            return redefined(*slot);
        slot->name = statement.name;
        if (!statement.append || statement.values.empty())
            slot->values.clear();
        append_values(*slot, statement);
        drop_others(statement.slot, *slot);
    }

    void add_new(const Statement& statement) {
        const ParameterSpec* known = find_parameter(statement.name);
        bool reserved = known != nullptr && known->is_reserved();
        if (reserved && statement.variable)
            conflict(statement.name);
        Slot& slot = new_slot(statement.name, statement.slot);
        slot.variable = statement.variable;
        slot.fixed = reserved && !statement.variable && known->fixed;
        append_values(slot, statement);
    }

    void add_implicit(const char* name) {
        Slot& slot = new_slot(name, slot_key(name));
        slot.fixed = true;
        slot.values.push_back(jail_.block_name.get());
    }

    Slot& new_slot(const std::string& name, const std::string& key) {
        by_key_[key].push_back(jail_.slots.size());
        return jail_.slots.emplace_back(Slot{name, false, false, false, {}});
    }

    // The first slot that the name belongs to: where `nox` is set after `nonox` and `x`, that is `nonox`.
    Slot* find(const std::string& key, const std::string& name) {
        auto found = by_key_.find(key);
        if (found == by_key_.end())
            return nullptr;
        for (size_t index : found->second) {
            if (!budget_.spend(1))
                return nullptr;
            if (same_slot(jail_.slots[index].name, name))
                return &jail_.slots[index];
        }
        return nullptr;
    }

    // `nonox` and `nox` are one parameter, `nox` and `x` are one, `nonox` and `x` are two. Where `nox` is set
    // after these it takes the place of both, or a jail would have two keys of one name.
    void drop_others(const std::string& key, const Slot& kept) {
        std::vector<size_t>& alike = by_key_.at(key);
        if (alike.size() == 1)
            return;
        std::erase_if(alike, [&](size_t index) {
            Slot& slot = jail_.slots[index];
            if (&slot == &kept || slot.variable != kept.variable || !budget_.spend(1) ||
                !same_slot(slot.name, kept.name))
                return false;
            if (slot.fixed)
                redefined(slot);
            return slot.dropped = true;
        });
    }

    static void append_values(Slot& slot, const Statement& statement) {
        for (const Template& value : statement.values)
            slot.values.push_back(&value);
    }

    void redefined(const Slot& slot) {
        add_error(jail_.errors, "cannot redefine parameter \"" + slot.name + "\".");
    }

    void conflict(const std::string& name) {
        add_error(jail_.errors,
                  "variable \"$" + shortened(name) + "\" cannot have the same name as a parameter.");
    }

    MergedJail& jail_;
    Budget& budget_;
    std::unordered_map<std::string, std::vector<size_t>> by_key_;
};

// Matching wildcards and the jail's own block, in file order: what comes later wins.
MergedJail merge_jail(const std::vector<Block>& blocks, size_t own, const std::vector<size_t>& wildcards,
                      Budget& budget) {
    MergedJail jail;
    jail.name = blocks[own].name;
    Merger merger(jail, budget);
    merger.add_block_name();
    bool own_added = false;
    for (size_t wildcard : wildcards) {
        if (!budget.spend(1))
            break;
        if (wildcard > own && !own_added) {
            merger.add(blocks[own]);
            own_added = true;
        }
        if (wildcard_matches(blocks[wildcard].name, jail.name))
            merger.add(blocks[wildcard]);
    }
    if (!own_added)
        merger.add(blocks[own]);
    merger.complete_name();
    merger.remove_dropped();
    return jail;
}

} // namespace

std::vector<MergedJail> merge(const Document& document, Budget& budget) {
    const std::vector<Block>& blocks = document.blocks();
    std::vector<size_t> wildcards;
    std::vector<size_t> jails;
    for (size_t i = 0; i < blocks.size(); ++i)
        (is_wildcard(blocks[i].name) ? wildcards : jails).push_back(i);
    std::vector<MergedJail> merged;
    for (size_t own : jails) {
        if (budget.spent())
            break;
        merged.push_back(merge_jail(blocks, own, wildcards, budget));
    }
    return merged;
}

} // namespace jailcore::conf
