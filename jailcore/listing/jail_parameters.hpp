// The parameters of a running jail as jls(8) shows them: on Linux those of jail(8) that have a meaning there,
// and ours, by the router's record alone; on FreeBSD all that its kernel has, asked of it.
#pragma once

#include "jailcore/contract/record.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jailcore {

// A list may be empty.
using ParameterValue = std::variant<bool, int64_t, std::string, std::vector<std::string>>;

struct ListedParameter {
    std::string name;
    bool writable = false; // a configuration may say it: `jls -s`
    bool system = false;   // disable, new or inherit
    ParameterValue (*value)(const JailRecord& jail, std::string_view name) = nullptr;
};

// In jls(8)'s order: those without a dot first, each group by the alphabet. Throws pty::StepError where the
// kernel is asked in vain.
std::span<const ListedParameter> listed_parameters();
// The system's own part of them: they, in any order.
std::vector<ListedParameter> unsorted_parameters();

// nullptr where a jail has no such parameter here.
const ListedParameter* find_listed(std::string_view name);

// The jails that there are now, of which the router knows those it says; with `dying` also those that have no
// process any more and are held by something else. In what follows of them, their parameters are as they are
// now. Throws pty::StepError.
std::vector<JailRecord> listed_jails(const std::vector<JailRecord>& known, bool dying);

} // namespace jailcore
