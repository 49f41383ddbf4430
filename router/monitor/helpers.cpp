#include "router/monitor/helpers.hpp"

#include <vector>

namespace monitor {
namespace {

// The router's own need not be there for a stop: what the client named must.
void append_config(pty::Spawn& spawn, const Errand& errand) {
    if (row_of(errand.verb).configuration == contract::Configuration::none)
        return;
    if (errand.config.empty())
        spawn.argv.insert(spawn.argv.end(), {"--default-config", errand.default_config});
    else
        spawn.argv.insert(spawn.argv.end(), {"--config", errand.config});
}

pty::Spawn check_helper(const Errand& errand, const Programs& programs, const HelperFds& fds) {
    pty::Spawn spawn{programs.jenter.get(),
                     {"jenter", "--jail", errand.target, std::string(row_of(errand.verb).name)},
                     {},
                     {}};
    spawn.fds = {-1, fds.output, fds.error, -1, fds.words, fds.target, fds.spec};
    return spawn;
}

pty::Spawn starter_helper(const Errand& errand, const Programs& programs, const HelperFds& fds) {
    pty::Spawn spawn{
        programs.jstarter.get(), {"jstarter", std::string(row_of(errand.verb).name), errand.target}, {}, {}};
    append_config(spawn, errand);
    if (row_of(errand.verb).makes_jail)
        spawn.argv.insert(spawn.argv.end(), {"--jid", std::to_string(errand.jid)});
    spawn.environment.emplace_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
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
    const contract::VerbRow& verb = row_of(errand.verb);
    pty::Spawn spawn{programs.jreader.get(), {"jreader", std::string(verb.name)}, {}, {}};
    if (!errand.target.empty())
        spawn.argv.push_back(errand.target);
    append_config(spawn, errand);
    if (errand.trusted && verb.configuration != contract::Configuration::none)
        spawn.argv.emplace_back("--trusted");
    spawn.fds = {-1, fds.output, fds.error, fds.reports, fds.jails, fds.sessions, fds.words, fds.table};
    return spawn;
}

} // namespace

pty::Spawn helper_of(const Errand& errand, const Programs& programs, const HelperFds& fds) {
    switch (row_of(errand.verb).helper) {
    case contract::Helper::jstarter:
        return starter_helper(errand, programs, fds);
    case contract::Helper::jreader:
        return reader_helper(errand, programs, fds);
    default: // a console has enter_words()
        return check_helper(errand, programs, fds);
    }
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
    words += "tty";
    for (unsigned part : {terminal->rows, terminal->columns, terminal->x_pixels, terminal->y_pixels})
        words += " " + std::to_string(part);
    return words;
}

std::string look_words(const std::string& target) {
    return "--jail " + target + " look";
}

} // namespace monitor
