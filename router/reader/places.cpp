#include "router/reader/places.hpp"

#include "jailcore/conf/trees.hpp"
#include "jailcore/host_paths.hpp"
#include "router/reader/output.hpp"

#include <optional>
#include <utility>

namespace reader {
namespace {

namespace conf = jailcore::conf;

// Nothing, too, where there is no such file, which its reader says.
std::optional<std::string> tree_of(const jailcore::HostPaths& host, const std::string& file) {
    try {
        return file.starts_with('/') ? host.tree_of(file) : std::nullopt;
    } catch (const jailcore::PathFailure&) {
        return std::nullopt;
    }
}

std::string refusal_of(const std::string& file, const std::string& tree) {
    return file + ": it lies in " + tree + ", where the root of a jail writes; keep it elsewhere";
}

} // namespace

bool complain_of_places(const conf::Config& config, const std::vector<jailcore::JailRecord>& running) {
    std::vector<std::string> trees = conf::written_trees(config.jails);
    for (const jailcore::JailRecord& jail : running)
        trees.emplace_back(pty::get_text(jail.path));
    const jailcore::HostPaths host(std::move(trees));
    bool any = false;
    for (const std::string& file : config.looked_at)
        if (auto tree = tree_of(host, file)) {
            complain(refusal_of(file, *tree));
            any = true;
        }
    return any;
}

void refuse_mounts_of_jails(std::vector<conf::Jail>& jails, const std::vector<std::string>& trees) {
    const jailcore::HostPaths host(trees);
    for (conf::Jail& jail : jails)
        if (const jailcore::Parameter* fstab = jail.find("mount.fstab"); fstab != nullptr)
            for (const std::string& file : fstab->values)
                if (auto tree = tree_of(host, file))
                    jail.errors.push_back("mount.fstab: " + refusal_of(file, *tree));
}

} // namespace reader
