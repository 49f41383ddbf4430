#include "jailcore/host_paths.hpp"

#include "jailcore/host_files.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace jailcore {
namespace {

constexpr int looking = O_PATH | O_NOFOLLOW;
constexpr int most_links = 40; // path_resolution(7)

struct stat facts_of(int fd) {
    struct stat facts = {};
    pty::check(kernel::fstat(fd, &facts), "fstat", "a file");
    return facts;
}

std::pair<dev_t, ino_t> identity_of(int directory) {
    struct stat facts = facts_of(directory);
    return {facts.st_dev, facts.st_ino};
}

// As Linux has it in fs.protected_symlinks (proc_sys_fs(5)): in /tmp and its like a link is its owner's. In a
// user namespace all who have no id there are the same one, so that nobody tells whose it is.
bool is_trusted(const struct stat& link, const struct stat& directory) {
    constexpr mode_t anybodys = S_ISVTX | S_IWOTH;
    constexpr uid_t overflow = 65534;
    return (directory.st_mode & anybodys) != anybodys || link.st_uid == ::geteuid() ||
           (link.st_uid == directory.st_uid && link.st_uid != overflow);
}

std::string target_of(int link) {
    char text[PATH_MAX];
    ssize_t size = pty::check(kernel::readlinkat(link, "", text, sizeof text), "read", "a link");
    return {text, static_cast<size_t>(size)};
}

} // namespace

// Goes from directory to directory, as the kernel would, and remembers each: `..` leads back to where it came
// from, whatever is renamed meanwhile.
class HostPaths::Walk {
public:
    Walk(const HostPaths& paths, const std::string& path) : paths_(paths), path_(path) {
        passed_.push_back({open_host_root(), ""});
        add_parts(path);
    }

    // Then there is what it leads to, or, where that is missing, the directory in which it would lie.
    void walk() {
        while (!left_.empty()) {
            name_ = std::move(left_.back());
            left_.pop_back();
            if (name_ == "..")
                go_up();
            else
                step();
        }
    }

    // O_PATH.
    pty::UniqueFd take_existing() {
        pty::UniqueFd found = ended_ ? std::move(file_) : std::move(passed_.back().fd);
        if (!found)
            fail(ENOENT);
        return found;
    }
    HostPlace take_place() { return {std::move(passed_.back().fd), ended_ ? name_ : "."}; }

    // The innermost that what was found lies in.
    [[nodiscard]] std::optional<std::string> tree() const {
        size_t tree = innermost_tree();
        return tree == 0 ? std::nullopt : std::optional(passed_[tree].path);
    }

    [[noreturn]] void fail(int error) const {
        std::string text = path_ + ": " + std::strerror(error);
        if (!tenants_.empty())
            text += ": " + tenants_ +
                    " is a link that a jail could make, so it is followed as in that jail, within " + tree_ +
                    "; name what it leads to instead";
        throw PathFailure(text, error);
    }

private:
    struct Directory {
        pty::UniqueFd fd;
        std::string path; // as it was walked
    };

    void add_parts(std::string_view path) {
        auto at = left_.end() - left_.begin();
        while (!path.empty()) {
            std::string_view part = path.substr(0, path.find('/'));
            path.remove_prefix(std::min(part.size() + 1, path.size()));
            if (!part.empty() && part != ".")
                left_.emplace_back(part);
        }
        std::reverse(left_.begin() + at, left_.end());
    }

    void go_up() {
        if (passed_.size() > floor_ + 1)
            passed_.pop_back();
    }

    void step() {
        const int here = passed_.back().fd.get();
        // O_DIRECTORY has what is mounted on demand mounted.
        pty::UniqueFd next(kernel::openat(here, name_.c_str(), looking | O_DIRECTORY));
        if (!next && (errno == ENOTDIR || errno == ELOOP))
            next.reset(kernel::openat(here, name_.c_str(), looking));
        if (!next && errno == ENOENT && left_.empty())
            return end({});
        if (!next)
            fail(errno);
        struct stat facts = facts_of(next.get());
        if (S_ISLNK(facts.st_mode))
            follow(next.get(), facts);
        else
            arrive(std::move(next), facts);
    }

    void arrive(pty::UniqueFd next, const struct stat& facts) {
        if (S_ISDIR(facts.st_mode))
            passed_.push_back({std::move(next), passed_.back().path + "/" + name_});
        else if (left_.empty())
            end(std::move(next));
        else
            fail(ENOTDIR);
    }

    void end(pty::UniqueFd file) {
        file_ = std::move(file);
        ended_ = true;
    }

