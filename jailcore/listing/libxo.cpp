#include "jailcore/listing/libxo.hpp"

#include <nlohmann/json.hpp>

namespace jailcore {
namespace {

using Value = nlohmann::ordered_json;

std::string ascii(const Value& json) {
    return json.dump(-1, ' ', true);
}

// libxo(3) puts no blank around a leaf, but one behind the name of a list and before each list or instance
// that follows something.
std::string instance(const Value& row) {
    std::string text = "{";
    for (const auto& [key, value] : row.items()) {
        bool first = text.size() == 1;
        text += first ? "" : value.is_array() ? ", " : ",";
        text += ascii(key) + (value.is_array() ? ": " : ":") + ascii(value);
    }
    return text + "}";
}

} // namespace

std::string libxo_text(std::string_view version, std::string_view container, std::string_view list,
                       const Json& rows, bool pretty) {
    if (pretty) {
        Value inner;
        inner[std::string(list)] = rows.value();
        Value whole{{"__version", version}};
        whole[std::string(container)] = std::move(inner);
        return whole.dump(2, ' ', true) + "\n";
    }
    std::string text = "{\"__version\": " + ascii(Value(version)) + ", " + ascii(Value(container)) + ": {" +
                       ascii(Value(list)) + ": [";
    std::string between;
    for (const Value& row : rows.value()) {
        text += between + instance(row);
        between = ", ";
    }
    return text + "]}}\n";
}

} // namespace jailcore
