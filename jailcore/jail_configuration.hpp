// One jail as its configuration has it, and the table of jails that travels between programs and to the user:
//
//   [{"name": "web1", "params": {"exec.start": ["…"], "persist": []}, "failed": true, "errors": ["…"],
//     "fstab": [{"spec": "…", "file": "…", "vfstype": "…", "options": ["…"], "source": "…", "line": 1}]}]
//
// Jails in file order, parameters in order of definition. `failed` and `errors` only with errors, `fstab`
// only where there is one. Pure ASCII: what a terminal would obey is escaped; a byte that is not UTF-8
// becomes U+FFFD.
#pragma once

#include "jailcore/fstab.hpp"
#include "jailcore/parameters.hpp"

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

// Nothing where it is not such a table. A jail that failed always has an error.
std::optional<std::vector<JailConfiguration>> from_json(std::string_view text);

} // namespace jailcore