    void follow(int link, const struct stat& facts) {
        const Directory& here = passed_.back();
        const HostLink kind = kind_of_link(link);
        if (++links_ > most_links || kind == HostLink::barred)
            fail(ELOOP);
        if (!is_trusted(facts, facts_of(here.fd.get())))
            fail(EACCES);
        const size_t tree = innermost_tree();
        if (tree != 0) {
            tenants_ = here.path + "/" + name_;
            tree_ = passed_[tree].path;
        } else if (kind == HostLink::kernels) {
            return follow_by_kernel();
        }
        std::string target = target_of(link);
        floor_ = tree;
        if (target.starts_with('/'))
            passed_.resize(floor_ + 1);
        add_parts(target);
    }

    void follow_by_kernel() {
        pty::UniqueFd next(kernel::openat(passed_.back().fd.get(), name_.c_str(), O_PATH));
        if (!next)
            fail(errno);
        struct stat facts = facts_of(next.get());
        arrive(std::move(next), facts);
    }

    // The index in `passed_`; 0: none.
    [[nodiscard]] size_t innermost_tree() const {
        for (size_t i = passed_.size() - 1; i > floor_; --i)
            if (paths_.is_tree(passed_[i].fd.get()))
                return i;
        return floor_;
    }

    const HostPaths& paths_;
    const std::string& path_;
    std::vector<Directory> passed_; // from the root on
    std::vector<std::string> left_; // what is still to be walked, the last part first
    std::string name_;              // of the part that is walked
    pty::UniqueFd file_;            // in the last directory, where the walk has ended with no directory
    bool ended_ = false;            // so
    size_t floor_ = 0;              // what a jail has a say in leads to no directory before this one
    int links_ = 0;
    std::string tenants_, tree_; // the last link that lay in a tree, and that
};

HostPlace HostPaths::find(const std::string& path) const {
    Walk walk(*this, path);
    walk.walk();
    return walk.take_place();
}

pty::UniqueFd HostPaths::open(const std::string& path) const {
    Walk walk(*this, path);
    walk.walk();
    return walk.take_existing();
}

std::optional<pty::UniqueFd> HostPaths::open_in_tree(const std::string& path) const {
    Walk walk(*this, path);
    try {
        walk.walk();
    } catch (const PathFailure&) {
        if (walk.tree())
            throw;
    }
    if (!walk.tree())
        return std::nullopt;
    return walk.take_existing();
}

std::optional<std::string> HostPaths::tree_of(const std::string& path) const {
    Walk walk(*this, path);
    try {
        walk.walk();
    } catch (const PathFailure&) {
        if (!walk.tree())
            throw;
    }
    return walk.tree();
}

bool HostPaths::is_tree(int directory) const {
    look_for_trees();
    return trees_.contains(identity_of(directory));
}

// In order, so that what they have in common is walked once, and a tree in which others lie comes before
// them: its links are then known for what they are.
void HostPaths::look_for_trees() const {
    if (std::exchange(looked_, true))
        return;
    const pty::UniqueFd root = open_host_root();
    std::vector<std::pair<std::string, pty::UniqueFd>> way; // to the last of them, directory by directory
    for (const std::string& path : std::set(paths_.begin(), paths_.end())) {
        if (!path.starts_with('/'))
            continue;
        while (!way.empty() && !path.starts_with(way.back().first + "/"))
            way.pop_back();
        size_t begin = way.empty() ? 0 : way.back().first.size();
        while (begin < path.size()) {
            size_t end = std::min(path.find('/', begin + 1), path.size());
            pty::UniqueFd next =
                look_for(way.empty() ? root.get() : way.back().second.get(), path, begin, end);
            if (!next)
                break;
            way.emplace_back(path.substr(0, end), std::move(next));
            begin = end;
        }
        if (begin == path.size())
            trees_.insert(identity_of(way.back().second.get()));
    }
    trees_.erase(identity_of(root.get())); // which is nobody's alone
}

// The part of `path` that ends at `end`. Nothing: it is not there, and leads nowhere.
pty::UniqueFd HostPaths::look_for(int directory, const std::string& path, size_t begin, size_t end) const {
    std::string part = path.substr(begin, end - begin);
    pty::UniqueFd found;
    if (part != "/..")
        found.reset(kernel::openat(directory, part.c_str() + 1, looking | O_DIRECTORY));
    try {
        return found ? std::move(found) : open(path.substr(0, end));
    } catch (const PathFailure&) {
        return {};
    }
}

} // namespace jailcore
