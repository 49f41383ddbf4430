// Where the files of a configuration lie: what is obeyed must not be what the root of a jail writes.
#pragma once

#include "jailcore/conf/config.hpp"
#include "jailcore/contract/record.hpp"

#include <string>
#include <vector>

namespace reader {

// Complains of each file that was read and lies where a jail writes, one of the configuration or one that
// runs; whether there is any.
bool complain_of_places(const jailcore::conf::Config& config,
                        const std::vector<jailcore::JailRecord>& running);

// Each file of `mount.fstab` that lies in one of `trees` becomes an error of its jail.
void refuse_mounts_of_jails(std::vector<jailcore::conf::Jail>& jails, const std::vector<std::string>& trees);

} // namespace reader
