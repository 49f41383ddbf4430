// All jails of a kernel with all parameters that it has, as one process hands them to another. Pure.
#pragma once

#include "jailcore/freebsd/kernel_jails.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

enum class ParameterKind : uint32_t {
    boolean,
    jail_system,
    number,
    unsigned_number,
    text,
    address4,
    address6
};

// As the kernel describes it (jail(3), JAIL PARAMETERS).
struct KernelParameter {
    std::string name;
    ParameterKind kind = ParameterKind::number;
    uint32_t size = 0; // bytes, of an array of one element
    bool array = false;
    bool writable = false; // jail_set(2) takes it
    bool operator==(const KernelParameter&) const = default;
};

struct JailTable {
    std::vector<KernelParameter> parameters;
    std::vector<KernelRow> rows; // the dying ones too; values in the order of the parameters
};

std::vector<WantedParameter> wanted(const std::vector<KernelParameter>& parameters);

std::string encode(const JailTable& table);
// Throws pty::StepError where `bytes` are no whole table.
JailTable decode_jail_table(std::string_view bytes);

} // namespace jailcore
