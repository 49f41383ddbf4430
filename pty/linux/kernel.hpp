// As pty/kernel.hpp: what only Linux has.
#pragma once

namespace kernel {

int pty_peer(int master, int flags); // TIOCGPTPEER: the slave, by no path

} // namespace kernel
