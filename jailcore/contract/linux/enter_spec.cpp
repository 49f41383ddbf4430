#include "jailcore/contract/linux/enter_spec.hpp"

#include <memory>

namespace jailcore {
namespace {

// As it was before there was a head.
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

void take(const EnterSpec1& old, EnterSpec& spec) {
    spec.repair = old.repair;
    spec.allow_host_pty = old.allow_host_pty;
    spec.no_new_privs = old.no_new_privs;
    spec.own_user_namespace = old.own_user_namespace;
    spec.bounding_set = old.bounding_set;
    spec.filter_length = old.filter_length;
    std::ranges::copy(old.filter, spec.filter);
    pty::set_text(spec.cgroup, pty::get_text(old.cgroup));
}

} // namespace

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
