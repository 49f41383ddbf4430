// The parameters of jail(8), of FreeBSD's kernel and our own: which exist, of which type they are, and how
// their names and values are read. jail(8), "PARAMETERS" and "PSEUDO-PARAMETERS". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

// One parameter of one jail as it was written, its variables filled in.
struct Parameter {
    std::string name; // as last written: `mount.nodevfs` and `mount.devfs` are the same parameter
    std::vector<std::string> values;
    bool operator==(const Parameter&) const = default;
};

using Parameters = std::vector<Parameter>; // of one jail, merged, in order of definition

enum class ParameterType {
    boolean,
    integer, // for jail(8)
    number,  // for the kernel: an integer, or 0 where there is no value or an empty one
    text,    // the last of several values counts
    list,    // every value counts
    system,  // disable, new or inherit; without a value: new
};

enum class Owner {
    jail8,  // jail(8) itself
    both,   // the kernel's, but jail(8) looks at it too
    kernel, // FreeBSD's
    ours,
};

struct ParameterSpec {
    std::string_view name;
    ParameterType type;
    Owner owner;
    bool fixed = false; // cannot be set twice in a jail

    // No variable may have the name of a parameter that jail(8) looks at.
    [[nodiscard]] bool is_reserved() const { return owner == Owner::jail8 || owner == Owner::both; }
};

// The names of all parameters that there are.
std::vector<std::string_view> parameter_names();

// Whether two names mean the same parameter: equal, or equal but for `no` before one component of one of them
// (`mount.devfs` and `mount.nodevfs`). Not transitive: `nonox` is `nox`, `nox` is `x`, `nonox` is not `x`.
bool same_slot(std::string_view a, std::string_view b);

// The same for any two names for which same_slot() holds; equal for few others.
std::string slot_key(std::string_view name);

// The parameter that a name with or without `no` stands for; nullptr where there is none. `meta.KEY` and
// `env.KEY` are `meta` and `env` for every KEY.
const ParameterSpec* find_parameter(std::string_view name);

// Whether a boolean is on: its `no`, or else its last value, which must be "true" or a number other than 0.
// Nothing where the value is neither a boolean word nor a number (jail(8): "unknown boolean value").
std::optional<bool> boolean_value(const Parameter& parameter);

// The last value as a decimal number, the largest or smallest of int64_t where it is beyond that; nothing
// where it is none (jail(8): "non-integer value") or absent.
std::optional<int64_t> integer_value(const Parameter& parameter);

// The same of a number for the kernel, as libjail reads it.
std::optional<int64_t> number_value(const Parameter& parameter);

// "disable", "new" or "inherit", as libjail reads a jailsys parameter: in any case, or as 0, 1 and 2; without
// a value, or with an empty one, "new". Nothing where it is none of them.
std::optional<std::string_view> system_value(const Parameter& parameter);

// The last value, as for every parameter that takes one: jail(8) ignores those before it. Nothing where there
// is none.
std::optional<std::string_view> string_value(const Parameter& parameter);

// What jail(8) would say of the last value, without the value: "unknown boolean value". Empty where it is of
// the type.
std::string_view type_error(const Parameter& parameter, ParameterType type);

} // namespace jailcore
