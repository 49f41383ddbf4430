#include "router/wire/control.hpp"

#include "router/wire/frame.hpp"

#include <nlohmann/json.hpp>

#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace wire {
namespace {

using nlohmann::json;

[[noreturn]] void reject(std::string_view member, const char* wanted) {
    throw std::invalid_argument("member \"" + std::string(member) + "\" is not " + wanted);
}

const json& member(const json& object, const char* name) {
    auto found = object.find(name);
    if (found == object.end())
        throw std::invalid_argument("member \"" + std::string(name) + "\" is missing");
    return *found;
}

// For the members that may be left out, "" is what leaving them out means.
std::string text(const json& object, const char* name, bool optional = false) {
    if (optional && !object.contains(name))
        return {};
    const json& value = member(object, name);
    if (!value.is_string())
        reject(name, "a string");
    return value.get<std::string>();
}

template <class Item>
auto list(const json& object, const char* name, Item item) {
    std::vector<std::string> result;
    if (!object.contains(name))
        return result;
    const json& list = member(object, name);
    if (!list.is_array())
        reject(name, "an array of strings");
    for (const json& value : list) {
        if (!value.is_string())
            reject(name, "an array of strings");
        result.push_back(item(value));
    }
    return result;
}

std::vector<std::string> texts(const json& object, const char* name) {
    return list(object, name, [](const json& value) {
        return value.get<std::string>();
    });
}

// Bytes in no encoding travel as the characters of the same numbers, U+0000 to U+00FF, of which UTF-8 writes
// those from U+0080 on as two bytes: 110000xx 10xxxxxx.
std::string written(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (char c : bytes) {
        auto byte = static_cast<uint8_t>(c);
        if (byte >= 0x80)
            text.push_back(static_cast<char>(0xC0 | byte >> 6));
        text.push_back(static_cast<char>(byte >= 0x80 ? 0x80 | (byte & 0x3F) : byte));
    }
    return text;
}

std::vector<std::string> written(const std::vector<std::string>& list) {
    std::vector<std::string> result;
    result.reserve(list.size());
    for (const std::string& bytes : list)
        result.push_back(written(std::string_view(bytes)));
    return result;
}

// `text` is UTF-8: the parser has seen to that.
std::string unwritten(const std::string& text, const char* name) {
    std::string bytes;
    bytes.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        auto byte = static_cast<uint8_t>(text[i]);
        if (byte > 0xC3)
            reject(name, "of characters up to U+00FF");
        if (byte >= 0x80)
            byte = static_cast<uint8_t>(byte << 6 | (static_cast<uint8_t>(text[++i]) & 0x3F));
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

std::string bytes(const json& object, const char* name) {
    return unwritten(text(object, name, true), name);
}

std::vector<std::string> byte_strings(const json& object, const char* name) {
    return list(object, name, [name](const json& value) {
        return unwritten(value.get_ref<const std::string&>(), name);
    });
}

bool flag(const json& object, const char* name) {
    if (!object.contains(name))
        return false;
    const json& value = member(object, name);
    if (!value.is_boolean())
        reject(name, "true or false");
    return value.get<bool>();
}

template <class Number>
Number number(const json& object, const char* name) {
    const json& value = member(object, name);
    if (!value.is_number_integer())
        reject(name, "an integer");
    if (value.is_number_unsigned()) {
        auto wide = value.get<uint64_t>();
        if (wide > static_cast<uint64_t>(std::numeric_limits<Number>::max()))
            reject(name, "in range");
        return static_cast<Number>(wide);
    }
    auto wide = value.get<int64_t>();
    if (std::cmp_less(wide, std::numeric_limits<Number>::min()) ||
        std::cmp_greater(wide, std::numeric_limits<Number>::max()))
        reject(name, "in range");
    return static_cast<Number>(wide);
}

std::optional<int> optional_number(const json& object, const char* name) {
    return object.contains(name) ? std::optional(number<int>(object, name)) : std::nullopt;
}

pty::WindowSize window_size(const json& object) {
    return {number<uint16_t>(object, "rows"), number<uint16_t>(object, "columns"),
            number<uint16_t>(object, "x_pixels"), number<uint16_t>(object, "y_pixels")};
}

json to_json(const pty::WindowSize& size) {
    return {{"rows", size.rows},
            {"columns", size.columns},
            {"x_pixels", size.x_pixels},
            {"y_pixels", size.y_pixels}};
}

std::optional<pty::WindowSize> optional_terminal(const json& object) {
    const json& terminal = member(object, "terminal");
    if (terminal.is_null())
        return std::nullopt;
    if (!terminal.is_object())
        reject("terminal", "an object or null");
    return window_size(terminal);
}

ClientMessage client_message(const json& object) {
    std::string type = text(object, "type");
    if (type == "hello")
        return Hello{number<int>(object, "version"), text(object, "client", true)};
    if (type == "open")
        return Open{text(object, "verb"),
                    text(object, "jail", true),
                    optional_terminal(object),
                    bytes(object, "modes"),
                    bytes(object, "user"),
                    bytes(object, "group"),
                    flag(object, "shell"),
                    bytes(object, "directory"),
                    byte_strings(object, "environment"),
                    byte_strings(object, "command"),
                    byte_strings(object, "arguments"),
                    bytes(object, "config")};
    if (type == "resize")
        return Resize{window_size(object)};
    if (type == "signal")
        return Signal{text(object, "name")};
    if (type == "resume")
        return Resume{text(object, "session"), text(object, "token"), number<uint64_t>(object, "received")};
    throw std::invalid_argument("unknown message type");
}

RouterMessage router_message(const json& object) {
    std::string type = text(object, "type");
    if (type == "hello")
        return Hello{number<int>(object, "version"), text(object, "router", true)};
    if (type == "opened")
        return Opened{text(object, "session"), text(object, "token"), texts(object, "notices")};
    if (type == "resumed")
        return Resumed{number<uint64_t>(object, "input")};
    if (type == "exit")
        return Exit{optional_number(object, "status"), optional_number(object, "signal"),
                    text(object, "reason", true)};
    if (type == "error")
        return Error{text(object, "jail", true), text(object, "step", true), text(object, "cause", true),
                     text(object, "mend", true), number<int>(object, "code")};
    throw std::invalid_argument("unknown message type");
}

json to_json(const Open& open) {
    return {{"type", "open"},
            {"verb", open.verb},
            {"jail", open.jail},
            {"terminal", open.terminal ? to_json(*open.terminal) : json(nullptr)},
            {"modes", written(open.modes)},
            {"user", written(open.user)},
            {"group", written(open.group)},
            {"shell", open.shell},
            {"directory", written(open.directory)},
            {"environment", written(open.environment)},
            {"command", written(open.command)},
            {"arguments", written(open.arguments)},
            {"config", written(open.config)}};
}

json to_json(const Resize& resize) {
    json object = to_json(resize.size);
    object["type"] = "resize";
    return object;
}

json to_json(const Signal& signal) {
    return {{"type", "signal"}, {"name", signal.name}};
}

json to_json(const Resume& resume) {
    return {{"type", "resume"},
            {"session", resume.session},
            {"token", resume.token},
            {"received", resume.received}};
}

json to_json(const Opened& opened) {
    return {{"type", "opened"},
            {"session", opened.session},
            {"token", opened.token},
            {"notices", opened.notices}};
}

json to_json(const Resumed& resumed) {
    return {{"type", "resumed"}, {"input", resumed.input}};
}

json to_json(const Exit& exit) {
    json object = {{"type", "exit"}};
    if (exit.status)
        object["status"] = *exit.status;
    if (exit.signal)
        object["signal"] = *exit.signal;
    if (!exit.reason.empty())
        object["reason"] = exit.reason;
    return object;
}

json to_json(const Error& error) {
    return {{"type", "error"},      {"jail", error.jail}, {"step", error.step},
            {"cause", error.cause}, {"mend", error.mend}, {"code", error.code}};
}

std::string frame(const json& object) {
    // Invalid UTF-8 (a jail's own words in an error) is replaced: the frame must stay readable.
    std::string payload = object.dump(-1, ' ', false, json::error_handler_t::replace);
    auto header = encode_header({FrameType::control, Stream::control, static_cast<uint32_t>(payload.size())});
    return std::string(header.begin(), header.end()) + payload;
}

// nlohmann's parser recurses for each level of nesting; ours are two levels deep. A bound on the depth keeps
// a frame of a million '[' from exhausting the stack.
bool too_deep(std::string_view text) {
    constexpr int deepest = 16;
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (quoted) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest)
                return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

template <class Message>
Parsed<Message> parse(std::string_view text, Message (*convert)(const json&)) {
    if (too_deep(text))
        return {std::nullopt, "nested too deeply"};
    json object = json::parse(text, nullptr, false);
    if (!object.is_object())
        return {std::nullopt, "not a JSON object"};
    try {
        return {convert(object), {}};
    } catch (const std::invalid_argument& error) {
        return {std::nullopt, error.what()};
    }
}

} // namespace

Parsed<ClientMessage> parse_client_message(std::string_view text) {
    return parse(text, client_message);
}
Parsed<RouterMessage> parse_router_message(std::string_view text) {
    return parse(text, router_message);
}

std::string control_frame(const ClientMessage& message) {
    return std::visit(
        [](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Hello>)
                return frame({{"type", "hello"}, {"version", value.version}, {"client", value.software}});
            else
                return frame(to_json(value));
        },
        message);
}

std::string control_frame(const RouterMessage& message) {
    return std::visit(
        [](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Hello>)
                return frame({{"type", "hello"}, {"version", value.version}, {"router", value.software}});
            else
                return frame(to_json(value));
        },
        message);
}

} // namespace wire
