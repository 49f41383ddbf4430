#include "pty/program.hpp"

#include <charconv>
#include <cstdint>

namespace pty {
namespace {

// magic, user, directory, number of variables, variables, number of arguments, arguments
constexpr std::string_view magic("jconsole-program-1\0", 19);

class Strings {
public:
    explicit Strings(std::string_view data) : rest_(data) {}

    std::optional<std::string> next() {
        auto end = rest_.find('\0');
        if (end == std::string_view::npos)
            return std::nullopt;
        std::string result(rest_.substr(0, end));
        rest_.remove_prefix(end + 1);
        return result;
    }

    std::optional<std::vector<std::string>> next_list() {
        auto text = next();
        if (!text)
            return std::nullopt;
        size_t count = 0;
        const char* end = text->data() + text->size();
        auto [stop, error] = std::from_chars(text->data(), end, count);
        // Every string takes at least its NUL: a larger count is a lie, found before anything is allocated
        // for it.
        if (error != std::errc() || stop != end || std::to_string(count) != *text || count > rest_.size())
            return std::nullopt;
        std::vector<std::string> list;
        for (size_t i = 0; i < count; ++i) {
            auto item = next();
            if (!item)
                return std::nullopt;
            list.push_back(std::move(*item));
        }
        return list;
    }

    [[nodiscard]] bool empty() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

bool append(std::string& data, std::string_view string) {
    if (string.find('\0') != std::string_view::npos)
        return false;
    data.append(string).push_back('\0');
    return true;
}

bool append_list(std::string& data, const std::vector<std::string>& list) {
    append(data, std::to_string(list.size()));
    for (const std::string& string : list)
        if (!append(data, string))
            return false;
    return true;
}

} // namespace

std::optional<std::string> encode_program(const Program& program) {
    std::string data(magic);
    if (!append(data, program.user) || !append(data, program.directory) ||
        !append_list(data, program.environment) || !append_list(data, program.argv) ||
        data.size() > max_program_size)
        return std::nullopt;
    return data;
}

std::optional<Program> decode_program(std::string_view data) {
    if (data.size() > max_program_size || !data.starts_with(magic))
        return std::nullopt;
    Strings strings(data.substr(magic.size()));
    auto user = strings.next();
    auto directory = strings.next();
    if (!user || !directory)
        return std::nullopt;
    auto environment = strings.next_list();
    if (!environment)
        return std::nullopt;
    auto argv = strings.next_list();
    if (!argv || !strings.empty())
        return std::nullopt;
    return Program{std::move(*user), std::move(*directory), std::move(*environment), std::move(*argv)};
}

} // namespace pty
