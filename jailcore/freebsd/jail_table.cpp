#include "jailcore/freebsd/jail_table.hpp"

#include "pty/error.hpp"

#include <cerrno>
#include <cstring>
#include <type_traits>

namespace jailcore {
namespace {

// ---- numbers as they lie in memory, text behind its length

template <class Number>
void put(std::string& bytes, Number number) {
    static_assert(std::is_integral_v<Number>);
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_text(std::string& bytes, const std::string& text) {
    put(bytes, static_cast<uint32_t>(text.size()));
    bytes += text;
}

class Bytes {
public:
    explicit Bytes(std::string_view bytes) : left_(bytes) {}

    std::string_view take(size_t size) {
        if (size > left_.size())
            throw pty::StepError(EBADMSG, "read", "the kernel's jails");
        std::string_view taken = left_.substr(0, size);
        left_.remove_prefix(size);
        return taken;
    }
    template <class Number>
    Number number() {
        Number value{};
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    std::string text() { return std::string(take(number<uint32_t>())); }
    // Of things of which each takes a byte at least.
    uint32_t count() {
        auto value = number<uint32_t>();
        if (value > left_.size())
            take(value);
        return value;
    }

private:
    std::string_view left_;
};

KernelParameter take_parameter(Bytes& bytes) {
    KernelParameter parameter;
    parameter.name = bytes.text();
    parameter.kind = static_cast<ParameterKind>(bytes.number<uint32_t>());
    parameter.size = bytes.number<uint32_t>();
    parameter.array = bytes.number<uint8_t>() != 0;
    parameter.writable = bytes.number<uint8_t>() != 0;
    return parameter;
}

} // namespace

std::vector<WantedParameter> wanted(const std::vector<KernelParameter>& parameters) {
    std::vector<WantedParameter> all;
    for (const KernelParameter& parameter : parameters)
        all.push_back({parameter.name, parameter.array ? 0 : parameter.size});
    return all;
}

std::string encode(const JailTable& table) {
    std::string bytes;
    put(bytes, static_cast<uint32_t>(table.parameters.size()));
    for (const KernelParameter& parameter : table.parameters) {
        put_text(bytes, parameter.name);
        put(bytes, static_cast<uint32_t>(parameter.kind));
        put(bytes, parameter.size);
        put(bytes, static_cast<uint8_t>(parameter.array));
        put(bytes, static_cast<uint8_t>(parameter.writable));
    }
    put(bytes, static_cast<uint32_t>(table.rows.size()));
    for (const KernelRow& row : table.rows) {
        put(bytes, row.jid);
        for (const std::string& value : row.values)
            put_text(bytes, value);
    }
    return bytes;
}

JailTable decode_jail_table(std::string_view text) {
    Bytes bytes(text);
    JailTable table;
    for (uint32_t left = bytes.count(); left > 0; --left)
        table.parameters.push_back(take_parameter(bytes));
    for (uint32_t left = bytes.count(); left > 0; --left) {
        KernelRow& row = table.rows.emplace_back();
        row.jid = bytes.number<int32_t>();
        for (size_t i = 0; i < table.parameters.size(); ++i)
            row.values.push_back(bytes.text());
    }
    return table;
}

} // namespace jailcore
