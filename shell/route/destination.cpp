#include "shell/route/destination.hpp"

#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"
#include "router/contract/target.hpp"
#include "router/wire/meeting.hpp"
#include "shell/report.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

namespace shell {
namespace {

constexpr std::string_view scheme = "ssh://";
constexpr std::string_view blanks = " \t\r";
constexpr std::string_view wanted =
    "write ssh://[USER@]HOST[:PORT], [USER@]HOST, or a name of the hosts file";
constexpr size_t largest_hosts_file = size_t{1} << 20; // bytes

[[noreturn]] void refuse(std::string_view text, const std::string& cause, std::string_view mend = wanted) {
    throw FailureError({{}, "host '" + std::string(text) + "'", cause, std::string(mend)});
}

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool consists_of(std::string_view text, std::string_view others) {
    return std::ranges::all_of(text, [others](char c) {
        return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
    });
}

void check_user(std::string_view whole, std::string_view user) {
    if (user.empty())
        refuse(whole, "the user before @ is empty");
    if (user.find(':') != std::string_view::npos)
        refuse(whole, "a password does not stand there: ssh asks for it");
    if (user.front() == '-')
        refuse(whole, "a user's name does not begin with -");
    // Those of a directory have their domain behind an @.
    if (!consists_of(user, "_.+-@"))
        refuse(whole, "'" + std::string(user) + "' is not a user's name");
}

void check_host(std::string_view whole, std::string_view host, bool address) {
    if (host.empty())
        refuse(whole, "no host is named");
    if (host.front() == '-')
        refuse(whole, "a host does not begin with -");
    // An address with its zone: fe80::1%eth0.
    if (!consists_of(host, address ? "_.-:%" : "_.-"))
        refuse(whole, "'" + std::string(host) + "' is not a host");
}

// With or without a zone.
bool is_ipv6(std::string_view text) {
    in6_addr ignored{};
    return ::inet_pton(AF_INET6, std::string(text.substr(0, text.find('%'))).c_str(), &ignored) == 1;
}

uint16_t parse_port(std::string_view whole, std::string_view text) {
    uint16_t port = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0)
        refuse(whole, "'" + std::string(text) + "' is not a port (1 to 65535)");
    return port;
}

// What stands before the last @, which is taken off the text; "" where there is none.
std::string take_user(std::string_view whole, std::string_view& text) {
    size_t at = text.rfind('@');
    if (at == std::string_view::npos)
        return {};
    std::string user(text.substr(0, at));
    check_user(whole, user);
    text.remove_prefix(at + 1);
    return user;
}

std::string_view trimmed(std::string_view text) {
    size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

[[noreturn]] void refuse_line(const std::string& file, size_t line, std::string cause) {
    throw FailureError({{},
                        file + ":" + std::to_string(line),
                        std::move(cause),
                        "write lines of NAME ssh://[USER@]HOST[:PORT], and comments after #"});
}

// One line of a hosts file; its name, and where it leads. Nothing for a line without words.
std::optional<std::pair<std::string, Destination>> parse_line(const std::string& file, size_t number,
                                                              std::string_view line) {
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty())
        return std::nullopt;
    size_t end = std::min(line.find_first_of(blanks), line.size());
    std::string_view name = line.substr(0, end);
    std::string_view url = trimmed(line.substr(end));
    if (!contract::is_jail_name(name))
        refuse_line(file, number, "'" + std::string(name) + "' is not a name");
    if (url.empty())
        refuse_line(file, number, "no URL follows '" + std::string(name) + "'");
    try {
        return std::pair(std::string(name), parse_url(url));
    } catch (const FailureError& error) {
        refuse_line(file, number, error.failure().step + ": " + error.failure().cause);
    }
}

// The whole file is examined: a mistake is told before it is missed.
std::map<std::string, Destination> read_hosts(const std::string& file) {
    // Not blocking: a FIFO would wait for its writer, and that at a TAB, too.
    pty::UniqueFd fd(kernel::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY));
    if (!fd && (errno == ENOENT || errno == ENOTDIR))
        return {};
    if (!fd)
        throw FailureError({{}, file, std::strerror(errno), "make it readable, or remove it"});
    std::string text = pty::read_all(fd.get(), file, largest_hosts_file);
    std::map<std::string, Destination> found;
    size_t number = 0;
    for (std::string_view rest = text; !rest.empty();) {
        size_t end = std::min(rest.find('\n'), rest.size());
        auto entry = parse_line(file, ++number, rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!entry)
            continue;
        if (!found.insert(*entry).second)
            refuse_line(file, number, "'" + entry->first + "' stands there a second time");
    }
    return found;
}

