// What the screen shows, without a screen: the lines in their order, and which of them is selected. Pure.
#pragma once

#include "shell/screen/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace top {

// What can be sorted by, in the order of the columns.
enum class Column : uint8_t { name, hostname, state, cpu, memory, processes, sessions, age };

struct Line {
    const Jail* jail = nullptr;       // the jail, or that of the session
    const Session* session = nullptr; // null: the line of the jail itself
    size_t depth = 0;                 // in the tree
    size_t sessions = 0;              // of the jail

    // What names it in this and in every later snapshot.
    [[nodiscard]] const std::string& key() const { return session != nullptr ? session->name : jail->name; }
};

// What ends with a jail.
struct Loss {
    size_t jails = 0; // besides it
    size_t processes = 0;
};

class Model {
public:
    // The selection stays on what was selected; where that is gone, it goes to the jail of it, or else stays
    // in its place.
    void set_snapshot(Snapshot snapshot);
    // The jails of the configuration: those that do not run are listed as stopped.
    void set_configured(std::vector<Configured> jails);

    // Once more the same column: the other way round. Where the first line was selected, the first line is.
    void sort_by(Column column);
    // Only the jails that hold `filter` in their name, host name or state, or have such a session; letters of
    // either case. In the tree, also those that such a one is in.
    void set_filter(std::string filter);
    // Jails in jails are indented below theirs: `a.b` is in `a` where there is an `a`.
    void set_tree(bool tree);
    void show_sessions(bool shown);

    void select(size_t index); // beyond the end: the last
    void move(ptrdiff_t by);

    [[nodiscard]] std::span<const Line> lines() const { return lines_; }
    [[nodiscard]] size_t selected_index() const { return selected_; }
    [[nodiscard]] const Line* selected() const { return lines_.empty() ? nullptr : &lines_[selected_]; }
    // The session whose screen belongs to the selection: itself, or the newest of the jail that has a
    // terminal.
    [[nodiscard]] const Session* previewed() const;

    // With the jails in it and, where it is stopped and not killed, with those that depend on it.
    [[nodiscard]] Loss loss_of(const std::string& jail, bool with_dependents) const;

    [[nodiscard]] Column sort() const { return sort_; }
    [[nodiscard]] bool descending() const { return descending_; }
    [[nodiscard]] const std::string& filter() const { return filter_; }
    [[nodiscard]] bool tree() const { return tree_; }
    [[nodiscard]] bool sessions_shown() const { return sessions_shown_; }
    [[nodiscard]] bool has_news() const { return snapshot_.time > 0; }
    [[nodiscard]] uint64_t time() const { return snapshot_.time; }
    [[nodiscard]] size_t jails() const { return snapshot_.jails.size(); }
    [[nodiscard]] size_t sessions() const { return snapshot_.sessions.size(); }

private:
    struct Node {
        const Jail* jail = nullptr;
        std::vector<const Session*> sessions;
        std::vector<size_t> children;
        bool matches = false; // the filter, by itself or by one within it
    };

    [[nodiscard]] bool depends(const std::string& jail, const std::set<std::string>& on) const;
    void rebuild();
    void collect();
    void link();
    bool match(size_t node);
    void order(std::vector<size_t>& nodes) const;
    void append(size_t node, size_t depth);
    [[nodiscard]] bool before(size_t left, size_t right) const;

    Snapshot snapshot_;
    std::vector<Configured> configured_;
    Column sort_ = Column::name;
    bool descending_ = false;
    std::string filter_;
    bool tree_ = true;
    bool sessions_shown_ = true;

    std::vector<Jail> others_; // not in the snapshot: stopped, or the targets of sessions that are no jails
    std::vector<Node> nodes_;
    std::vector<size_t> roots_;
    std::vector<Line> lines_;
    size_t selected_ = 0;
    std::string selected_key_;
    std::string selected_jail_;
};

} // namespace top
