// A running jail and a session, as the monitor keeps them, writes them to its state directory, and hands them
// to helpers (an array of these in a sealed memfd). Fixed layout: the monitor never parses.
#pragma once

#include "jailcore/contract/record_head.hpp"

#include <array>
#include <type_traits>

namespace jailcore {

enum JailFlags : uint32_t {
    jail_persist = 1,
    jail_own_network = 4,
    jail_starting = 32,     // created, and its starter has not finished yet
    jail_stopping = 64,     // its processes have been told to end
    jail_repair = 128,      // repair = auto
    jail_host_pty = 256,    // allow.host_pty
    jail_devfs = 1024,      // it has the devices of mount.devfs
    jail_unreadable = 2048, // of its record the head could be read and nothing else
    // 2, 8, 16 and 512 are the system's own, as JailRecord::system is.
};
// What holds only while a router looks on; in a file it says nothing.
inline constexpr uint32_t passing_flags = jail_starting | jail_stopping | jail_unreadable;

// `pid` is that of the process that stands for the jail; `name` the jail's.
struct JailRecord : RecordHead {
    static constexpr RecordKind kind{"jc-jail", 4, 3};
    JailRecord() : RecordHead(kind, sizeof(JailRecord)) {}

    uint32_t flags = 0;         // JailFlags
    int32_t starter = 0;        // pid of the jstarter that made it
    uint64_t starter_start = 0; // its start time; where that process has ended, the start is complete, or
                                // the jail ends with it
    uint64_t created = 0;       // seconds since the epoch
    // What the system that made it cannot be asked again (jailcore/contract/linux/record.hpp).
    std::array<uint8_t, 24> system{};
    char hostname[256]{}; // the host's where it has none of its own; so is the domain name
    char domainname[256]{};
    char osrelease[64]{}; // of the kernel that it was started on
    char path[1024]{};
    int32_t keeper = 0; // pid of the jkeeper that keeps the mounts of its start's hooks; 0: none
    uint32_t reserved = 0;
    uint64_t keeper_start = 0; // its start time
};

// A console session: the monitor hands it to `jreader sessions`, `ps` and `top`. `pid` is its leader's,
// `jail` the `name` of the jail, or `pid:N`.
struct SessionRecord : RecordHead {
    static constexpr RecordKind kind{"jc-sess", 4, 4};
    SessionRecord() : RecordHead(kind, sizeof(SessionRecord)) {}

    uint32_t number = 0;   // the N of `jail:N`
    uint32_t terminal = 0; // 1: a pty; 0: pipes
    uint64_t created = 0;  // seconds since the epoch
    uint32_t owner = 0;    // uid of the client
    uint32_t attached = 0; // 1: a client is connected
    uint32_t rows = 0;     // of its terminal; 0: pipes
    uint32_t columns = 0;
    uint64_t output = 0; // bytes that its terminal has shown; 0: pipes
};

// A jstarter at work: the monitor reads it again after a crash. `pid` is its own, `name` the jail's.
struct StarterRecord : RecordHead {
    static constexpr RecordKind kind{"jc-star", 1, 1};
    StarterRecord() : RecordHead(kind, sizeof(StarterRecord)) {}

    uint32_t verb = 0; // contract::Verb
    uint32_t reserved = 0;
};

// With what may stand in a file of a router from before the head.
Readable read_record(std::string_view bytes, JailRecord& record);
Readable read_record(std::string_view bytes, SessionRecord& record);
Readable read_record(std::string_view bytes, StarterRecord& record);

// A field that is added must not fall where an older writer has padding: there is none.
static_assert(std::has_unique_object_representations_v<JailRecord>);
static_assert(std::has_unique_object_representations_v<SessionRecord>);
static_assert(std::has_unique_object_representations_v<StarterRecord>);

} // namespace jailcore