std::optional<Destination> find_host(std::string_view name, const std::vector<std::string>& hosts_files) {
    for (const std::string& file : hosts_files) {
        auto hosts = read_hosts(file);
        if (auto found = hosts.find(std::string(name)); found != hosts.end())
            return found->second;
    }
    return std::nullopt;
}

} // namespace

Destination parse_url(std::string_view text) {
    if (!text.starts_with(scheme))
        refuse(text, "does not begin with ssh://");
    std::string_view rest = text.substr(scheme.size());
    if (rest.ends_with('/'))
        rest.remove_suffix(1);
    if (rest.find('/') != std::string_view::npos)
        refuse(text, "no path follows the host: --router names the socket there");
    Destination destination;
    destination.user = take_user(text, rest);
    bool address = rest.starts_with('[');
    if (!address && std::ranges::count(rest, ':') > 1)
        refuse(text, "an IPv6 address stands in brackets", "write ssh://[ADDRESS]:PORT");
    size_t end = address ? rest.find(']') : std::min(rest.find(':'), rest.size());
    if (end == std::string_view::npos)
        refuse(text, "an address in brackets ends with ]");
    destination.host = rest.substr(address ? 1 : 0, end - (address ? 1 : 0));
    check_host(text, destination.host, address);
    rest.remove_prefix(end + (address ? 1 : 0));
    if (!rest.empty() && rest.front() != ':')
        refuse(text, "only a port can follow the address");
    if (!rest.empty())
        destination.port = parse_port(text, rest.substr(1));
    return destination;
}

Destination parse_destination(std::string_view text, const std::vector<std::string>& hosts_files) {
    if (text.starts_with(scheme))
        return parse_url(text);
    std::string_view host = text;
    std::string user = take_user(text, host);
    auto named = find_host(host, hosts_files);
    if (!named)
        check_host(text, host, is_ipv6(host));
    Destination destination = named.value_or(Destination{{}, std::string(host), 0});
    if (!user.empty())
        destination.user = user;
    return destination;
}

std::vector<std::string> host_names(const std::vector<std::string>& hosts_files) {
    std::vector<std::string> names;
    for (const std::string& file : hosts_files)
        for (const auto& [name, destination] : read_hosts(file))
            names.push_back(name);
    return names;
}

std::vector<std::string> hosts_files() {
    std::vector<std::string> files;
    const char* config = std::getenv("XDG_CONFIG_HOME");
    const char* home = std::getenv("HOME");
    // A relative one is to be ignored (XDG Base Directory Specification).
    if (config != nullptr && config[0] == '/')
        files.push_back(std::string(config) + "/jconsole/hosts");
    else if (home != nullptr && home[0] == '/')
        files.push_back(std::string(home) + "/.config/jconsole/hosts");
    files.push_back(std::string(wire::system_configuration) + "/hosts");
    return files;
}

std::optional<Destination> far_host(const std::optional<std::string>& option) {
    const char* variable = std::getenv("JCONSOLE_HOST");
    std::string text = option ? *option : variable != nullptr ? variable : "";
    if (text.empty())
        return std::nullopt;
    return parse_destination(text, hosts_files());
}

} // namespace shell
