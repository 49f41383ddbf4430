#include "router/monitor/helpers.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/contract/starter.hpp"
#include "router/contract/reader.hpp"

#include <algorithm>
#include <initializer_list>
#include <unistd.h>
#include <utility>
#include <vector>

namespace monitor {
namespace {

// Each under the number at which its helper looks for it; what is not named is /dev/null.
std::vector<int> descriptors(std::initializer_list<std::pair<size_t, int>> named) {
    std::vector<int> fds;
    for (auto [number, fd] : named) {
        fds.resize(std::max(fds.size(), number + 1), -1);
        fds[number] = fd;
    }
    return fds;
}

// The router's own need not be there for a stop: what the client named must. A word by itself could be taken
// for an option: it is a client's.
void append_config(pty::Spawn& spawn, const Errand& errand) {
    if (row_of(errand.verb).configuration == contract::Configuration::none)
        return;
    if (errand.config.empty())
        spawn.argv.push_back("--default-config=" + errand.default_config);
    else
        spawn.argv.push_back("--config=" + errand.config);
}

pty::Spawn check_helper(const Errand& errand, const Programs& programs, const HelperFds& fds) {
    pty::Spawn spawn{programs.inside.jenter.get(),
                     {"jenter", "--jail", errand.target, std::string(row_of(errand.verb).name)},
                     {},
                     {}};
    spawn.fds = descriptors({{STDOUT_FILENO, fds.output},
                             {STDERR_FILENO, fds.error},
                             {jailcore::enter_program, fds.words},
                             {jailcore::enter_target, fds.target},
                             {jailcore::enter_spec, fds.spec}});
    return spawn;
}

pty::Spawn starter_helper(const Errand& errand, const Programs& programs, const HelperFds& fds) {
    pty::Spawn spawn{
        programs.jstarter.get(), {"jstarter", std::string(row_of(errand.verb).name), errand.target}, {}, {}};
    append_config(spawn, errand);
    if (row_of(errand.verb).makes_jail)
        spawn.argv.push_back("--jid=" + std::to_string(errand.jid));
    spawn.environment.emplace_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    spawn.fds = descriptors({{STDOUT_FILENO, fds.output},
                             {STDERR_FILENO, fds.error},
                             {jailcore::starter_report, fds.reports},
                             {jailcore::starter_registry, fds.jails},
                             {jailcore::starter_jenter, programs.inside.jenter.get()},
                             {jailcore::starter_jinit, programs.inside.jinit.get()},
                             {jailcore::starter_target, fds.target},
                             {jailcore::starter_spec, fds.spec},
                             {jailcore::starter_words, fds.words},
                             {jailcore::starter_table, fds.table}});
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
    spawn.fds = descriptors({{STDOUT_FILENO, fds.output},
                             {STDERR_FILENO, fds.error},
                             {contract::reader_asks, fds.reports},
                             {contract::reader_registry, fds.jails},
                             {contract::reader_sessions, fds.sessions},
                             {contract::reader_words, fds.words},
                             {contract::reader_table, fds.table}});
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
            {"jstarter", "reap", jail, "--config=" + config},
            {},
            descriptors({{STDERR_FILENO, STDERR_FILENO},
                         {jailcore::starter_registry, fds.jails},
                         {jailcore::starter_jenter, programs.inside.jenter.get()},
                         {jailcore::starter_jinit, programs.inside.jinit.get()},
                         {jailcore::starter_target, fds.target},
                         {jailcore::starter_spec, -1}})};
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
