#include "pty/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>

namespace pty {
namespace {

// One instance of the library's templates for both directions: each costs seconds of compilation.
using Tree = nlohmann::ordered_json;

} // namespace

// Makes the tree while nlohmann's parser reads the text, which calls this as it would its own json_sax.
class Json::Reader {
public:
    Json whole;

    bool null() { return put(nullptr); }
    bool boolean(bool value) { return put(value); }
    bool number_integer(int64_t value) { return put(value); }
    bool number_unsigned(uint64_t value) { return put(value); }
    bool number_float(double value, const std::string& /*text*/) { return put(value); }
    bool string(std::string& text) { return put(std::move(text)); }
    bool binary(Tree::binary_t& /*bytes*/) { return false; } // of binary formats only
    bool start_array(size_t /*size*/) { return open(Json::array()); }
    bool start_object(size_t /*size*/) { return open(Json::object()); }
    bool end_array() { return close(); }
    bool end_object() { return close(); }
    bool key(std::string& name) {
        std::get<Object>(open_.back()->value_).push_back({std::move(name), nullptr});
        return true;
    }
    bool parse_error(size_t /*at*/, const std::string& /*token*/, const Tree::exception& /*error*/) {
        return false;
    }

private:
    // Whoever takes the tree apart recurses.
    static constexpr size_t deepest = 16;

    Json& place(Json value) {
        if (open_.empty())
            return whole = std::move(value);
        if (auto* array = std::get_if<Array>(&open_.back()->value_))
            return array->emplace_back(std::move(value));
        return std::get<Object>(open_.back()->value_).back().value = std::move(value);
    }
    bool put(Json value) {
        place(std::move(value));
        return true;
    }
    bool open(Json container) {
        if (open_.size() == deepest)
            return false;
        open_.push_back(&place(std::move(container)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    std::vector<Json*> open_; // each is the last in the one before, to which nothing is added meanwhile
};

// As nlohmann prints it.
class Json::Printer {
public:
    static std::string text(const Json& json, int indent, bool ascii) {
        return tree(json).dump(indent, ' ', ascii, Tree::error_handler_t::replace);
    }

private:
    static Tree tree(const Json& json) {
        return std::visit(
            [](const auto& value) {
                return tree_of(value);
            },
            json.value_);
    }
    template <class Scalar>
    static Tree tree_of(const Scalar& value) {
        return value;
    }
    static Tree tree_of(const Array& items) {
        Tree::array_t array;
        array.reserve(items.size());
        for (const Json& item : items)
            array.push_back(tree(item));
        return array;
    }
    static Tree tree_of(const Object& members) {
        Tree::object_t object;
        object.reserve(members.size());
        // Past the container's own look for duplicates, which would take quadratic time.
        for (const auto& [name, value] : members)
            object.emplace_back(name, tree(value));
        return object;
    }
};

Json::Json(std::nullptr_t null) : value_(null) {}
Json::Json(double value) : value_(value) {}
Json::Json(std::string text) : value_(std::move(text)) {}
Json::Json(const std::vector<std::string>& texts) : value_(Array(texts.begin(), texts.end())) {}

Json Json::array() {
    Json made;
    made.value_ = Array();
    return made;
}

Json Json::object(std::initializer_list<std::pair<std::string_view, Json>> members) {
    Json made;
    auto& object = made.value_.emplace<Object>();
    object.reserve(members.size());
    for (const auto& [name, value] : members)
        object.push_back({std::string(name), value});
    return made;
}

Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) = default;
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;

std::optional<Json> Json::parse(std::string_view text) {
    Reader reader;
    if (!Tree::sax_parse(text, &reader))
        return std::nullopt;
    return std::move(reader.whole);
}

double Json::number() const {
    if (is_integer())
        return get_if<int64_t>() ? static_cast<double>(get<int64_t>()) : static_cast<double>(get<uint64_t>());
    return get<double>();
}

std::vector<std::string> Json::strings() const {
    std::vector<std::string> strings;
    strings.reserve(get<Array>().size());
    for (const Json& item : get<Array>())
        strings.push_back(item.get<std::string>());
    return strings;
}

const Json* Json::find(std::string_view name) const {
    const auto* object = get_if<Object>();
    if (object == nullptr)
        return nullptr;
    auto found = std::find_if(object->rbegin(), object->rend(), [&](const Member& member) {
        return member.name == name;
    });
    return found == object->rend() ? nullptr : &found->value;
}

const Json& Json::at(std::string_view name) const {
    const Json* value = find(name);
    if (value == nullptr)
        throw JsonError("member \"" + std::string(name) + "\" is missing");
    return *value;
}

void Json::set(std::string_view name, Json value) {
    auto& object = std::get<Object>(value_);
    auto found = std::find_if(object.begin(), object.end(), [&](const Member& member) {
        return member.name == name;
    });
    if (found == object.end())
        object.push_back({std::string(name), std::move(value)});
    else
        found->value = std::move(value);
}

void Json::append(std::string name, Json value) {
    std::get<Object>(value_).push_back({std::move(name), std::move(value)});
}

void Json::add(Json value) {
    std::get<Array>(value_).push_back(std::move(value));
}

std::string Json::text(int indent) const {
    return Printer::text(*this, indent, true);
}

std::string Json::utf8_text() const {
    return Printer::text(*this, one_line, false);
}

void Json::throw_other_kind() {
    throw JsonError("a JSON value is of another kind or out of range");
}

} // namespace pty
