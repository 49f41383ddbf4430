// The specification of the jail that is entered, as jenter's descriptor holds it.
#pragma once

#include "jailcore/contract/linux/enter_spec.hpp"

#include <memory>

namespace jailcore {

// None: it is not a jail of ours. Throws EnterFailure.
std::unique_ptr<EnterSpec> read_enter_spec();

} // namespace jailcore
