#include "jailcore/out_of_memory.hpp"

namespace jailcore {

// rctl(4) counts what was denied for nobody, and kills without a word.
uint64_t out_of_memory_kills(pid_t /*pid*/) {
    return 0;
}

} // namespace jailcore
