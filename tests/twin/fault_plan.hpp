// For tests that hold the code under test in their own process; see fault_plan.cpp for the plan's language.
#pragma once

#include <string>

namespace kernel {

// Replaces the plan and starts its counts anew; "" takes every fault away.
void set_plan(const std::string& text);

} // namespace kernel
