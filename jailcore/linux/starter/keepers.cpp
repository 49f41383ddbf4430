#include "jailcore/linux/starter/keepers.hpp"

#include "jailcore/contract/linux/keeper.hpp"
#include "jailcore/linux/oom_score.hpp"
#include "jailcore/linux/starter/staging.hpp"
#include "jailcore/process_handle.hpp"
#include "jailcore/starter/sibling.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"
#include "pty/spawn.hpp"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace jailcore {
namespace {

// The jail depends on it.
pid_t start(const pty::Spawn& what) {
    pid_t pid = pty::spawn(what); // our child, not reaped yet: nobody else gets its number
    std::string path = "/proc/" + std::to_string(pid);
    pty::UniqueFd process(pty::check(kernel::open(path.c_str(), O_PATH | O_DIRECTORY), "open", path));
    set_oom_score(process.get(), oom_late);
    return pid;
}

} // namespace

pty::UniqueFd keep_members(int events) {
    pty::SocketPair channel = pty::seqpacket_pair();
    pty::UniqueFd program = open_sibling("jkeeper");
    static_assert(keeper_jinit == 3 && keeper_events == 4);
    start({program.get(), {"jkeeper", "members"}, {}, {-1, -1, -1, channel.theirs.get(), events}});
    return std::move(channel.ours);
}

KeptLog keep_log(int log) {
    pty::Pipe pipe = pty::make_pipe();
    pty::SocketPair channel = pty::seqpacket_pair();
    pty::UniqueFd program = open_sibling("jkeeper");
    static_assert(keeper_pipe == 0 && keeper_log == 1 && keeper_host_mounts == 3 && keeper_asker == 4);
    start({program.get(),
           {"jkeeper", "log"},
           {},
           {pipe.read.get(), log, -1, host_mounts(), channel.theirs.get()}});
    return {std::move(pipe.write), std::move(channel.ours)};
}

void await_log(const KeptLog& log) {
    constexpr int patience = 2000; // milliseconds
    char question = 0;
    if (!log.keeper || ::send(log.keeper.get(), &question, 1, MSG_NOSIGNAL) == -1)
        return;
    pollfd answer{log.keeper.get(), POLLIN, 0};
    while (::poll(&answer, 1, patience) == -1 && errno == EINTR)
        continue;
}

Keeper keep_mounts(int jinit) {
    pty::UniqueFd program = open_sibling("jkeeper");
    static_assert(keeper_jail == 3);
    Keeper keeper{start({program.get(), {"jkeeper", "mounts"}, {}, {-1, -1, -1, jinit}}), 0};
    auto started = start_time(keeper.pid);
    if (!started)
        throw pty::StepError(errno, "start time of", "jkeeper");
    keeper.start_time = *started;
    return keeper;
}

} // namespace jailcore
