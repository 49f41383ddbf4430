// What the attaching side must know of a jail that we started: made by jstarter, kept by the monitor as a
// sealed memfd (and a file of its state directory) of which it reads the head at most, read by jenter as
// descriptor 6. What is behind the head is the system's own (jailcore/contract/linux/enter_spec.hpp).
#pragma once

#include "jailcore/contract/record_head.hpp"

namespace jailcore {

inline constexpr RecordKind enter_spec_kind{"jc-spec"};    // for its head, of whatever version
inline constexpr size_t max_enter_spec = size_t{64} << 10; // bytes, of any version

} // namespace jailcore
