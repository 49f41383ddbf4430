#include "jailcore/conf/config.hpp"

#include "jailcore/conf/check.hpp"
#include "jailcore/conf/expand.hpp"
#include "jailcore/conf/merge.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace jailcore::conf {
namespace {

constexpr size_t fstab_limit = size_t{1} << 20;

void read_fstab(Jail& jail, const std::string& path, const Files& files, Budget& bytes) {
    FileContent file = files.read(path, fstab_limit);
    if (file.error.empty() && !bytes.spend(1 + file.content.size()))
        file.error = "too much to read";
    if (!file.error.empty())
        return add_error(jail.errors, "mount.fstab: " + shortened(path) + ": " + file.error);
    Fstab fstab = parse_fstab(file.content, path);
    for (std::string& error : fstab.errors)
        add_error(jail.errors, "mount.fstab: " + error);
    std::ranges::move(fstab.entries, std::back_inserter(jail.fstab));
}

} // namespace

Config read_config(const std::string& path, const Files& files, const Limits& limits) {
    Config config;
    Messages messages(limits.messages);
    Budget statements(limits.statements);
    Document document(statements);
    config.looked_at = load(path, files, limits, document, messages);
    config.errors = messages.texts();
    if (messages.any())
        return config;
    Budget work(limits.merged);
    Budget bytes(limits.expanded);
    for (const MergedJail& merged : merge(document, work)) {
        if (work.spent() || bytes.spent())
            break;
        config.jails.push_back(expand(merged, bytes));
        check_own_values(config.jails.back());
    }
    if (work.spent() || bytes.spent()) {
        config.jails.clear();
        config.errors.push_back(path + ": variables and wildcards make too much of it");
    }
    return config;
}

void read_fstabs(std::vector<Jail>& jails, const Files& files, const Limits& limits) {
    Budget bytes(limits.bytes);
    for (Jail& jail : jails)
        if (const Parameter* fstab = jail.find("mount.fstab"); fstab != nullptr)
            for (const std::string& path : fstab->values)
                if (!path.empty())
                    read_fstab(jail, path, files, bytes);
}

} // namespace jailcore::conf
