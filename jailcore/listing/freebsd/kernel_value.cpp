#include "jailcore/listing/freebsd/kernel_value.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <sys/socket.h>

namespace jailcore {
namespace {

template <class Number>
int64_t number_of(std::string_view bytes) {
    Number number{};
    std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
    return static_cast<int64_t>(number);
}

int64_t number_in(const KernelParameter& parameter, std::string_view bytes) {
    const bool wide = parameter.size == sizeof(int64_t);
    if (parameter.kind == ParameterKind::unsigned_number)
        return wide ? number_of<uint64_t>(bytes) : number_of<uint32_t>(bytes);
    return wide ? number_of<int64_t>(bytes) : number_of<int32_t>(bytes);
}

ParameterValue system_word(int64_t number) {
    constexpr std::array words{"disable", "new", "inherit"}; // sys/jail.h, JAIL_SYS_*
    auto index = static_cast<size_t>(number);
    return index < words.size() ? std::string(words[index]) : std::to_string(number);
}

std::vector<std::string> numbers_in(const KernelParameter& parameter, std::string_view bytes) {
    std::vector<std::string> list;
    for (; parameter.size > 0 && bytes.size() >= parameter.size; bytes.remove_prefix(parameter.size))
        list.push_back(std::to_string(number_in(parameter, bytes.substr(0, parameter.size))));
    return list;
}

} // namespace

ParameterValue value_in(const KernelParameter& parameter, std::string_view bytes) {
    switch (parameter.kind) {
    case ParameterKind::text:
        return text_in(bytes);
    case ParameterKind::address4:
        return addresses_in(bytes, AF_INET);
    case ParameterKind::address6:
        return addresses_in(bytes, AF_INET6);
    case ParameterKind::jail_system:
        return system_word(number_in(parameter, bytes));
    case ParameterKind::boolean:
        return number_in(parameter, bytes) != 0;
    case ParameterKind::number:
    case ParameterKind::unsigned_number:
        break;
    }
    if (parameter.array)
        return numbers_in(parameter, bytes);
    return number_in(parameter, bytes);
}

} // namespace jailcore
