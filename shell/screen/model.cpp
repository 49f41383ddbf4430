#include "shell/screen/model.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace top {
namespace {

char lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool holds(std::string_view text, std::string_view part) {
    // Not the one of std::ranges: clang 14 does not take libstdc++'s subrange.
    auto same = [](char one, char other) {
        return lower(one) == lower(other);
    };
    return part.empty() ||
           std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

// What one wants to see first: the greatest of numbers, the first of names.
bool begins_descending(Column column) {
    return column == Column::cpu || column == Column::memory || column == Column::processes ||
           column == Column::sessions;
}

} // namespace

void Model::set_snapshot(Snapshot snapshot) {
    snapshot_ = std::move(snapshot);
    rebuild();
}

void Model::set_configured(std::vector<Configured> jails) {
    configured_ = std::move(jails);
    rebuild();
}

void Model::sort_by(Column column) {
    descending_ = column == sort_ ? !descending_ : begins_descending(column);
    sort_ = column;
    bool at_top = selected_ == 0;
    rebuild();
    if (at_top) // who sorts wants to see what comes first, not where the first has gone
        select(0);
}

void Model::set_filter(std::string filter) {
    filter_ = std::move(filter);
    rebuild();
}

void Model::set_tree(bool tree) {
    tree_ = tree;
    rebuild();
}

void Model::show_sessions(bool shown) {
    sessions_shown_ = shown;
    rebuild();
}

void Model::select(size_t index) {
    selected_ = lines_.empty() ? 0 : std::min(index, lines_.size() - 1);
    selected_key_ = lines_.empty() ? std::string() : lines_[selected_].key();
    selected_jail_ = lines_.empty() ? std::string() : lines_[selected_].jail->name;
}

void Model::move(ptrdiff_t by) {
    auto at = static_cast<ptrdiff_t>(selected_) + by;
    select(static_cast<size_t>(std::max<ptrdiff_t>(at, 0)));
}

const Session* Model::previewed() const {
    const Line* line = selected();
    if (line == nullptr)
        return nullptr;
    if (line->session != nullptr)
        return line->session->terminal ? line->session : nullptr;
    const Session* newest = nullptr;
    for (const Session& session : snapshot_.sessions)
        if (session.jail == line->jail->name && session.terminal &&
            (newest == nullptr || session.created >= newest->created))
            newest = &session;
    return newest;
}

Loss Model::loss_of(const std::string& jail, bool with_dependents) const {
    std::set<std::string> ending{jail};
    for (bool grows = true; grows;) {
        grows = false;
        for (const Jail& other : snapshot_.jails) {
            bool inner = std::ranges::any_of(ending, [&](const std::string& outer) {
                return other.name.starts_with(outer + ".");
            });
            if (inner || (with_dependents && depends(other.name, ending)))
                grows = ending.insert(other.name).second || grows;
        }
    }
    Loss loss{ending.size() - 1, 0};
    for (const Jail& other : snapshot_.jails)
        loss.processes += ending.contains(other.name) ? other.processes : 0;
    return loss;
}

bool Model::depends(const std::string& jail, const std::set<std::string>& on) const {
    auto found = std::ranges::find(configured_, jail, &Configured::name);
    return found != configured_.end() && std::ranges::any_of(found->depend, [&](const std::string& need) {
               return on.contains(need);
           });
}

// ---- the lines

void Model::rebuild() {
    collect();
    link();
    for (size_t root : roots_)
        match(root);
    lines_.clear();
    order(roots_);
    for (size_t root : roots_)
        append(root, 0);
    auto kept = std::ranges::find(lines_, selected_key_, &Line::key);
    if (kept == lines_.end())
        kept = std::ranges::find(lines_, selected_jail_, &Line::key);
    select(kept != lines_.end() ? static_cast<size_t>(kept - lines_.begin()) : selected_);
}

void Model::collect() {
    std::set<std::string_view> running;
    for (const Jail& jail : snapshot_.jails)
        running.insert(jail.name);
    others_.clear();
    others_.reserve(configured_.size() + snapshot_.sessions.size()); // nodes_ points into it
    auto add_other = [&](const std::string& name, const char* state) {
        if (running.contains(name))
            return;
        others_.push_back({name, "", state, {}, 0, 0, 0});
        running.insert(others_.back().name);
    };
    for (const Session& session : snapshot_.sessions)
        add_other(session.jail, "outside");
    // Before the first news nobody knows whether they run.
    if (has_news())
        for (const auto& [name, depend] : configured_)
            add_other(name, "stopped");
    nodes_.clear();
    for (const auto* jails : {&std::as_const(snapshot_.jails), &std::as_const(others_)})
        for (const Jail& jail : *jails)
            nodes_.push_back({&jail, {}, {}, false});
    std::map<std::string_view, size_t> by_name;
    for (size_t i = 0; i < nodes_.size(); ++i)
        by_name[nodes_[i].jail->name] = i;
    for (const Session& session : snapshot_.sessions)
        nodes_[by_name.at(session.jail)].sessions.push_back(&session);
}

void Model::link() {
    std::map<std::string_view, size_t> by_name;
    for (size_t i = 0; i < nodes_.size(); ++i)
        by_name[nodes_[i].jail->name] = i;
    roots_.clear();
    for (size_t i = 0; i < nodes_.size(); ++i) {
        std::string_view name = nodes_[i].jail->name;
        auto parent = by_name.end();
        for (size_t dot = name.rfind('.'); tree_ && dot != std::string_view::npos && parent == by_name.end();
             dot = dot == 0 ? std::string_view::npos : name.rfind('.', dot - 1))
            parent = by_name.find(name.substr(0, dot));
        (parent != by_name.end() ? nodes_[parent->second].children : roots_).push_back(i);
    }
}

bool Model::match(size_t index) {
    Node& node = nodes_[index];
    node.matches = holds(node.jail->name, filter_) || holds(node.jail->hostname, filter_) ||
                   holds(node.jail->state, filter_) ||
                   std::ranges::any_of(node.sessions, [this](const Session* session) {
                       return holds(session->name, filter_) || holds(session->program, filter_);
                   });
    for (size_t child : node.children)
        node.matches = match(child) || node.matches;
    return node.matches;
}

bool Model::before(size_t left, size_t right) const {
    const Node& a = nodes_[left];
    const Node& b = nodes_[right];
    switch (sort_) {
    case Column::name:
        return a.jail->name < b.jail->name;
    case Column::hostname:
        return a.jail->hostname < b.jail->hostname;
    case Column::state:
        return a.jail->state < b.jail->state;
    case Column::cpu:
        return a.jail->cpu.value_or(-1) < b.jail->cpu.value_or(-1);
    case Column::memory:
        return a.jail->memory < b.jail->memory;
    case Column::processes:
        return a.jail->processes < b.jail->processes;
    case Column::sessions:
        return a.sessions.size() < b.sessions.size();
    case Column::age: // the youngest first; one that does not run is the oldest
        return a.jail->created > b.jail->created;
    }
    return false;
}

void Model::order(std::vector<size_t>& nodes) const {
    // By name first, so that equals keep an order from one second to the next.
    std::ranges::sort(nodes, {}, [this](size_t node) -> std::string_view {
        return nodes_[node].jail->name;
    });
    std::ranges::stable_sort(nodes, [this](size_t left, size_t right) {
        return descending_ ? before(right, left) : before(left, right);
    });
}

void Model::append(size_t index, size_t depth) {
    Node& node = nodes_[index];
    if (!node.matches)
        return;
    lines_.push_back({node.jail, nullptr, depth, node.sessions.size()});
    if (sessions_shown_)
        for (const Session* session : node.sessions)
            lines_.push_back({node.jail, session, depth + 1, 0});
    order(node.children);
    for (size_t child : node.children)
        append(child, depth + 1);
}

} // namespace top
