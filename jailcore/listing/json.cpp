#include "jailcore/listing/json.hpp"

#include <nlohmann/json.hpp>

namespace jailcore {

using Value = nlohmann::ordered_json;

Json::Json(Value value) : value_(std::make_unique<Value>(std::move(value))) {}
Json::Json(std::nullptr_t /*null*/) : Json(Value()) {}
Json::Json(bool value) : Json(Value(value)) {}
Json::Json(double value) : Json(Value(value)) {}
Json::Json(Signed number) : Json(Value(number.value)) {}
Json::Json(Unsigned number) : Json(Value(number.value)) {}
Json::Json(std::string_view text) : Json(Value(text)) {}
Json::Json(const std::vector<std::string>& texts) : Json(Value(texts)) {}

Json Json::array() {
    return Json(Value::array());
}

Json Json::object(Members members) {
    Json made(Value::object());
    for (const auto& [name, value] : members)
        made.set(name, value);
    return made;
}

Json::Json(const Json& other) : Json(*other.value_) {}
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;

void Json::add(Json value) {
    value_->push_back(std::move(*value.value_));
}

void Json::set(std::string_view name, Json value) {
    (*value_)[std::string(name)] = std::move(*value.value_);
}

std::string Json::text(int indent) const {
    return value_->dump(indent, ' ', true);
}

} // namespace jailcore
