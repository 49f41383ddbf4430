// A jail.conf(5) configuration, read: what jail(8) would know of each jail before it does anything.
#pragma once

#include "jailcore/conf/load.hpp"
#include "jailcore/plan/jail_configuration.hpp"

#include <string>
#include <vector>

namespace jailcore::conf {

using Jail = JailConfiguration;

struct Config {
    std::vector<Jail> jails;            // in file order, wildcards left out
    std::vector<std::string> errors;    // of the file as a whole, in jail(8)'s words; any: no jails
    std::vector<std::string> looked_at; // files and patterns, for whoever finds no such jail there
};

// Reads the file, merges, and fills in the variables. Pure but for `files`.
Config read_config(const std::string& path, const Files& files, const Limits& limits = {});

// What a start needs beyond that, beside check_start_values(): the files of `mount.fstab`.
void read_fstabs(std::vector<Jail>& jails, const Files& files, const Limits& limits = {});

} // namespace jailcore::conf
