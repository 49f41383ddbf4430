#include "router/monitor/peer_proof.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"
#include "router/monitor/message_writer.hpp"
#include "router/wire/meeting.hpp"

#include <cerrno>

namespace monitor {

PeerProof::PeerProof(int client) {
    pty::SocketPair pair = pty::seqpacket_pair();
    ask_for_writers(pair.ours.get());
    kernel::refuse_descriptors(pair.ours.get()); // where it does not, the listeners' do not either
    int fds[] = {pair.theirs.get()};
    if (!pty::send_on_stream(client, {&wire::proof_demand, 1}, fds))
        throw pty::StepError(errno, "demand a proof", "peer");
    answer_ = std::move(pair.ours);
}

bool PeerProof::is_from(const Peer& peer) const {
    return writer_of(answer_.get()) == peer.pid && !peer.process.has_ended();
}

} // namespace monitor
