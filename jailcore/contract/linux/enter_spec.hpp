// As jailcore/contract/enter_spec.hpp: with what Linux takes to confine a program that enters.
#pragma once

#include "jailcore/contract/enter_spec.hpp"

#include <type_traits>

namespace jailcore {

inline constexpr uint32_t max_filter = 512; // instructions; enough for the namespace filter on every ABI

struct EnterSpec : RecordHead {
    static constexpr RecordKind kind{"jc-spec", 2, 2};
    EnterSpec() : RecordHead(kind, sizeof(EnterSpec)) {}

    uint8_t repair = 0;         // 0 never, 1 auto: mend the jail's /dev/ptmx and /dev/pts at attach
    uint8_t allow_host_pty = 0; // 1: a jail with no usable devpts is given a pty of the host's
    uint8_t no_new_privs = 0;   // 1: asked for in the configuration; disables sudo
    uint8_t own_user_namespace = 0;
    uint32_t filter_length = 0;       // instructions of the jail's seccomp filter; 0: none
    uint64_t bounding_set = 0;        // capabilities (bit = number) that a program in the jail may ever hold
    uint8_t filter[max_filter * 8]{}; // struct sock_filter[filter_length], as seccomp(2) takes it
};

// Of a router from before the head as well, whose specification names no process.
Readable read_record(std::string_view bytes, EnterSpec& spec);

static_assert(std::has_unique_object_representations_v<EnterSpec>); // as JailRecord

} // namespace jailcore
