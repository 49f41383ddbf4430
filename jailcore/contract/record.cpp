#include "jailcore/contract/record.hpp"

namespace jailcore {
namespace {

// ---- as they were before there was a head

struct JailRecord2 {
    uint32_t version = 2;
    uint32_t jid = 0;
    int32_t pid = 0;
    uint32_t flags = 0;
    uint64_t start_time = 0;
    uint64_t created = 0;
    std::array<uint8_t, 24> system{};
    char name[256]{};
    char hostname[256]{};
    char domainname[256]{};
    char osrelease[64]{};
    char path[1024]{};
    char cgroup[512]{};
};
static_assert(sizeof(JailRecord2) == 2424);

struct SessionLeader1 {
    int32_t pid = 0;
    uint32_t spare = 0;
    uint64_t start_time = 0;
};
static_assert(sizeof(SessionLeader1) == 16);

void take(const JailRecord2& old, JailRecord& record) {
    record.jid = old.jid;
    record.pid = old.pid;
    record.flags = old.flags;
    record.start_time = old.start_time;
    record.created = old.created;
    record.system = old.system;
    pty::set_text(record.name, pty::get_text(old.name));
    pty::set_text(record.hostname, pty::get_text(old.hostname));
    pty::set_text(record.domainname, pty::get_text(old.domainname));
    pty::set_text(record.osrelease, pty::get_text(old.osrelease));
    pty::set_text(record.path, pty::get_text(old.path));
    pty::set_text(record.cgroup, pty::get_text(old.cgroup));
}

} // namespace

Readable read_record(std::string_view bytes, JailRecord& record) {
    JailRecord2 old;
    if (!read_old(bytes, old) || old.version != JailRecord2{}.version)
        return read_current(bytes, record);
    take(old, record);
    return Readable::all;
}

Readable read_record(std::string_view bytes, SessionRecord& record) {
    SessionLeader1 old;
    if (!read_old(bytes, old))
        return read_current(bytes, record);
    record.pid = old.pid;
    record.start_time = old.start_time;
    return Readable::all;
}

Readable read_record(std::string_view bytes, StarterRecord& record) {
    return read_current(bytes, record);
}

} // namespace jailcore
