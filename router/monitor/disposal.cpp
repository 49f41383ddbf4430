#include "router/monitor/disposal.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/spawn.hpp"
#include "router/monitor/log.hpp"

#include <algorithm>
#include <csignal>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace monitor {
namespace {

// A kill ends every wait that we know of. There may be others; what comes then is kept, and freed by nobody.
constexpr size_t most_hung = 64;

} // namespace

Disposal::Disposal(int program, std::optional<uid_t> uid) : program_(program), uid_(uid) {}

Disposal::~Disposal() {
    if (link_)
        give_up();
}

void Disposal::take(pty::UniqueFd socket) {
    waiting_.push_back(std::move(socket));
    while (!waiting_.empty() && (link_ || start())) {
        if (pass(waiting_.front())) {
            waiting_.pop_front();
            continue;
        }
        bool useless = !proven_; // so would be the next one
        give_up();
        if (useless)
            return;
    }
}

bool Disposal::start() {
    std::erase_if(hung_, [](const jailcore::ProcessHandle& process) {
        return process.has_ended();
    });
    if (hung_.size() >= most_hung)
        return false;
    try {
        pty::SocketPair pair = pty::seqpacket_pair();
        pty::Spawn spawn{program_, {"jcloser"}, {}, {-1, -1, 2, pair.theirs.get()}};
        if (uid_)
            spawn.argv.push_back(std::to_string(*uid_));
        process_ = jailcore::ProcessHandle(pty::spawn(spawn));
        link_ = std::move(pair.ours);
        proven_ = false;
        return true;
    } catch (const pty::StepError& error) {
        log::error(std::string("who was refused is kept, as nobody can close his connection: ") +
                   error.what());
        return false;
    }
}

// Whoever closes last frees; so the closer waits for a second message, sent when we have closed ours.
bool Disposal::pass(pty::UniqueFd& socket) {
    int fds[] = {socket.get()};
    if (!pty::send_message(link_.get(), "take", fds, MSG_DONTWAIT))
        return false; // it has ended, or has had no time for more than a hundred
    proven_ = true;
    socket.reset();
    if (!pty::send_message(link_.get(), "close", {}, MSG_DONTWAIT))
        give_up();
    return true;
}

// What it holds, and what is on its way to it, is freed as it exits, where the kernel lingers for nobody
// (inet_release() of net/ipv4/af_inet.c).
void Disposal::give_up() {
    process_.signal(SIGKILL);
    hung_.push_back(std::move(process_));
    link_.reset();
}

} // namespace monitor
