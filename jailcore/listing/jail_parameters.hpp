// The parameters of a running jail as jls(8) shows them: those of jail(8) that this system gives a
// meaning, and ours. Pure.
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

// In jls(8)'s order: those without a dot first, each group by the alphabet.
std::span<const ListedParameter> listed_parameters();

// nullptr where a jail has no such parameter here.
const ListedParameter* find_listed(std::string_view name);

} // namespace jailcore
