#include "jailcore/enter/request.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/advice.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/memfd.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <unistd.h>

namespace jailcore {
namespace {

[[noreturn]] void refuse(const std::string& cause) {
    throw EnterFailure("jenter", cause, "this is a fault of the router that started it");
}

uint16_t parse_size(std::string_view text) {
    uint16_t size = 0;
    auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || stop != text.data() + text.size())
        refuse("'" + std::string(text) + "' is not a size");
    return size;
}

// What the client's user may say.
void take_options(EnterRequest& request, const std::vector<std::string>& options) {
    for (const std::string& option : options) {
        if (option == "--json")
            request.json = true;
        else if (option == "--repair")
            request.repair = true;
        else
            throw EnterFailure("check", "unknown option " + option,
                               "'jconsole help check' lists those there are");
    }
}

void parse_words(EnterRequest& request, std::span<const std::string> words) {
    if (words.size() > 1 && words[0] == "--jail") {
        set_jail_name(words[1]);
        words = words.subspan(2);
    }
    std::string_view mode = words.empty() ? "" : std::string_view(words[0]);
    if (mode == "check" && words.size() == 1) {
        request.mode = EnterMode::check;
    } else if (mode == "look" && words.size() == 1) {
        request.mode = EnterMode::look;
    } else if (mode == "pipe" && words.size() == 1) {
        request.mode = EnterMode::pipe;
    } else if (mode == "tty" && words.size() == 5) {
        request.mode = EnterMode::tty;
        request.size = {parse_size(words[1]), parse_size(words[2]), parse_size(words[3]),
                        parse_size(words[4])};
    } else {
        refuse("usage: jenter [--jail NAME] tty ROWS COLUMNS X_PIXELS Y_PIXELS | pipe | look | check");
    }
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        size_t end = std::min(text.find(' '), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

pty::Program read_program() {
    auto content = pty::read_sealed(enter_program, pty::max_program_size);
    auto program = content ? pty::decode_program(*content) : std::nullopt;
    if (!program)
        refuse("the program is not a sealed memfd of the right form");
    return std::move(*program);
}

std::optional<std::vector<std::string>> receive_order() {
    std::array<char, 512> bytes{};
    pty::Received order = pty::receive_message(enter_report, bytes);
    if (order.size == 0)
        return std::nullopt;
    if (order.size < 0 || order.truncated || order.fds.size() != enter_order.size())
        refuse("the order is malformed");
    for (size_t i = 0; i < enter_order.size(); ++i)
        pty::check(::dup2(order.fds[i].get(), enter_order[i]), "dup2");
    return words_of({bytes.data(), static_cast<size_t>(order.size)});
}

} // namespace

std::optional<std::vector<std::string>> words_or_order(int argc, char** argv) {
    std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    if (words == std::vector<std::string>{"wait"})
        return receive_order();
    return words;
}

EnterRequest read_request(std::span<const std::string> words) {
    EnterRequest request;
    parse_words(request, words);
    if (request.mode == EnterMode::check) {
        take_options(request, read_program().argv);
    } else if (request.mode != EnterMode::look) {
        request.program = read_program();
    }
    return request;
}

} // namespace jailcore
