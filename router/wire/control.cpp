#include "router/wire/control.hpp"

#include "pty/json.hpp"
#include "router/wire/frame.hpp"

#include <stdexcept>
#include <type_traits>
#include <utility>

namespace wire {
namespace {

using pty::Json;

[[noreturn]] void reject(std::string_view member, const char* wanted) {
    throw std::invalid_argument("member \"" + std::string(member) + "\" is not " + wanted);
}

const Json& member(const Json& object, const char* name) {
    const Json* found = object.find(name);
    if (found == nullptr)
        throw std::invalid_argument("member \"" + std::string(name) + "\" is missing");
    return *found;
}

// For the members that may be left out, "" is what leaving them out means.
std::string text(const Json& object, const char* name, bool optional = false) {
    if (optional && object.find(name) == nullptr)
        return {};
    const auto* value = member(object, name).get_if<std::string>();
    if (value == nullptr)
        reject(name, "a string");
    return *value;
}

template <class Item>
auto list(const Json& object, const char* name, Item item) {
    std::vector<std::string> result;
    const Json* member = object.find(name);
    if (member == nullptr)
        return result;
    const auto* list = member->get_if<Json::Array>();
    if (list == nullptr)
        reject(name, "an array of strings");
    for (const Json& value : *list) {
        const auto* text = value.get_if<std::string>();
        if (text == nullptr)
            reject(name, "an array of strings");
        result.push_back(item(*text));
    }
    return result;
}

std::vector<std::string> texts(const Json& object, const char* name) {
    return list(object, name, [](const std::string& text) {
        return text;
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

std::string bytes(const Json& object, const char* name) {
    return unwritten(text(object, name, true), name);
}

std::vector<std::string> byte_strings(const Json& object, const char* name) {
    return list(object, name, [name](const std::string& text) {
        return unwritten(text, name);
    });
}

bool flag(const Json& object, const char* name) {
    const Json* member = object.find(name);
    if (member == nullptr)
        return false;
    const auto* value = member->get_if<bool>();
    if (value == nullptr)
        reject(name, "true or false");
    return *value;
}

template <class Number>
Number number(const Json& object, const char* name) {
    const Json& value = member(object, name);
    if (!value.is_integer())
        reject(name, "an integer");
    if (!value.fits<Number>())
        reject(name, "in range");
    return value.integer<Number>();
}

std::optional<int> optional_number(const Json& object, const char* name) {
    return object.find(name) ? std::optional(number<int>(object, name)) : std::nullopt;
}

pty::WindowSize window_size(const Json& object) {
    return {number<uint16_t>(object, "rows"), number<uint16_t>(object, "columns"),
            number<uint16_t>(object, "x_pixels"), number<uint16_t>(object, "y_pixels")};
}

Json to_json(const pty::WindowSize& size) {
    return Json::object({{"rows", size.rows},
                         {"columns", size.columns},
                         {"x_pixels", size.x_pixels},
                         {"y_pixels", size.y_pixels}});
}

std::optional<pty::WindowSize> optional_terminal(const Json& object) {
    const Json& terminal = member(object, "terminal");
    if (terminal.is_null())
        return std::nullopt;
    if (terminal.get_if<Json::Object>() == nullptr)
        reject("terminal", "an object or null");
    return window_size(terminal);
}

ClientMessage client_message(const Json& object) {
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

RouterMessage router_message(const Json& object) {
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

Json to_json(const Open& open) {
    return Json::object({{"type", "open"},
                         {"verb", open.verb},
                         {"jail", open.jail},
                         {"terminal", open.terminal ? to_json(*open.terminal) : Json(nullptr)},
                         {"modes", written(open.modes)},
                         {"user", written(open.user)},
                         {"group", written(open.group)},
                         {"shell", open.shell},
                         {"directory", written(open.directory)},
                         {"environment", written(open.environment)},
                         {"command", written(open.command)},
                         {"arguments", written(open.arguments)},
                         {"config", written(open.config)}});
}

Json to_json(const Resize& resize) {
    Json object = to_json(resize.size);
    object.set("type", "resize");
    return object;
}

Json to_json(const Signal& signal) {
    return Json::object({{"type", "signal"}, {"name", signal.name}});
}

Json to_json(const Resume& resume) {
    return Json::object({{"type", "resume"},
                         {"session", resume.session},
                         {"token", resume.token},
                         {"received", resume.received}});
}

Json to_json(const Opened& opened) {
    return Json::object({{"type", "opened"},
                         {"session", opened.session},
                         {"token", opened.token},
                         {"notices", opened.notices}});
}

Json to_json(const Resumed& resumed) {
    return Json::object({{"type", "resumed"}, {"input", resumed.input}});
}

Json to_json(const Exit& exit) {
    Json object = Json::object({{"type", "exit"}});
    if (exit.status)
        object.set("status", *exit.status);
    if (exit.signal)
        object.set("signal", *exit.signal);
    if (!exit.reason.empty())
        object.set("reason", exit.reason);
    return object;
}

Json to_json(const Error& error) {
    return Json::object({{"type", "error"},
                         {"jail", error.jail},
                         {"step", error.step},
                         {"cause", error.cause},
                         {"mend", error.mend},
                         {"code", error.code}});
}

// What is no UTF-8 (a jail's own words in an error) is replaced: the frame must stay readable.
std::string frame(const Json& object) {
    std::string payload = object.utf8_text();
    auto header = encode_header({FrameType::control, Stream::control, static_cast<uint32_t>(payload.size())});
    return std::string(header.begin(), header.end()) + payload;
}

template <class Message>
Parsed<Message> parse(std::string_view text, Message (*convert)(const Json&)) {
    std::optional<Json> object = Json::parse(text);
    if (!object || object->get_if<Json::Object>() == nullptr)
        return {std::nullopt, "not a JSON object, or nested too deeply"};
    try {
        return {convert(*object), {}};
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
                return frame(Json::object(
                    {{"type", "hello"}, {"version", value.version}, {"client", value.software}}));
            else
                return frame(to_json(value));
        },
        message);
}

std::string control_frame(const RouterMessage& message) {
    return std::visit(
        [](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Hello>)
                return frame(Json::object(
                    {{"type", "hello"}, {"version", value.version}, {"router", value.software}}));
            else
                return frame(to_json(value));
        },
        message);
}

} // namespace wire
