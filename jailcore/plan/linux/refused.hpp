// What of jail(8) Linux cannot give, with the reason. Pure.
#pragma once

#include "jailcore/plan/parameters.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace jailcore {

enum class Refused { always, when_true, when_false, when_not_empty };

struct RefusedParameter {
    std::string_view name;
    Refused when;
    std::string_view reason;
};

// Nothing for a parameter that is given whatever its value is. `name` as in the table of parameters.
const RefusedParameter* find_refused(std::string_view name);

// Whether the parameter is refused with its value.
bool is_refused(const ParameterSpec& spec, const Parameter& parameter);

// What a boolean always is, where any other value of it is refused; nothing for all others.
std::optional<bool> only_value(std::string_view parameter);

// What is said of a parameter that is not implemented.
std::string refusal(std::string_view parameter, std::string_view reason);

} // namespace jailcore
