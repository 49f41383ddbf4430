// Opening, on the host, the paths that a configuration names. A path may lead through a directory in which a
// jail writes: its root makes links and renames there as he likes, at any time. So a link that lies in such a
// directory is followed as in that jail, never out of the directory; all other links are the administrator's.
#pragma once

#include "pty/fd.hpp"

#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace jailcore {

// Where what a path leads to is, or where it would be.
struct HostPlace {
    pty::UniqueFd directory; // O_PATH
    std::string name;        // in that directory: no link when it was looked at; "." for the directory itself
};

// "PATH: what errno means", and where a link that a jail could make has a part in it, that and the mend.
class PathFailure : public std::runtime_error {
public:
    PathFailure(const std::string& text, int error) : std::runtime_error(text), error_(error) {}
    [[nodiscard]] int error() const { return error_; } // errno

private:
    int error_ = 0;
};

class HostPaths {
public:
    HostPaths() = default;
    // `trees`: directories in which the roots of jails write. They are looked at when the first
    // link makes it matter.
    explicit HostPaths(std::vector<std::string> trees) : paths_(std::move(trees)) {}

    // `path`: absolute. In its last directory it may be missing. Throws PathFailure.
    [[nodiscard]] HostPlace find(const std::string& path) const;
    // What is there, O_PATH. Throws PathFailure.
    [[nodiscard]] pty::UniqueFd open(const std::string& path) const;
    // The same, or nothing where it leads to no tree. Throws PathFailure.
    [[nodiscard]] std::optional<pty::UniqueFd> open_in_tree(const std::string& path) const;
    // The innermost of the trees that it lies in, or in which the way to it ends: whoever follows links
    // without asking whose they are may come further. Throws PathFailure.
    [[nodiscard]] std::optional<std::string> tree_of(const std::string& path) const;

private:
    class Walk;
    [[nodiscard]] bool is_tree(int directory) const;
    void look_for_trees() const;
    [[nodiscard]] pty::UniqueFd look_for(int directory, const std::string& path, size_t begin,
                                         size_t end) const;

    std::vector<std::string> paths_;
    mutable bool looked_ = false;
    mutable std::set<std::pair<dev_t, ino_t>> trees_; // whatever their names and mounts
};

} // namespace jailcore
