#include "jailcore/conf/trees.hpp"

#include <set>
#include <string_view>
#include <variant>

namespace jailcore::conf {
namespace {

class Trees {
public:
    void add(const JailConfiguration& jail) {
        if (const Parameter* path = jail.find("path"); path != nullptr && !path->values.empty())
            add_tree(path->values.back());
        if (const Parameter* mounts = jail.find("mount"); mounts != nullptr)
            for (const std::string& line : mounts->values)
                if (auto entry = parse_fstab_line(line); std::holds_alternative<FstabEntry>(entry))
                    add_mount(std::get<FstabEntry>(entry));
        for (const FstabEntry& entry : jail.fstab)
            add_mount(entry);
    }

    [[nodiscard]] std::vector<std::string> all() const { return {trees_.begin(), trees_.end()}; }

private:
    void add_mount(const FstabEntry& entry) {
        constexpr std::string_view upper = "upperdir=";
        bool writable = true;
        for (const std::string& option : entry.options)
            writable = option != "ro" && (writable || option == "rw");
        if (writable && entry.vfstype == "nullfs")
            add_tree(entry.spec);
        if (entry.vfstype == "overlay")
            for (const std::string& option : entry.options)
                if (option.starts_with(upper))
                    add_tree(option.substr(upper.size()));
    }

    void add_tree(const std::string& path) {
        if (path.starts_with('/') && path.find_first_not_of('/') != std::string::npos)
            trees_.insert(path);
    }

    std::set<std::string> trees_;
};

} // namespace

std::vector<std::string> written_trees(const std::vector<JailConfiguration>& jails) {
    Trees trees;
    for (const JailConfiguration& jail : jails)
        trees.add(jail);
    return trees.all();
}

} // namespace jailcore::conf
