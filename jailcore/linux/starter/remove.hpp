// The end of a jail.
#pragma once

#include <cstdint>

namespace jailcore {

// Kills jinit (`pidfd`), and with it everybody in its pid namespace, and waits until all are dead. Returns
// false with errno where jinit may not be killed.
bool remove_jail(int pidfd);

// Waits at most `milliseconds` (-1: without limit) for its end; collects this process's own dead children
// meanwhile, without which a pid namespace that they lived in does not end. Returns whether it ended.
bool await_end(int pidfd, int64_t milliseconds);

} // namespace jailcore
