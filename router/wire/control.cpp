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

std::vector<std::string> texts(const json& object, const char* name) {
    std::vector<std::string> result;
    if (!object.contains(name))
        return result;
    const json& list = member(object, name);
    if (!list.is_array())
        reject(name, "an array of strings");
    for (const json& item : list) {
        if (!item.is_string())
            reject(name, "an array of strings");
        result.push_back(item.get<std::string>());
    }
    return result;
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
        return Open{
            text(object, "verb"),       text(object, "jail", true),      optional_terminal(object),
            text(object, "user", true), text(object, "directory", true), texts(object, "environment"),
            texts(object, "command"),   texts(object, "arguments"),      text(object, "config", true)};
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
        return Exit{optional_number(object, "status"), optional_number(object, "signal")};
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
            {"user", open.user},
            {"directory", open.directory},
            {"environment", open.environment},
            {"command", open.command},
            {"arguments", open.arguments},
            {"config", open.config}};
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
