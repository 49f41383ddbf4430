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

} // namespace

std::string libxo_text(std::string_view version, std::string_view container, std::string_view list,
                       const Json& rows, bool pretty) {
    if (pretty)
        return Json::object({{"__version", version}, {container, Json::object({{list, rows}})}}).text(2) +
               "\n";
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
