#include "jailcore/listing/ps.hpp"

#include "jailcore/listing/column.hpp"
#include "jailcore/listing/json_text.hpp"
#include "pty/escape.hpp"
#include "pty/json.hpp"

#include <algorithm>
#include <cstdio>

namespace jailcore {
namespace {

using pty::Json;

constexpr size_t longest_cell = 1024; // characters

std::string cell_text(const PsValue& value) {
    if (const auto* number = std::get_if<int64_t>(&value))
        return std::to_string(*number);
    if (const auto* share = std::get_if<double>(&value)) {
        char text[32];
        std::snprintf(text, sizeof text, "%.1f", *share);
        return text;
    }
    return cut(std::get<std::string>(value), longest_cell);
}

using Row = std::vector<std::string>;

std::vector<size_t> widths(const std::vector<Row>& rows, size_t columns) {
    std::vector<size_t> widest(columns);
    for (const Row& row : rows)
        for (size_t i = 0; i < columns; ++i)
            widest[i] = std::max(widest[i], width_of(row[i]));
    return widest;
}

std::string line_of(const Row& row, const std::vector<size_t>& widest, const PsOptions& options) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
        std::string spaces(widest[i] - width_of(row[i]), ' ');
        bool left = options.columns[i].keyword->left;
        bool last = i + 1 == row.size();
        line += i == 0 ? "" : " ";
        line += left ? row[i] + (last ? "" : spaces) : spaces + row[i];
    }
    return line + "\n";
}

bool is_shown(const JailProcess& one, const PsOptions& options) {
    return !options.terminals_only || one.process.terminal != "-";
}

Json json_of(const PsValue& value) {
    if (const auto* text = std::get_if<std::string>(&value))
        return pty::escape_invalid(*text);
    if (const auto* number = std::get_if<int64_t>(&value))
        return *number;
    return std::get<double>(value);
}

} // namespace

std::string ps_text(std::span<const JailProcess> processes, const PsOptions& options,
                    const PsMachine& machine) {
    std::vector<Row> rows(1);
    for (const PsColumn& column : options.columns)
        rows.front().push_back(cut(column.header, longest_cell));
    for (const JailProcess& one : processes) {
        if (!is_shown(one, options))
            continue;
        Row& row = rows.emplace_back();
        for (const PsColumn& column : options.columns)
            row.push_back(cell_text(column.keyword->value(one, machine)));
    }
    std::vector<size_t> widest = widths(rows, options.columns.size());
    if (std::ranges::all_of(rows.front(), &std::string::empty))
        rows.erase(rows.begin());
    std::string text;
    for (const Row& row : rows)
        text += line_of(row, widest, options);
    return text;
}

std::string ps_json(std::span<const JailProcess> processes, const PsOptions& options,
                    const PsMachine& machine) {
    Json rows = Json::array();
    for (const JailProcess& one : processes) {
        if (!is_shown(one, options))
            continue;
        Json row = Json::object();
        for (const PsColumn& column : options.columns) {
            PsValue value = column.keyword->value(one, machine);
            row.set(column.keyword->name, json_of(value));
        }
        rows.add(std::move(row));
    }
    return json_text(rows);
}

} // namespace jailcore
