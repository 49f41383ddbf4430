#pragma once

#include "jailcore/freebsd/jail_table.hpp"
#include "jailcore/listing/jail_parameters.hpp"

#include <string_view>

namespace jailcore {

// What the kernel's bytes say of a parameter, as jailparam_export(3) writes it. Pure.
ParameterValue value_in(const KernelParameter& parameter, std::string_view bytes);

} // namespace jailcore
