#include "router/monitor/helpers.hpp"

#include <algorithm>
#include <iterator>
#include <spdlog/fmt/fmt.h>
#include <vector>

namespace monitor {
namespace {

void append_flags(pty::Spawn& spawn, uint32_t flags) {
    for (const auto& [name, flag] : wire::flag_names)
        if ((flags & flag) != 0)
            spawn.argv.emplace_back(name);
}

// The router's own need not be there for a stop: what the client named must.
void append_config(pty::Spawn& spawn, const Errand& errand) {
    if (errand.config.empty())
        spawn.argv.insert(spawn.argv.end(), {"--default-config", errand.default_config});
    else
        spawn.argv.insert(spawn.argv.end(), {"--config", errand.config});
}

pty::Spawn check_helper(const Errand& errand, const Programs& programs, const HelperFds& fds) {
    pty::Spawn spawn{programs.jenter.get(), {"jenter", "--jail", errand.target, "check"}, {}, {}};
    append_flags(spawn, errand.flags);
    spawn.fds = {-1, fds.output, fds.error, -1, -1, fds.target, fds.spec};
    return spawn;
}

pty::Spawn starter_helper(const Errand& errand, const Programs& programs, const HelperFds& fds) {
    pty::Spawn spawn{programs.jstarter.get(),
                     {"jstarter", std::string(wire::name_of(errand.verb)), errand.target},
                     {},
                     {}};
    append_config(spawn, errand);
    if (errand.verb == wire::Verb::start || errand.verb == wire::Verb::restart)
        spawn.argv.insert(spawn.argv.end(), {"--jid", std::to_string(errand.jid)});
    spawn.environment.emplace_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    append_flags(spawn, errand.flags & ~uint32_t{wire::flag_ordered | wire::flag_force});
    spawn.fds = {-1,
                 fds.output,
                 fds.error,
                 fds.reports,
                 fds.jails,
                 programs.jenter.get(),
                 programs.jinit.get(),
                 fds.target,
                 fds.spec,
                 fds.words,
                 fds.table};
    return spawn;
}

pty::Spawn reader_helper(const Errand& errand, const Programs& programs, const HelperFds& fds) {
    pty::Spawn spawn{programs.jreader.get(), {"jreader", std::string(wire::name_of(errand.verb))}, {}, {}};
    if (!errand.target.empty())
        spawn.argv.push_back(errand.target);
    if (errand.verb == wire::Verb::order) {
        append_config(spawn, errand);
        if (errand.trusted)
            spawn.argv.emplace_back("--trusted");
    }
    spawn.fds = {-1, fds.output, fds.error, -1, fds.jails, fds.sessions, fds.words, fds.table};
    return spawn;
}

pty::Spawn live_reader_helper(const Errand& errand, const Programs& programs, const HelperFds& fds) {
    pty::Spawn spawn{programs.jreader.get(), {"jreader", std::string(wire::name_of(errand.verb))}, {}, {}};
    append_flags(spawn, errand.flags);
    spawn.fds = {-1, fds.output, fds.error, fds.reports};
    return spawn;
}

} // namespace

pty::Spawn helper_of(const Errand& errand, const Programs& programs, const HelperFds& fds) {
    switch (errand.verb) {
    case wire::Verb::start:
    case wire::Verb::stop:
    case wire::Verb::restart:
    case wire::Verb::kill:
        return starter_helper(errand, programs, fds);
    case wire::Verb::top:
        return live_reader_helper(errand, programs, fds);
    case wire::Verb::ls:
    case wire::Verb::ps:
    case wire::Verb::sessions:
    case wire::Verb::order:
        return reader_helper(errand, programs, fds);
    case wire::Verb::check:
    case wire::Verb::console: // has enter_words()
        break;
    }
    return check_helper(errand, programs, fds);
}

pty::Spawn clearing_helper(const std::string& jail, const std::string& config, const Programs& programs,
                           const HelperFds& fds) {
    return {programs.jstarter.get(),
            {"jstarter", "reap", jail, "--config", config},
            {},
            {-1, -1, 2, -1, fds.jails, programs.jenter.get(), programs.jinit.get(), fds.target, -1}};
}

std::string enter_words(const std::string& target, const std::optional<pty::WindowSize>& terminal) {
    std::string words = "--jail " + target + " ";
    if (!terminal)
        return words + "pipe";
    return words + fmt::format("tty {} {} {} {}", terminal->rows, terminal->columns, terminal->x_pixels,
                               terminal->y_pixels);
}

std::string look_words(const std::string& target) {
    return "--jail " + target + " look";
}

} // namespace monitor
