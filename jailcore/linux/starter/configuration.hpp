// The configuration of one jail, as jreader tells it.
#pragma once

#include "jailcore/plan.hpp"

#include <optional>
#include <string>

namespace jailcore {

// Nothing where the file has no such jail. Throws StartFailure; where its text is empty, jreader has said
// what is wrong.
std::optional<JailConfiguration> read_configuration(const std::string& file, const std::string& jail);

} // namespace jailcore
