// The options of ps(1) that stand behind the name of a jail.
#pragma once

#include "jailcore/listing/ps_columns.hpp"

#include <string>
#include <vector>

namespace jailcore {

struct PsColumn {
    const PsKeyword* keyword = nullptr;
    std::string header;
};

struct PsOptions {
    bool json = false;
    std::vector<PsColumn> columns;  // empty: the table of `jconsole ps` alone
    std::vector<std::string> jails; // -J: names or jids, beside the one that is named
    bool terminals_only = false;    // -X
};

// As FreeBSD's ps -J reads them: who names jails means all of their processes, so that -a, -A and -x say
// what is so already, until -X leaves out those without a terminal. The first word may lack its dash (`aux`).
// Throws ListingRefusal.
PsOptions parse_ps(std::vector<std::string> words);

} // namespace jailcore
