#include "jailcore/listing/libxo.hpp"

namespace jailcore {
namespace {

using pty::Json;

std::string compact(const Json& json) {
    return json.text(Json::one_line);
}

// libxo(3) puts no blank around a leaf, but one behind the name of a list and before each list or instance
// that follows something.
std::string instance(const Json& row) {
    std::string text = "{";
    for (const auto& [key, value] : row.get<Json::Object>()) {
        bool first = text.size() == 1;
        bool list = value.get_if<Json::Array>() != nullptr;
        text += first ? "" : list ? ", " : ",";
        text += compact(key) + (list ? ": " : ":") + compact(value);
    }
    return text + "}";
}

// Over several lines an empty list has two, too.
std::string pretty(const Json& json, size_t depth) {
    constexpr size_t step = 2;
    std::string items;
    const std::string line = "\n" + std::string(depth + step, ' ');
    const std::string end = "\n" + std::string(depth, ' ');
    if (const auto* members = json.get_if<Json::Object>()) {
        for (const auto& [key, value] : *members)
            items += (items.empty() ? "" : ",") + line + compact(key) + ": " + pretty(value, depth + step);
        return "{" + items + end + "}";
    }
    if (const auto* values = json.get_if<Json::Array>()) {
        for (const Json& value : *values)
            items += (items.empty() ? "" : ",") + line + pretty(value, depth + step);
        return "[" + items + end + "]";
    }
    return compact(json);
}

} // namespace

std::string libxo_text(std::string_view version, std::string_view container, std::string_view list,
                       const Json& rows, bool several_lines) {
    if (several_lines)
        return "{\n  \"__version\": " + compact(version) + ", \n  " + compact(container) + ": " +
               pretty(Json::object({{list, rows}}), 2) + "\n}\n";
    std::string text =
        "{\"__version\": " + compact(version) + ", " + compact(container) + ": {" + compact(list) + ": [";
    std::string between;
    for (const Json& row : rows.get<Json::Array>()) {
        text += between + instance(row);
        between = ", ";
    }
    return text + "]}}\n";
}

} // namespace jailcore
