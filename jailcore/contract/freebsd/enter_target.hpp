// What jenter is told of the jail that it is to enter: a sealed memfd in the place of a process of the jail
// (jailcore/process_handle.hpp, handed()).
#pragma once

#include "pty/text_field.hpp"

#include <cstdint>
#include <type_traits>

namespace jailcore {

struct EnterTarget {
    char magic[8]{'j', 'c', '-', 'e', 'n', 't', 'e', 'r'};
    int32_t jid = 0;
    int32_t pid = 0;         // of a process in it, whose jail it is to be; 0: the jail itself is meant
    uint64_t start_time = 0; // of that process
    char name[256]{}; // of the jail, as the kernel has it; a number is given to another jail when it ends
};
static_assert(std::has_unique_object_representations_v<EnterTarget>);

} // namespace jailcore
