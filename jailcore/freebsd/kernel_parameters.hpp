#pragma once

#include "jailcore/freebsd/jail_table.hpp"

#include <vector>

namespace jailcore {

// What the kernel that we run on has of each jail, modules' parameters included: the tree
// security.jail.param, as jailparam_all(3) reads it. Throws pty::StepError.
std::vector<KernelParameter> kernel_parameters();

} // namespace jailcore
