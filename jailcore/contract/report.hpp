// What a helper that the monitor started (jenter, jstarter) says to it, over an AF_UNIX SOCK_SEQPACKET socket
// that the helper finds as descriptor 3. Fixed layout, one struct a message; descriptors travel beside it.
// The end of the socket, the helper's last word, is meaningful too: see each kind.
#pragma once

#include "pty/text_field.hpp"

#include <cstdint>

namespace jailcore {

enum class ReportKind : uint32_t {
    terminal =
        1, // jenter: descriptors {pty master}. `text` warns the user of a repair or a fallback, or is empty
    entered = 2, // jenter: `pid`, a child of the monitor, is inside the jail and about to execute the
                 // program. End of the socket without a `failed` after this: the program runs
    failed = 3,  // either: `error`, `exit_code`, `step`, `cause`, `mend` say what the user reads
    created = 4, // jstarter: a jail; followed in the same message by a JailRecord; descriptors {the
                 // jail's process, as jailcore/process_handle.hpp hands one over, enter spec memfd}. The
                 // monitor answers with a byte when the jail is known
    removed = 5, // jstarter: the jail is gone again (stopped, or its start was rolled back)
    ending = 6,  // jstarter: its processes are told to end from now on
};

struct Report {
    ReportKind kind{};
    int32_t error = 0;     // errno, or 0
    int32_t pid = 0;       // in the monitor's pid namespace
    int32_t exit_code = 0; // for the client: 127 no such program, 126 not executable, otherwise 255
    char step[32]{};       // e.g. "open terminal"; NUL-terminated, as are the others
    char cause[512]{};     // e.g. "devpts is not mounted on /dev/pts"
    char mend[512]{};      // e.g. "run 'jconsole check --repair web1'"
};

} // namespace jailcore
