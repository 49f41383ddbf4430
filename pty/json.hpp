// A JSON value: read strictly, put together in the order in which it is printed. nlohmann's header, which
// costs five seconds of compilation wherever it is used, is behind this in json.cpp.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pty {

// A value is of another kind than was asked for, or a member is missing.
struct JsonError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Json {
public:
    struct Member;
    using Array = std::vector<Json>;
    using Object = std::vector<Member>; // of members with the same name the last one counts

    Json(std::nullptr_t null = nullptr);
    Json(double value);
    Json(std::string text); // UTF-8; what is not is printed as U+FFFD
    Json(std::string_view text) : Json(std::string(text)) {}
    Json(const char* text) : Json(std::string(text)) {}
    Json(const std::vector<std::string>& texts);
    template <std::integral Value> // bool among them
    Json(Value value) : value_(kept(value)) {}
    static Json array();
    static Json object(std::initializer_list<std::pair<std::string_view, Json>> members = {});

    Json(const Json& other);
    Json(Json&& other) noexcept;
    Json& operator=(const Json& other);
    Json& operator=(Json&& other) noexcept;
    ~Json();

    // Nothing if the text is not JSON in UTF-8 (RFC 8259), or nested more than 16 deep.
    static std::optional<Json> parse(std::string_view text);

    // bool, std::string, Array or Object. Null where the value is of another kind.
    template <class Type>
    [[nodiscard]] const Type* get_if() const {
        return std::get_if<Type>(&value_);
    }
    template <class Type>
    [[nodiscard]] const Type& get() const {
        const Type* value = get_if<Type>();
        if (value == nullptr)
            throw_other_kind();
        return *value;
    }
    [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
    // Written without fraction and exponent.
    [[nodiscard]] bool is_integer() const { return get_if<int64_t>() || get_if<uint64_t>(); }
    template <std::integral Integer>
    [[nodiscard]] bool fits() const {
        const auto* negative = get_if<int64_t>();
        const auto* other = get_if<uint64_t>();
        return negative ? std::in_range<Integer>(*negative) : other && std::in_range<Integer>(*other);
    }
    template <std::integral Integer>
    [[nodiscard]] Integer integer() const {
        if (!fits<Integer>())
            throw_other_kind();
        const auto* negative = get_if<int64_t>();
        return static_cast<Integer>(negative ? static_cast<uint64_t>(*negative) : get<uint64_t>());
    }
    [[nodiscard]] double number() const;                    // any
    [[nodiscard]] std::vector<std::string> strings() const; // of an array of nothing else

    // Of an object. Null where there is none, or this is no object.
    [[nodiscard]] const Json* find(std::string_view name) const;
    [[nodiscard]] const Json& at(std::string_view name) const;
    // `set` replaces one of the same name; `append` is for many, of which the caller knows that they differ.
    void set(std::string_view name, Json value);
    void append(std::string name, Json value);

    // To an array.
    void add(Json value);

    static constexpr int one_line = -1;
    // ASCII, so that nothing in it moves a terminal. `indent`: by so many blanks for each level.
    [[nodiscard]] std::string text(int indent) const;
    // In one line, UTF-8.
    [[nodiscard]] std::string utf8_text() const;

private:
    class Reader;
    class Printer;

    template <std::integral Value>
    static auto kept(Value value) {
        if constexpr (std::same_as<Value, bool>)
            return value;
        else if constexpr (std::signed_integral<Value>)
            return int64_t{value};
        else
            return uint64_t{value};
    }
    [[noreturn]] static void throw_other_kind();

    std::variant<std::nullptr_t, bool, int64_t, uint64_t, double, std::string, Array, Object> value_;
};

struct Json::Member {
    std::string name;
    Json value;
};

} // namespace pty
