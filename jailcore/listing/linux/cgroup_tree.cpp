#include "jailcore/listing/linux/cgroup_tree.hpp"

#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <utility>

namespace jailcore {
namespace {

constexpr size_t most_cgroups = 10'000;

void add_pids(const std::string& directory, std::vector<int32_t>& pids) {
    pty::UniqueFd file(kernel::open((directory + "/cgroup.procs").c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        return;
    std::string text;
    try {
        text = pty::read_all(file.get(), directory);
    } catch (const pty::StepError&) {
        // A threaded cgroup has no list of processes (EOPNOTSUPP), one that is gone neither (ENODEV).
        return;
    }
    for (std::string_view rest = text; !rest.empty();) {
        int32_t pid = 0;
        auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), pid);
        // 0: a process of a pid namespace that is not below ours.
        if (error == std::errc() && pid > 0)
            pids.push_back(pid);
        rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
    }
}

void add_children(const std::string& directory, std::vector<std::string>& found) {
    std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(directory.c_str()), ::closedir);
    if (!folder)
        return;
    while (const dirent* entry = ::readdir(folder.get())) {
        std::string_view name = entry->d_name;
        if (entry->d_type == DT_DIR && name != "." && name != "..")
            found.push_back(directory + "/" + std::string(name));
    }
}

} // namespace

std::vector<std::string> tree_of_cgroup(const std::string& directory) {
    std::vector<std::string> tree;
    if (!directory.empty())
        tree.push_back(directory);
    for (size_t seen = 0; seen < tree.size() && tree.size() < most_cgroups; ++seen)
        add_children(std::string(tree[seen]), tree);
    return tree;
}

std::vector<int32_t> pids_of_cgroup(const std::string& directory) {
    std::vector<int32_t> pids;
    for (const std::string& one : tree_of_cgroup(directory))
        add_pids(one, pids);
    return pids;
}

} // namespace jailcore
