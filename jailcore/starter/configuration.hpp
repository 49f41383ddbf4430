// The configuration of one jail, as a jreader told it: the one whose order this start is a step of, so that
// whoever starts hundreds has the file read once, or one of our own.
#pragma once

#include "jailcore/plan/jail_configuration.hpp"

#include <optional>
#include <string>

namespace jailcore {

// `as_ordered`: by the table of the order, where there is one. Throws StartFailure; where its text is empty,
// jreader has said what is wrong.
FoundJail read_configuration(const std::string& file, const std::string& jail, bool as_ordered);

} // namespace jailcore
