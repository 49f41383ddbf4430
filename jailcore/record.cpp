#include "jailcore/record.hpp"

#include "jailcore/enter_spec.hpp"

#include <memory>

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
    uint64_t pid_namespace = 0;
    uint32_t namespaces = 0;
    uint32_t permissions = 0;
    uint32_t filtered = 0;
    uint32_t children_max = 0;
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

struct EnterSpec1 {
    uint32_t version = 1;
    uint8_t repair = 0;
    uint8_t allow_host_pty = 0;
    uint8_t no_new_privs = 0;
    uint8_t own_user_namespace = 0;
    uint64_t bounding_set = 0;
    char cgroup[512]{};
    uint32_t filter_length = 0;
    uint8_t filter[max_filter * 8]{};
};
static_assert(sizeof(EnterSpec1) == 4632);

// Whether `bytes` are an `Old`, with that in `old`.
template <class Old>
bool read_old(std::string_view bytes, Old& old) {
    if (bytes.size() != sizeof old)
        return false;
    std::memcpy(static_cast<void*>(&old), bytes.data(), sizeof old);
    return true;
}

void take(const JailRecord2& old, JailRecord& record) {
    record.jid = old.jid;
    record.pid = old.pid;
    record.flags = old.flags;
    record.start_time = old.start_time;
    record.created = old.created;
    record.pid_namespace = old.pid_namespace;
    record.namespaces = old.namespaces;
    record.permissions = old.permissions;
    record.filtered = old.filtered;
    record.children_max = old.children_max;
    set_text(record.name, get_text(old.name));
    set_text(record.hostname, get_text(old.hostname));
    set_text(record.domainname, get_text(old.domainname));
    set_text(record.osrelease, get_text(old.osrelease));
    set_text(record.path, get_text(old.path));
    set_text(record.cgroup, get_text(old.cgroup));
}

void take(const EnterSpec1& old, EnterSpec& spec) {
    spec.repair = old.repair;
    spec.allow_host_pty = old.allow_host_pty;
    spec.no_new_privs = old.no_new_privs;
    spec.own_user_namespace = old.own_user_namespace;
    spec.bounding_set = old.bounding_set;
    spec.filter_length = old.filter_length;
    std::ranges::copy(old.filter, spec.filter);
    set_text(spec.cgroup, get_text(old.cgroup));
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

Readable read_record(std::string_view bytes, EnterSpec& spec) {
    auto old = std::make_unique<EnterSpec1>();
    Readable readable = Readable::all;
    if (read_old(bytes, *old) && old->version == EnterSpec1{}.version)
        take(*old, spec);
    else
        readable = read_current(bytes, spec);
    // A filter is loaded as a whole or not at all.
    if (readable == Readable::all && spec.filter_length > max_filter)
        return Readable::head;
    return readable;
}

} // namespace jailcore
