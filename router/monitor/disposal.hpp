// Where connections end that are not served. A socket that goes frees what was sent to it and never read, and
// that may be a descriptor whose last close(2) lasts as long as its sender likes (SO_LINGER of socket(7), for
// one). Before Linux 6.16 a socket cannot refuse descriptors; there a process of its own, jcloser, frees
// them.
#pragma once

#include "jailcore/process_handle.hpp"
#include "pty/fd.hpp"

#include <deque>
#include <optional>
#include <sys/types.h>
#include <vector>

namespace monitor {

class Disposal {
public:
    // `program`: of jcloser, which is to take `uid` as its own identity (nothing: the monitor's).
    Disposal(int program, std::optional<uid_t> uid);
    // Ends the closer: what it holds goes with it.
    ~Disposal();
    Disposal(const Disposal&) = delete;
    Disposal& operator=(const Disposal&) = delete;

    // What `socket` holds is freed elsewhere; where there is no closer now, later.
    void take(pty::UniqueFd socket);

private:
    bool start();
    bool pass(pty::UniqueFd& socket);
    void give_up();

    int program_;
    std::optional<uid_t> uid_;
    std::deque<pty::UniqueFd> waiting_;
    pty::UniqueFd link_;                        // to the closer; empty: there is none
    jailcore::ProcessHandle process_;           // of the closer
    bool proven_ = false;                       // it has taken something
    std::vector<jailcore::ProcessHandle> hung_; // closers that were killed and have not ended
};

} // namespace monitor
