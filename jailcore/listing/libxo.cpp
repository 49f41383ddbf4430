#include "jailcore/listing/libxo.hpp"

namespace jailcore {
namespace {

std::string ascii(const Json& json) {
    return json.dump(-1, ' ', true);
}

// libxo(3) puts no blank around a leaf, but one behind the name of a list and before each list or instance
// that follows something.
std::string instance(const Json& row) {
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
        Json inner;
        inner[std::string(list)] = rows;
        Json whole{{"__version", version}};
        whole[std::string(container)] = std::move(inner);
        return whole.dump(2, ' ', true) + "\n";
    }
    std::string text = "{\"__version\": " + ascii(Json(version)) + ", " + ascii(Json(container)) + ": {" +
                       ascii(Json(list)) + ": [";
    std::string between;
    for (const Json& row : rows) {
        text += between + instance(row);
        between = ", ";
    }
    return text + "]}}\n";
}

} // namespace jailcore
