#include "jailcore/freebsd/kernel_jails.hpp"

#include "pty/error.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <sys/uio.h>

namespace jailcore {
namespace {

constexpr int dying_too = 0x08;         // JAIL_DYING
constexpr size_t longest_name = 256;    // MAXHOSTNAMELEN, its NUL included
constexpr size_t longest_path = 1024;   // MAXPATHLEN
constexpr size_t longest_release = 256; // OSRELEASELEN is 32; more is never copied

// One call: names with the places for their values.
class Query {
public:
    void place(const std::string& name, void* value, size_t size) {
        parts_.push_back({const_cast<char*>(name.c_str()), name.size() + 1});
        parts_.push_back({value, size});
    }
    // -1 with errno, or the number of the jail.
    int ask(JailKernel& kernel, int flags) {
        return kernel.get(parts_.data(), static_cast<unsigned>(parts_.size()), flags);
    }
    // What the kernel has of the parameter that was placed as number `index`, though there were no room.
    [[nodiscard]] size_t size_of(size_t index) const { return parts_[2 * index + 1].iov_len; }

private:
    std::vector<iovec> parts_;
};

using Wanted = std::span<const WantedParameter>;

// The first jail behind `last`, but its arrays; nothing: there is none.
std::optional<KernelRow> next_row(JailKernel& kernel, Wanted wanted, int32_t last, int flags) {
    static const std::string key = "lastjid";
    KernelRow row{0, std::vector<std::string>(wanted.size())};
    Query query;
    query.place(key, &last, sizeof last);
    for (size_t i = 0; i < wanted.size(); ++i)
        if (wanted[i].room != 0) {
            row.values[i].resize(wanted[i].room);
            query.place(wanted[i].name, row.values[i].data(), row.values[i].size());
        }
    row.jid = query.ask(kernel, flags);
    if (row.jid == -1 && errno == ENOENT)
        return std::nullopt;
    pty::check(row.jid, "jail_get", "the next jail");
    return row;
}

// How long they are is known only by asking, and may have changed by the time that there is room for them.
// False: there is no such jail any more.
bool read_arrays(JailKernel& kernel, Wanted wanted, KernelRow& row, int flags) {
    static const std::string key = "jid";
    constexpr int attempts = 8;
    bool all = std::ranges::none_of(wanted, [](const WantedParameter& one) {
        return one.room == 0;
    });
    for (int attempt = 0; attempt < attempts && !all; ++attempt) {
        Query query;
        query.place(key, &row.jid, sizeof row.jid);
        std::vector<std::string*> arrays;
        for (size_t i = 0; i < wanted.size(); ++i)
            if (wanted[i].room == 0) {
                std::string& value = *arrays.emplace_back(&row.values[i]);
                query.place(wanted[i].name, value.empty() ? nullptr : value.data(), value.size());
            }
        all = true;
        bool answered = query.ask(kernel, flags) != -1;
        if (!answered && errno == ENOENT)
            return false;
        if (!answered && errno != EINVAL)
            throw pty::StepError(errno, "jail_get", std::to_string(row.jid));
        for (size_t i = 0; i < arrays.size(); ++i) {
            size_t size = answered ? query.size_of(i + 1) : 0;
            all = all && answered && size <= arrays[i]->size();
            arrays[i]->resize(size);
        }
    }
    return true;
}

using TextPlace = std::string KernelJail::*;
struct Text {
    const char* name;
    TextPlace place;
    size_t room;
};
constexpr std::array texts{Text{"name", &KernelJail::name, longest_name},
                           Text{"path", &KernelJail::path, longest_path},
                           Text{"host.hostname", &KernelJail::hostname, longest_name},
                           Text{"host.domainname", &KernelJail::domainname, longest_name},
                           Text{"osrelease", &KernelJail::osrelease, longest_release}};

using NumberPlace = int32_t KernelJail::*;
struct Number {
    const char* name;
    NumberPlace place;
};
constexpr std::array numbers{Number{"parent", &KernelJail::parent},
                             Number{"dying", &KernelJail::dying},
                             Number{"persist", &KernelJail::persist},
                             Number{"cpuset.id", &KernelJail::cpuset},
                             Number{"securelevel", &KernelJail::securelevel},
                             Number{"devfs_ruleset", &KernelJail::devfs_ruleset},
                             Number{"enforce_statfs", &KernelJail::enforce_statfs},
                             Number{"children.cur", &KernelJail::children},
                             Number{"children.max", &KernelJail::most_children}};

using AddressPlace = std::vector<std::string> KernelJail::*;
struct Addresses {
    const char* name;
    AddressPlace place;
    int family;
};
constexpr std::array arrays{Addresses{"ip4.addr", &KernelJail::addresses4, AF_INET},
                            Addresses{"ip6.addr", &KernelJail::addresses6, AF_INET6}};

std::vector<WantedParameter> wanted_parameters(JailKernel& kernel) {
    std::vector<WantedParameter> wanted{{"vnet", sizeof(int32_t)}};
    for (const Text& text : texts)
        wanted.push_back({text.name, text.room});
    for (const Number& number : numbers)
        wanted.push_back({number.name, sizeof(int32_t)});
    for (const Addresses& array : arrays)
        wanted.push_back({array.name, 0});
    std::erase_if(wanted, [&](const WantedParameter& one) {
        return !kernel.knows(one.name.c_str());
    });
    return wanted;
}

int32_t number_in(const std::string& value) {
    int32_t number = 0;
    std::memcpy(&number, value.data(), std::min(value.size(), sizeof number));
    return number;
}

void take(KernelJail& jail, const std::string& name, const std::string& value) {
    for (const Text& text : texts)
        if (name == text.name)
            jail.*text.place = text_in(value);
    for (const Number& number : numbers)
        if (name == number.name)
            jail.*number.place = number_in(value);
    for (const Addresses& array : arrays)
        if (name == array.name)
            jail.*array.place = addresses_in(value, array.family);
    if (name == "vnet")
        jail.network = static_cast<JailSystem>(number_in(value));
}

} // namespace

std::string text_in(std::string_view value) {
    return std::string(value.substr(0, value.find('\0')));
}

std::vector<std::string> addresses_in(std::string_view value, int family) {
    const size_t size = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
    std::vector<std::string> result;
    for (; value.size() >= size; value.remove_prefix(size)) {
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (::inet_ntop(family, value.data(), text.data(), text.size()) != nullptr)
            result.emplace_back(text.data());
    }
    return result;
}

std::vector<KernelRow> kernel_rows(JailKernel& kernel, std::span<const WantedParameter> wanted, bool dying) {
    const int flags = dying ? dying_too : 0;
    std::vector<KernelRow> rows;
    for (int32_t last = 0;;) {
        std::optional<KernelRow> row = next_row(kernel, wanted, last, flags);
        if (!row)
            return rows;
        last = row->jid;
        if (read_arrays(kernel, wanted, *row, flags))
            rows.push_back(std::move(*row));
    }
}

std::vector<KernelJail> kernel_jails(JailKernel& kernel) {
    const std::vector<WantedParameter> wanted = wanted_parameters(kernel);
    std::vector<KernelJail> jails;
    for (const KernelRow& row : kernel_rows(kernel, wanted, true)) {
        KernelJail& jail = jails.emplace_back();
        jail.jid = row.jid;
        for (size_t i = 0; i < wanted.size(); ++i)
            take(jail, wanted[i].name, row.values[i]);
    }
    return jails;
}

} // namespace jailcore
