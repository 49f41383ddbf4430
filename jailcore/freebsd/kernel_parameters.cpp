#include "jailcore/freebsd/kernel_parameters.hpp"

#include "pty/error.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <string_view>
#include <sys/param.h>

#include <sys/sysctl.h>

namespace jailcore {
namespace {

constexpr const char* tree = "security.jail.param";

// sysctl(3): the place of a variable in the kernel's tree, and what that tells of it under "0.N.PLACE"
// (sys/kern/kern_sysctl.c).
using Place = std::vector<int>;
enum Question : int { name = 1, next = 2, format = 4 };

// False with errno where there is no answer.
bool ask(Question question, const Place& place, void* answer, size_t& size) {
    Place asked{0, question};
    asked.insert(asked.end(), place.begin(), place.end());
    return ::sysctl(asked.data(), static_cast<unsigned>(asked.size()), answer, &size, nullptr, 0) == 0;
}

std::optional<Place> place_behind(const Place& place) {
    std::array<int, CTL_MAXNAME> found{};
    size_t size = sizeof found;
    if (!ask(next, place, found.data(), size))
        return std::nullopt;
    return Place(found.begin(), found.begin() + static_cast<ptrdiff_t>(size / sizeof(int)));
}

// Without its final NUL.
std::string text(Question question, const Place& place, std::array<char, MAXPATHLEN>& buffer) {
    size_t size = buffer.size();
    pty::check(ask(question, place, buffer.data(), size) ? 0 : -1, "sysctl", tree);
    return {buffer.data(), size > 0 ? size - 1 : 0};
}

// A string's size is what the variable says.
uint32_t size_of_text(const Place& place) {
    std::array<char, 32> said{};
    size_t size = said.size() - 1;
    pty::check(::sysctl(place.data(), static_cast<unsigned>(place.size()), said.data(), &size, nullptr, 0),
               "sysctl", tree);
    uint32_t bytes = 0;
    std::from_chars(said.data(), said.data() + std::strlen(said.data()), bytes);
    return bytes;
}

// False where the kind is none that jail(3) knows.
bool set_kind(KernelParameter& parameter, const Place& place, unsigned type, std::string_view shape) {
    if (shape.ends_with(",a")) {
        parameter.array = true;
        shape.remove_suffix(2);
    }
    switch (type & CTLTYPE) {
    case CTLTYPE_INT:
        parameter.kind = shape.starts_with('B') ? ParameterKind::boolean
                         : shape == "E,jailsys" ? ParameterKind::jail_system
                                                : ParameterKind::number;
        parameter.size = sizeof(int);
        return true;
    case CTLTYPE_UINT:
        parameter.kind = ParameterKind::unsigned_number;
        parameter.size = sizeof(unsigned);
        return true;
    case CTLTYPE_LONG:
    case CTLTYPE_S64:
        parameter.kind = ParameterKind::number;
        parameter.size = (type & CTLTYPE) == CTLTYPE_LONG ? sizeof(long) : sizeof(int64_t);
        return true;
    case CTLTYPE_ULONG:
    case CTLTYPE_U64:
        parameter.kind = ParameterKind::unsigned_number;
        parameter.size = (type & CTLTYPE) == CTLTYPE_ULONG ? sizeof(unsigned long) : sizeof(uint64_t);
        return true;
    case CTLTYPE_STRING:
        parameter.kind = ParameterKind::text;
        parameter.size = size_of_text(place);
        return parameter.size > 0;
    case CTLTYPE_STRUCT:
        parameter.kind = shape == "S,in_addr" ? ParameterKind::address4 : ParameterKind::address6;
        parameter.size = shape == "S,in_addr" ? sizeof(in_addr) : sizeof(in6_addr);
        return shape == "S,in_addr" || shape == "S,in6_addr";
    default:
        return false;
    }
}

std::optional<KernelParameter> parameter_at(const Place& place) {
    std::array<char, MAXPATHLEN> buffer{};
    KernelParameter parameter;
    parameter.name = text(name, place, buffer).substr(std::strlen(tree) + 1);
    if (parameter.name.ends_with('.')) // what a node itself is, as `ip4` beside `ip4.addr`
        parameter.name.pop_back();
    std::string said = text(format, place, buffer);
    unsigned type = 0;
    if (said.size() < sizeof type)
        return std::nullopt;
    std::memcpy(&type, said.data(), sizeof type);
    parameter.writable = (type & (CTLFLAG_WR | CTLFLAG_TUN)) != 0;
    if (!set_kind(parameter, place, type, std::string_view(said).substr(sizeof type)))
        return std::nullopt;
    return parameter;
}

} // namespace

std::vector<KernelParameter> kernel_parameters() {
    std::array<int, CTL_MAXNAME> found{};
    size_t size = found.size();
    pty::check(::sysctlnametomib(tree, found.data(), &size), "sysctl", tree);
    const Place root(found.begin(), found.begin() + static_cast<ptrdiff_t>(size));
    std::vector<KernelParameter> parameters;
    for (auto place = place_behind(root); place; place = place_behind(*place)) {
        if (place->size() <= root.size() || !std::equal(root.begin(), root.end(), place->begin()))
            break;
        if (auto parameter = parameter_at(*place))
            parameters.push_back(std::move(*parameter));
    }
    return parameters;
}

} // namespace jailcore
