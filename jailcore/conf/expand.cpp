#include "jailcore/conf/expand.hpp"

#include "jailcore/conf/messages.hpp"

#include <list>
#include <unordered_map>
#include <utility>

namespace jailcore::conf {
namespace {

// Bytes that a value takes beside its text.
constexpr size_t value_cost = 32;

struct Node {
    const Slot* slot = nullptr;
    std::vector<std::string> done; // values with nothing left to fill in
    size_t current = 0;            // the value under way,
    size_t next = 0;               // its next reference,
    std::string text;              // and what comes before that, settled
    size_t generation = 0;         // of the chain of variables that reached it last
    bool bad = false;              // something in it, or in what it is made of, could not be filled in
    std::list<size_t>::iterator place;

    [[nodiscard]] bool resolved() const { return current == slot->values.size(); }
    [[nodiscard]] const Template& value() const { return *slot->values[current]; }
};

// What stands between the reference before `next` and `next`.
std::string text_before(const Template& from, size_t next) {
    size_t begin = next == 0 ? 0 : from.references[next - 1].position;
    size_t end = next == from.references.size() ? from.text.size() : from.references[next].position;
    return from.text.substr(begin, end - begin);
}

// Goes on to the next reference, past every value that has none left.
void advance(Node& node) {
    while (!node.resolved() && node.next == node.value().references.size()) {
        node.done.push_back(std::move(node.text));
        node.text.clear();
        ++node.current;
        node.next = 0;
        if (!node.resolved())
            node.text = text_before(node.value(), 0);
    }
}

// Goes past a reference that is filled in, or stays empty.
void settle(Node& node) {
    ++node.next;
    node.text += text_before(node.value(), node.next);
    advance(node);
}

// Follows jail(8)'s way (usr.sbin/jail/config.c, load_config) to the letter, since its order and its messages
// show: a parameter that another one needs moves in front of that one; a variable that is met again within
// one generation, the chain of parameters that are waiting for each other, is a loop; and what a failed chain
// went through stays failed, without a further message.
class Expander {
public:
    Expander(const MergedJail& merged, Budget& bytes) : bytes_(bytes) {
        jail_.name = merged.name;
        jail_.errors = merged.errors;
        nodes_.resize(merged.slots.size());
        for (size_t i = 0; i < nodes_.size() && !bytes_.spent(); ++i)
            prepare(i, merged.slots[i]);
    }

    Jail run() {
        for (auto place = order_.begin(); place != order_.end() && !bytes_.spent(); ++place)
            resolve(*place);
        for (size_t index : order_)
            if (!nodes_[index].slot->variable)
                jail_.parameters.push_back({nodes_[index].slot->name, std::move(nodes_[index].done)});
        return std::move(jail_);
    }

private:
    void prepare(size_t index, const Slot& slot) {
        Node& node = nodes_[index];
        node.slot = &slot;
        for (const Template* value : slot.values)
            bytes_.spend(value_cost + value->text.size());
        if (!node.resolved())
            node.text = text_before(node.value(), 0);
        advance(node);
        node.place = order_.insert(order_.end(), index);
        by_name_.try_emplace(slot.name, index);
    }

    void resolve(size_t index) {
        start_generation(index);
        std::vector<size_t> waiting{index};
        while (!waiting.empty() && bytes_.spend(1)) {
            Node& node = nodes_[waiting.back()];
            if (node.resolved()) {
                waiting.pop_back();
                if (!waiting.empty())
                    start_generation(waiting.back());
            } else if (size_t needed = fill_next(node); needed != none) {
                order_.splice(node.place, order_, nodes_[needed].place);
                join_generation(needed);
                waiting.push_back(needed);
            }
        }
    }

    // Fills in the next reference, or returns the node that must be resolved first.
    size_t fill_next(Node& node) {
        const std::string& name = node.value().references[node.next].name;
        auto found = by_name_.find(name);
        if (found == by_name_.end() || nodes_[found->second].slot->values.empty())
            return fail(node,
                        shortened(node.slot->name) + ": variable \"" + shortened(name) + "\" not found");
        const Node& variable = nodes_[found->second];
        if (variable.bad)
            return fail(node, {});
        if (variable.generation == generation_)
            return fail(node, shortened(name) + ": variable loop");
        if (!variable.resolved())
            return found->second;
        return substitute(node, variable);
    }

    size_t substitute(Node& node, const Node& variable) {
        bool alone =
            node.text.empty() && node.value().text.empty() && node.next + 1 == node.value().references.size();
        if (variable.done.size() > 1 && !alone)
            return fail(node, shortened(node.slot->name) + ": array cannot be substituted inline");
        for (size_t i = 0; i < variable.done.size(); ++i) {
            if (!bytes_.spend(value_cost + variable.done[i].size()))
                return none;
            // A list that is the whole of a value takes its place in this list.
            if (i > 0)
                node.done.push_back(std::exchange(node.text, {}));
            node.text += variable.done[i];
        }
        settle(node);
        return none;
    }

    // Leaves the reference empty, and marks the whole generation.
    size_t fail(Node& node, std::string message) {
        if (!message.empty() && bytes_.spend(message.size()))
            add_error(jail_.errors, std::move(message));
        for (; marked_ < members_.size(); ++marked_)
            nodes_[members_[marked_]].bad = true;
        settle(node);
        return none;
    }

    void start_generation(size_t index) {
        ++generation_;
        members_.clear();
        marked_ = 0;
        join_generation(index);
    }

    void join_generation(size_t index) {
        nodes_[index].generation = generation_;
        members_.push_back(index);
    }

    static constexpr size_t none = static_cast<size_t>(-1);

    Budget& bytes_;
    Jail jail_;
    std::vector<Node> nodes_;
    std::list<size_t> order_;
    std::unordered_map<std::string, size_t> by_name_;
    size_t generation_ = 0;
    std::vector<size_t> members_; // of this generation; the first marked_ of them are bad
    size_t marked_ = 0;
};

} // namespace

Jail expand(const MergedJail& merged, Budget& bytes) {
    return Expander(merged, bytes).run();
}

} // namespace jailcore::conf
