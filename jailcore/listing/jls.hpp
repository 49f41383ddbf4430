// Running jails in the formats of FreeBSD's jls(8).
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/listing/jls_options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

// The jail of that name or jid alone. False where there is none.
bool select_jail(std::vector<JailRecord>& jails, std::string_view name);

// The listing, in order of jid. In text what a jail chose is escaped (pty/escape.hpp), JSON is ASCII.
// Addresses and cpusets are those that listed_parameters() has: on Linux none, and -1. Throws pty::StepError.
std::string jls(std::vector<JailRecord> jails, const JlsOptions& options);

} // namespace jailcore
