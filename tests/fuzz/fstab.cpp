// fstab(5): what is read has a place to be mounted on, and no field holds a NUL that a system call would stop
// at.
#include "jailcore/plan/fstab.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    auto fstab = jailcore::parse_fstab({reinterpret_cast<const char*>(data), size}, "fstab");
    for (const auto& entry : fstab.entries)
        if (!entry.file.starts_with('/') || (entry.file + entry.spec).find('\0') != std::string::npos)
            std::abort();
    return 0;
}
