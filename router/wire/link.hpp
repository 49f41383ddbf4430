// The link between the monitor and a worker: AF_UNIX SOCK_SEQPACKET, fixed-layout messages, one table that
// says who may send what, when, how large and with how many descriptors. Both ends look a message up before
// they look into it; the monitor ends a worker that sends what the table does not permit.
#pragma once

#include "pty/fdpass.hpp"
#include "pty/terminal.hpp"
#include "pty/text_field.hpp" // how its texts are written and read
#include "router/contract/verbs.hpp"
#include "router/wire/principal.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace wire {

enum class LinkId : uint32_t {
    // worker to monitor
    ready = 1,
    open,
    attached,
    signal,
    hangup,
    drained,
    closed,
    idle,
    // monitor to worker
    connection,
    opened,
    refused,
    adopt,
    exited,
};

enum class Sender : uint8_t { worker, monitor };

// The phases of a worker, as the monitor counts them.
enum LinkPhase : uint8_t {
    phase_starting = 1, // executed, not yet in its sandbox
    phase_serving = 2,
    phase_retiring = 4, // it said that it has nothing to do, and the link is about to be closed
};

struct LinkRow {
    LinkId id;
    const char* name;
    Sender sender;
    uint8_t phases; // in which it may be sent
    uint32_t size;  // of the message, bytes, exactly
    uint8_t min_fds;
    uint8_t max_fds;
};

struct LinkHeader {
    LinkId id{};
    uint32_t number = 0; // of the request or the session that the message is about
};

struct LinkReady {
    LinkHeader header{LinkId::ready, 0};
};

// header.number: the request, chosen by the worker. Descriptor: a sealed memfd with an encoded pty::Program,
// which goes unread to whoever executes it: of a console the program, of all other verbs its argv is their
// words, as the client gave them.
struct LinkOpen {
    LinkHeader header{LinkId::open, 0};
    uint64_t connection = 0;
    contract::Verb verb{};
    uint32_t forced = 0;   // 1: among the words is -f, which the monitor minds where VerbRow::forcible
    uint32_t terminal = 0; // 1: a pty; 0: pipes
    pty::WindowSize size;
    char jail[256]{};
    char config[1024]{}; // absolute path of a configuration file; "": the default
};

// header.number: the session. The client on that connection has resumed it.
struct LinkAttached {
    LinkHeader header{LinkId::attached, 0};
    uint64_t connection = 0;
};

// header.number: the session, one with pipes (with a terminal the worker signals through the pty).
struct LinkSignal {
    LinkHeader header{LinkId::signal, 0};
    int32_t signal = 0;
};

// header.number: the session, whose client is gone.
struct LinkHangup {
    LinkHeader header{LinkId::hangup, 0};
};

// header.number: the session, whose output is at its end and delivered.
struct LinkDrained {
    LinkHeader header{LinkId::drained, 0};
};

struct LinkClosed {
    LinkHeader header{LinkId::closed, 0};
    uint64_t connection = 0;
};

struct LinkIdle {
    LinkHeader header{LinkId::idle, 0};
};

// Descriptor: the accepted socket.
struct LinkConnection {
    LinkHeader header{LinkId::connection, 0};
    uint64_t connection = 0;
    char principal[max_principal + 1]{}; // as Principal::text() writes it
};

using Token = std::array<uint8_t, 16>;

// header.number: the request. Descriptors: {pty master, ring} or {stdin, stdout, stderr of the program, our
// ends}.
struct LinkOpened {
    LinkHeader header{LinkId::opened, 0};
    uint32_t session = 0; // the monitor's number for it, never reused
    uint32_t terminal = 0;
    Token token{};
    char name[280]{};   // jail:N
    char notice[512]{}; // for the user; "": none
};

// header.number: the request.
struct LinkRefused {
    LinkHeader header{LinkId::refused, 0};
    int32_t code = 255; // exit status for the client
    char step[32]{};
    char cause[512]{};
    char mend[512]{};
};

// A session with a terminal whose worker has died. header.number: the session. Descriptors: {pty master,
// ring}.
struct LinkAdopt {
    LinkHeader header{LinkId::adopt, 0};
    Token token{};
    char name[280]{};
};

// header.number: the session, whose leader was reaped. Comes after opened or adopt.
struct LinkExited {
    LinkHeader header{LinkId::exited, 0};
    uint32_t signalled = 0; // 1: value is a signal; 0: value is an exit status
    int32_t value = 0;
    char reason[64]{}; // for the user, where it was not the program's own doing; "": it was
};

// A program is always started with its own three descriptors; what a session brings are at most three of
// ours.
inline constexpr std::array link_table{
    LinkRow{LinkId::ready, "ready", Sender::worker, phase_starting, sizeof(LinkReady), 0, 0},
    LinkRow{LinkId::open, "open", Sender::worker, phase_serving, sizeof(LinkOpen), 1, 1},
    LinkRow{LinkId::attached, "attached", Sender::worker, phase_serving, sizeof(LinkAttached), 0, 0},
    LinkRow{LinkId::signal, "signal", Sender::worker, phase_serving, sizeof(LinkSignal), 0, 0},
    LinkRow{LinkId::hangup, "hangup", Sender::worker, phase_serving, sizeof(LinkHangup), 0, 0},
    LinkRow{LinkId::drained, "drained", Sender::worker, phase_serving, sizeof(LinkDrained), 0, 0},
    LinkRow{LinkId::closed, "closed", Sender::worker, phase_serving, sizeof(LinkClosed), 0, 0},
    LinkRow{LinkId::idle, "idle", Sender::worker, phase_serving, sizeof(LinkIdle), 0, 0},
    LinkRow{LinkId::connection, "connection", Sender::monitor, phase_starting | phase_serving,
            sizeof(LinkConnection), 1, 1},
    LinkRow{LinkId::opened, "opened", Sender::monitor, phase_serving, sizeof(LinkOpened), 2, 3},
    LinkRow{LinkId::refused, "refused", Sender::monitor, phase_serving, sizeof(LinkRefused), 0, 0},
    LinkRow{LinkId::adopt, "adopt", Sender::monitor, phase_starting | phase_serving, sizeof(LinkAdopt), 2, 2},
    LinkRow{LinkId::exited, "exited", Sender::monitor, phase_starting | phase_serving, sizeof(LinkExited), 0,
            0},
};

inline constexpr size_t max_link_message = sizeof(LinkOpen);

// The row of a message that arrived from `sender`, or nullptr where the table does not permit it: unknown, of
// the other direction, in the wrong phase, of another size, with too few or too many descriptors, or cut.
const LinkRow* permitted(std::span<const char> message, const pty::Received& received, Sender sender,
                         uint8_t phase);

// The bytes of a message as it travels.
template <class Message>
std::string_view bytes_of(const Message& message) {
    static_assert(std::is_trivially_copyable_v<Message> && sizeof(Message) <= max_link_message);
    return {reinterpret_cast<const char*>(&message), sizeof message};
}

// Only after permitted() has found the row of Message.
template <class Message>
Message message_from(std::span<const char> bytes) {
    Message message;
    std::memcpy(static_cast<void*>(&message), bytes.data(), sizeof message);
    return message;
}

} // namespace wire
