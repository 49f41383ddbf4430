#include "jailcore/freebsd/kernel_jails.hpp"

#include "pty/error.hpp"

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
    explicit Query(JailKernel& kernel) : kernel_(kernel) {}

    void number(const char* name, int32_t& value) { place(name, &value, sizeof value); }
    void bytes(const char* name, std::vector<char>& buffer) {
        if (kernel_.knows(name))
            place(name, buffer.empty() ? nullptr : buffer.data(), buffer.size());
    }
    // -1 with errno, or the number of the jail.
    int ask() { return kernel_.get(parts_.data(), static_cast<unsigned>(parts_.size()), dying_too); }
    // What the kernel has of it, though there were no room.
    [[nodiscard]] size_t size_of(const char* name) const {
        for (size_t i = 0; i < parts_.size(); i += 2)
            if (std::strcmp(static_cast<const char*>(parts_[i].iov_base), name) == 0)
                return parts_[i + 1].iov_len;
        return 0;
    }

private:
    void place(const char* name, void* value, size_t size) {
        parts_.push_back({const_cast<char*>(name), std::strlen(name) + 1});
        parts_.push_back({value, size});
    }
    JailKernel& kernel_;
    std::vector<iovec> parts_;
};

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

std::vector<std::string> addresses(const std::vector<char>& bytes, int family, size_t size) {
    std::vector<std::string> result;
    for (size_t at = 0; at + size <= bytes.size(); at += size) {
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (::inet_ntop(family, bytes.data() + at, text.data(), text.size()) != nullptr)
            result.emplace_back(text.data());
    }
    return result;
}

// The first jail behind `last`, but its addresses; nothing: there is none.
std::optional<KernelJail> next_jail(JailKernel& kernel, int32_t last) {
    KernelJail jail;
    Query query(kernel);
    query.number("lastjid", last);
    std::array<std::vector<char>, texts.size()> buffers;
    for (size_t i = 0; i < texts.size(); ++i) {
        buffers[i].resize(texts[i].room);
        query.bytes(texts[i].name, buffers[i]);
    }
    for (const Number& number : numbers)
        if (kernel.knows(number.name))
            query.number(number.name, jail.*number.place);
    auto network = static_cast<int32_t>(jail.network);
    if (kernel.knows("vnet"))
        query.number("vnet", network);
    jail.jid = query.ask();
    if (jail.jid == -1 && errno == ENOENT)
        return std::nullopt;
    pty::check(jail.jid, "jail_get", "the next jail");
    jail.network = static_cast<JailSystem>(network);
    for (size_t i = 0; i < texts.size(); ++i)
        jail.*texts[i].place =
            std::string(buffers[i].data(), ::strnlen(buffers[i].data(), buffers[i].size()));
    return jail;
}

// How many there are is known only by asking, and may have changed by the time that there is room for them.
// False: there is no such jail any more.
bool read_addresses(JailKernel& kernel, KernelJail& jail) {
    constexpr int attempts = 8;
    std::vector<char> four, six;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        Query query(kernel);
        query.number("jid", jail.jid);
        query.bytes("ip4.addr", four);
        query.bytes("ip6.addr", six);
        if (query.ask() == -1) {
            if (errno == ENOENT)
                return false;
            if (errno != EINVAL)
                throw pty::StepError(errno, "jail_get", jail.name);
            four.clear();
            six.clear();
            continue;
        }
        size_t of_four = query.size_of("ip4.addr"), of_six = query.size_of("ip6.addr");
        bool all = of_four <= four.size() && of_six <= six.size();
        four.resize(of_four);
        six.resize(of_six);
        if (all)
            break;
    }
    jail.addresses4 = addresses(four, AF_INET, sizeof(in_addr));
    jail.addresses6 = addresses(six, AF_INET6, sizeof(in6_addr));
    return true;
}

} // namespace

std::vector<KernelJail> kernel_jails(JailKernel& kernel) {
    std::vector<KernelJail> jails;
    for (int32_t last = 0;;) {
        std::optional<KernelJail> jail = next_jail(kernel, last);
        if (!jail)
            return jails;
        last = jail->jid;
        if (read_addresses(kernel, *jail))
            jails.push_back(std::move(*jail));
    }
}

} // namespace jailcore
