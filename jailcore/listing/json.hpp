// JSON of listings, put together in the order in which it is printed. Every listing has some; nlohmann's
// header, which costs five seconds of compilation where it is used, is behind this in json.cpp and libxo.cpp.
#pragma once

#include "pty/escape.hpp"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jailcore {

class Json {
public:
    using Members = std::initializer_list<std::pair<std::string_view, Json>>;

    Json(std::nullptr_t null);
    Json(bool value);
    Json(double value);
    template <std::signed_integral Integer>
    Json(Integer value) : Json(Signed{value}) {}
    template <std::unsigned_integral Integer>
    Json(Integer value) : Json(Unsigned{value}) {}
    Json(std::string_view text); // UTF-8: see json_text
    Json(const std::string& text) : Json(std::string_view(text)) {}
    Json(const char* text) : Json(std::string_view(text)) {}
    Json(const std::vector<std::string>& texts);
    static Json array();
    static Json object(Members members = {});

    Json(const Json& other);
    Json(Json&& other) noexcept;
    Json& operator=(const Json& other) = delete;
    Json& operator=(Json&& other) noexcept;
    ~Json();

    // To an array.
    void add(Json value);
    // To an object.
    void set(std::string_view name, Json value);

    // ASCII, so that nothing in it moves a terminal. `indent`: -1 for one line.
    [[nodiscard]] std::string text(int indent) const;
    [[nodiscard]] const nlohmann::ordered_json& value() const { return *value_; }

private:
    struct Signed {
        int64_t value;
    };
    struct Unsigned {
        uint64_t value;
    };
    explicit Json(Signed number);
    explicit Json(Unsigned number);
    explicit Json(nlohmann::ordered_json value);

    std::unique_ptr<nlohmann::ordered_json> value_;
};

// A string that may not be UTF-8.
inline std::string json_text(std::string_view text) {
    return pty::escape_invalid(text);
}

// As listings print it.
inline std::string to_text(const Json& json) {
    return json.text(1) + "\n";
}

} // namespace jailcore
