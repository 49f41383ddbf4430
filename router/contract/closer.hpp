// jcloser, the program that closes what the monitor will not wait for, as the router starts it:
//
//   jcloser [UID]
//
// It becomes that uid.
#pragma once

namespace contract {

enum CloserFd : int {
    closer_link = 3, // socket: a message with a descriptor each that is to be closed, and one without, at
                     // which all that it has are
};

} // namespace contract
