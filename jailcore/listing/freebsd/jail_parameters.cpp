#include "jailcore/listing/jail_parameters.hpp"

#include "jailcore/freebsd/kernel_tables.hpp"
#include "jailcore/listing/freebsd/kernel_value.hpp"

#include <algorithm>
#include <utility>

namespace jailcore {
namespace {

// As it is when it is first asked for: a listing shows one moment.
const JailTable& kernel_now() {
    static const JailTable table = decode_jail_table(kernel_table(KernelTable::jails));
    return table;
}

ParameterValue value_in(const KernelRow& row, std::string_view name) {
    const auto& parameters = kernel_now().parameters;
    auto found = std::ranges::find(parameters, name, &KernelParameter::name);
    if (found == parameters.end())
        return std::string();
    return value_in(*found, row.values[static_cast<size_t>(found - parameters.begin())]);
}

// One that is not in the kernel has nothing of everything.
ParameterValue kernel_value(const JailRecord& jail, std::string_view name) {
    const auto& rows = kernel_now().rows;
    auto row = std::ranges::find(rows, static_cast<int32_t>(jail.jid), &KernelRow::jid);
    return row != rows.end() ? value_in(*row, name) : std::string();
}

std::string text_of(const KernelRow& row, std::string_view name) {
    ParameterValue value = value_in(row, name);
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr ? *text : "";
}

bool is_dying(const KernelRow& row) {
    ParameterValue value = value_in(row, "dying");
    const bool* dying = std::get_if<bool>(&value);
    return dying != nullptr && *dying;
}

JailRecord record_of(const KernelRow& row) {
    JailRecord record;
    record.jid = static_cast<uint32_t>(row.jid);
    pty::set_text(record.name, text_of(row, "name"));
    pty::set_text(record.path, text_of(row, "path"));
    pty::set_text(record.hostname, text_of(row, "host.hostname"));
    return record;
}

} // namespace

std::vector<ListedParameter> unsorted_parameters() {
    std::vector<ListedParameter> rows;
    for (const KernelParameter& parameter : kernel_now().parameters)
        rows.push_back(
            {parameter.name, parameter.writable, parameter.kind == ParameterKind::jail_system, kernel_value});
    return rows;
}

// The router's records say what it is doing with them.
std::vector<JailRecord> listed_jails(const std::vector<JailRecord>& known, bool dying) {
    std::vector<JailRecord> jails;
    for (const KernelRow& row : kernel_now().rows) {
        if (is_dying(row) && !dying)
            continue;
        JailRecord& jail = jails.emplace_back(record_of(row));
        for (const JailRecord& one : known)
            if (one.jid == jail.jid && pty::get_text(one.name) == pty::get_text(jail.name))
                jail = one;
    }
    return jails;
}

} // namespace jailcore
