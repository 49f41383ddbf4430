#include "jailcore/starter/request.hpp"

#include "jailcore/contract/starter.hpp"
#include "jailcore/starter/configuration.hpp"
#include "pty/memfd.hpp"
#include "pty/program.hpp"
#include "router/contract/verbs.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <unistd.h>
#include <utility>

namespace jailcore {
namespace {

std::optional<Options> parse_options(int argc, char** argv) {
    Options options;
    std::vector<std::string_view> words(argv + 1, argv + argc);
    if (words.size() < 2)
        return std::nullopt;
    options.verb = words[0];
    options.name = words[1];
    for (size_t i = 2; i < words.size(); ++i) {
        auto value = [&](std::string_view name) {
            return words[i].starts_with(name) ? std::optional(words[i].substr(name.size())) : std::nullopt;
        };
        if (auto file = value("--config=")) {
            options.config = *file;
        } else if (auto own = value("--default-config=")) {
            options.config = *own;
            options.config_may_be_missing = true;
        } else if (auto jid = value("--jid=")) {
            if (std::from_chars(jid->data(), jid->data() + jid->size(), options.jid).ec != std::errc())
                return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    return options;
}

void take_words(Options& options, const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        if (word == "-v" || word == "--verbose")
            options.verbose = true;
        else if (word == "--as-ordered")
            options.as_ordered = true;
        else
            throw StartFailure(std::string(options.verb) + ": unknown option " + word);
    }
}

// The files and patterns in which the jail was looked for.
std::string list_of(const std::vector<std::string>& places) {
    constexpr size_t most = 30;
    std::string text;
    for (const std::string& place : std::span(places).first(std::min(most, places.size())))
        text.append(text.empty() ? "" : ", ").append(place);
    return places.size() > most ? text + " and " + std::to_string(places.size() - most) + " more" : text;
}

} // namespace

std::vector<std::string> read_words() {
    auto content = pty::read_sealed(starter_words, pty::max_program_size);
    auto program = content ? pty::decode_program(*content) : std::nullopt;
    if (!program)
        throw StartFailure("its options are malformed");
    return program->argv;
}

std::span<JailRecord> read_registry() {
    constexpr size_t limit = sizeof(JailRecord) * 100000;
    auto bytes = pty::map_sealed(starter_registry, limit);
    if (!bytes || bytes->size() % sizeof(JailRecord) != 0)
        throw StartFailure("the router's list of jails is malformed");
    return {reinterpret_cast<JailRecord*>(bytes->data()), bytes->size() / sizeof(JailRecord)};
}

Request::Request(Options options) : options_(std::move(options)), output_(options_.name, options_.verbose) {}

FoundJail Request::read() const {
    return read_configuration(options_.config, options_.name, options_.as_ordered);
}

std::optional<FoundJail> Request::read_if_there() const {
    if (options_.config_may_be_missing && ::access(options_.config.c_str(), F_OK) != 0 && errno == ENOENT)
        return std::nullopt;
    return read();
}

// Whatever is wrong with the configuration, it is not what is to be told here.
bool Request::is_configured() const {
    if (::access(options_.config.c_str(), R_OK) != 0)
        return false;
    try {
        return read().jail.has_value();
    } catch (const std::exception&) {
        return false;
    }
}

bool Request::warn_that_it_is_not_in(const std::vector<std::string>& looked_at) const {
    output_.warn_of_name("not found in " + list_of(looked_at) + "; -f names another file");
    return false;
}

bool Request::warn_that_it_does_not_run() const {
    output_.warn_of_name("not found; 'jconsole ls' lists the jails that run");
    return false;
}

bool Request::warn_that_it_does_not_run_yet() const {
    if (!is_configured())
        return warn_that_it_does_not_run();
    output_.warn_of_name("does not run; 'jconsole start " + options_.name + "' starts it");
    return false;
}

void Request::warn_of_no_hooks(const std::optional<FoundJail>& found) const {
    output_.warn(options_.config + (found ? " has no such jail" : " is not there") +
                 ": hooks for its end, such as exec.stop, are not run; -f names another file");
}

int serve_request(int argc, char** argv, bool (*serve)(const Request&)) {
    // A user or router that has gone away is no reason to leave a jail half started.
    ::signal(SIGPIPE, SIG_IGN);
    // Hooks are in it, too, so that the router can end them with us.
    ::setpgid(0, 0);
    // Nothing depends on where it was started: relative names in hooks begin here.
    if (::chdir("/") == -1)
        return 1;
    auto options = parse_options(argc, argv);
    if (!options) {
        Output("jstarter", false)
            .warn(
                "usage: start|stop|restart|kill|reap NAME [--config=FILE | --default-config=FILE] [--jid=N]");
        return 1;
    }
    try {
        const contract::VerbRow* verb = contract::find(options->verb);
        if (verb != nullptr && verb->configuration != contract::Configuration::none)
            take_words(*options, read_words());
        return serve(Request(*options)) ? 0 : 1;
    } catch (const std::exception& failure) {
        Output(options->name, false).warn(failure.what());
        return 1;
    }
}

} // namespace jailcore
