// Messages with descriptors over AF_UNIX sockets of SOCK_SEQPACKET (unix(7), SCM_RIGHTS).
#pragma once

#include "pty/fd.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace pty {

inline constexpr size_t max_passed_fds = 8;

struct Received {
    ssize_t size = -1; // bytes of the message; 0 at the end; -1: errno says why (EAGAIN: nothing there)
    std::vector<UniqueFd> fds; // close-on-exec
    bool truncated = false;    // the message, or its descriptors, did not fit: treat it as malformed
};

// One message, never blocking longer than the socket's own mode. Returns false with errno set where it was
// not sent.
bool send_message(int socket, std::string_view data, std::span<const int> fds = {}, int flags = 0);

// The same on a SOCK_STREAM socket, where FreeBSD takes no mark of an end (EINVAL); never blocks.
bool send_on_stream(int socket, std::string_view data, std::span<const int> fds);

// One message. Descriptors that arrive are owned by the result at once, so that what nobody asked for is
// closed.
Received receive_message(int socket, std::span<char> buffer, int flags = 0);

struct SocketPair {
    UniqueFd ours;
    UniqueFd theirs;
};
// An AF_UNIX SOCK_SEQPACKET pair. Throws StepError.
SocketPair seqpacket_pair();

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};
// Throws StepError.
Pipe make_pipe(int flags = 0);

} // namespace pty
