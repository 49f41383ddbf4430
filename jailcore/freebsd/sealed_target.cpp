#include "jailcore/freebsd/sealed_target.hpp"

#include "pty/memfd.hpp"

namespace jailcore {

pty::UniqueFd sealed_target(const EnterTarget& target) {
    return pty::sealed_memfd("jail", {reinterpret_cast<const char*>(&target), sizeof target});
}

} // namespace jailcore
