// One jail as its configuration has it, and as it travels, in JSON:
//
//   [{"name": "web1", "params": {"exec.start": ["…"], "persist": []}, "failed": true, "errors": ["…"],
//     "fstab": [{"spec": "…", "file": "…", "vfstype": "…", "options": ["…"], "source": "…", "line": 1}]}]
//
// To the user goes such a list, from the reader of the configuration to the starter of a jail a table: a line
// with the list of the files and patterns that were looked at, one with the list of the directories in which
// jails write, then each jail in a line.
//
// Jails in file order, parameters in order of definition. `failed` and `errors` only with errors, `fstab`
// only where there is one. Pure ASCII: what a terminal would obey is escaped; a byte that is not UTF-8
// becomes U+FFFD.
#pragma once

#include "jailcore/plan/fstab.hpp"
#include "jailcore/plan/parameters.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

struct JailConfiguration {
    std::string name;      // of its block; the parameter `name` can differ where the block is named by a jid
    Parameters parameters; // variables left out
    std::vector<std::string> errors; // for the user, each to be put behind "NAME: "; any: the jail has failed
    std::vector<FstabEntry> fstab;   // the lines of its `mount.fstab` files, where they have been read

    // The parameter in this slot, with or without `no`; nullptr where it is not set.
    [[nodiscard]] const Parameter* find(std::string_view slot) const;
    bool operator==(const JailConfiguration&) const = default;
};

std::string to_json(const std::vector<JailConfiguration>& jails);

std::string to_table(const std::vector<std::string>& looked_at, const std::vector<std::string>& trees,
                     const std::vector<JailConfiguration>& jails);

struct FoundJail {
    std::optional<JailConfiguration> jail; // one that failed always has an error
    std::vector<std::string> looked_at;
    std::vector<std::string> trees; // of all jails of the file
};

// The first jail of that name, whatever the size of the table. Nothing where it is not such a table.
std::optional<FoundJail> find_in_table(std::string_view table, const std::string& name);

} // namespace jailcore
