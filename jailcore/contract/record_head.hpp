// What each of our files and memfds about a jail begins with. It never changes, so that a router of any
// version can list what another has left, and kill it. What is behind it grows at its end only: what an older
// writer did not know has its default, what a newer one knows besides is left aside.
//
// To add a field: at the end of its struct, without padding, with a default that means "as before"; raise the
// kind's `version`, and `needs` as well where a reader who leaves the field aside would do wrong (enter a
// jail with more than it is allowed, say).
#pragma once

#include "pty/text_field.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace jailcore {

struct RecordKind {
    char magic[8]{};
    uint32_t version = 0;
    uint32_t needs = 0;
};

struct RecordHead {
    RecordHead() = default;
    RecordHead(const RecordKind& kind, uint32_t size_of_all)
        : version(kind.version), needs(kind.needs), size(size_of_all) {
        std::copy_n(kind.magic, sizeof magic, magic);
    }

    char magic[8]{};         // which kind of record
    uint32_t version = 0;    // of the writer's struct
    uint32_t needs = 0;      // the oldest version that understands what is behind the head
    uint32_t size = 0;       // bytes, the head's included
    int32_t pid = 0;         // of the process that it is about, in the monitor's pid namespace
    uint64_t start_time = 0; // as jailcore/process_handle.hpp has it; tells a reused pid
    uint32_t jid = 0;
    uint32_t spare = 0;
    char name[256]{};   // of the jail
    char cgroup[512]{}; // directory of its cgroup below the v2 mount, absolute host path; "": none
};
static_assert(sizeof(RecordHead) == 808);

enum class Readable { nothing, head, all };

// Whether `bytes` begin with the head of a record of that kind, with that in `head`.
inline bool read_head(std::string_view bytes, const RecordKind& kind, RecordHead& head) {
    if (bytes.size() < sizeof head)
        return false;
    std::memcpy(static_cast<void*>(&head), bytes.data(), sizeof head);
    return std::ranges::equal(head.magic, kind.magic);
}

// Whether `bytes` are an `Old`, a struct from before there was a head, with that in `old`.
template <class Old>
bool read_old(std::string_view bytes, Old& old) {
    if (bytes.size() != sizeof old)
        return false;
    std::memcpy(static_cast<void*>(&old), bytes.data(), sizeof old);
    return true;
}

// Reads what `bytes` has of `record`, whose fields behind the head must have their defaults. A record that
// was read counts as one of our own version.
template <class Record>
Readable read_current(std::string_view bytes, Record& record) {
    RecordHead head;
    if (!read_head(bytes, Record::kind, head))
        return Readable::nothing;
    bool understood = head.size == bytes.size() && head.needs <= Record::kind.version;
    size_t known = understood ? std::min(bytes.size(), sizeof record) : sizeof head;
    std::memcpy(static_cast<void*>(&record), bytes.data(), known);
    record.version = Record::kind.version;
    record.needs = Record::kind.needs;
    record.size = sizeof record;
    return understood ? Readable::all : Readable::head;
}

} // namespace jailcore
