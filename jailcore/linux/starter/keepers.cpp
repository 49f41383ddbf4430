#include "jailcore/linux/starter/keepers.hpp"

#include "jailcore/keeper.hpp"
#include "jailcore/linux/starter/sibling.hpp"
#include "jailcore/linux/starter/staging.hpp"
#include "pty/fdpass.hpp"
#include "pty/spawn.hpp"

#include <unistd.h>

namespace jailcore {

pty::UniqueFd keep_members(int events) {
    pty::SocketPair channel = pty::seqpacket_pair();
    pty::UniqueFd program = open_sibling("jkeeper");
    static_assert(keeper_jinit == 3 && keeper_events == 4);
    pty::spawn({program.get(), {"jkeeper", "members"}, {}, {-1, -1, -1, channel.theirs.get(), events}});
    return std::move(channel.ours);
}

pty::UniqueFd keep_log(int log) {
    pty::Pipe pipe = pty::make_pipe();
    pty::UniqueFd program = open_sibling("jkeeper");
    static_assert(keeper_pipe == 0 && keeper_log == 1 && keeper_host_mounts == 3);
    pty::spawn({program.get(), {"jkeeper", "log"}, {}, {pipe.read.get(), log, -1, host_mounts()}});
    return std::move(pipe.write);
}

} // namespace jailcore
