#include "pty/program.hpp"

#include <cstdint>
#include <cstring>

namespace pty {
namespace {

// magic, user, group, directory, modes, 0 or 1 for shell, number of variables, variables, number of
// arguments, arguments. Numbers, and the length before each string, are of this machine, in 32 bits.
constexpr std::string_view magic("jconsole-program-2");

std::string_view bytes_of(const uint32_t& number) {
    return {reinterpret_cast<const char*>(&number), sizeof number};
}

bool holds_nul(std::string_view text) {
    return text.find('\0') != std::string_view::npos;
}

// Every member reads one item, and makes the whole bad where it is not there.
class Reader {
public:
    explicit Reader(std::string_view data) : rest_(data) {}

    uint32_t number() {
        uint32_t value = 0;
        std::string_view bytes = take(sizeof value);
        if (good_)
            std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }

    bool flag() {
        uint32_t value = number();
        good_ = good_ && value <= 1;
        return value == 1;
    }

    std::string bytes() { return std::string(take(number())); }

    std::string text() {
        std::string result = bytes();
        good_ = good_ && !holds_nul(result);
        return result;
    }

    std::vector<std::string> list() {
        uint32_t count = number();
        std::vector<std::string> result;
        for (uint32_t i = 0; i < count && good_; ++i)
            result.push_back(text());
        return result;
    }

    [[nodiscard]] bool good_to_the_end() const { return good_ && rest_.empty(); }

private:
    std::string_view take(size_t size) {
        good_ = good_ && size <= rest_.size();
        if (!good_)
            return {};
        std::string_view result = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return result;
    }

    std::string_view rest_;
    bool good_ = true;
};

void append(std::string& data, std::string_view bytes) {
    data.append(bytes_of(static_cast<uint32_t>(bytes.size()))).append(bytes);
}

bool append_text(std::string& data, std::string_view text) {
    append(data, text);
    return !holds_nul(text);
}

bool append_list(std::string& data, const std::vector<std::string>& list) {
    data.append(bytes_of(static_cast<uint32_t>(list.size())));
    for (const std::string& text : list)
        if (!append_text(data, text))
            return false;
    return true;
}

} // namespace

std::optional<std::string> encode_program(const Program& program) {
    std::string data(magic);
    bool texts = append_text(data, program.user) && append_text(data, program.group) &&
                 append_text(data, program.directory);
    append(data, program.modes);
    data.append(bytes_of(program.shell ? 1 : 0));
    if (!texts || !append_list(data, program.environment) || !append_list(data, program.argv) ||
        data.size() > max_program_size)
        return std::nullopt;
    return data;
}

std::optional<Program> decode_program(std::string_view data) {
    if (data.size() > max_program_size || !data.starts_with(magic))
        return std::nullopt;
    Reader reader(data.substr(magic.size()));
    Program program;
    program.user = reader.text();
    program.group = reader.text();
    program.directory = reader.text();
    program.modes = reader.bytes();
    program.shell = reader.flag();
    program.environment = reader.list();
    program.argv = reader.list();
    return reader.good_to_the_end() ? std::optional(std::move(program)) : std::nullopt;
}

} // namespace pty
