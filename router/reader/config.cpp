#include "jailcore/conf/config.hpp"
#include "jailcore/conf/check.hpp"
#include "jailcore/conf/order.hpp"
#include "jailcore/conf/system_files.hpp"
#include "jailcore/conf/trees.hpp"
#include "jailcore/listing/refusal.hpp"
#include "jailcore/plan/start_errors.hpp"
#include "pty/io.hpp"
#include "router/contract/reader.hpp"
#include "router/contract/target.hpp"
#include "router/contract/verbs.hpp"
#include "router/reader/inputs.hpp"
#include "router/reader/modes.hpp"
#include "router/reader/output.hpp"
#include "router/reader/places.hpp"
#include "router/sandbox/reader.hpp"
#include "router/wire/meeting.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace reader {
namespace {

namespace options = boost::program_options;
namespace conf = jailcore::conf;

struct Settings {
    std::string config;
    bool may_be_missing = false; // nobody has named it
    bool json = false;
    bool trusted = false;
    std::string jail; // of a table
};

std::string default_config() {
    if (::geteuid() == 0)
        return std::string(wire::system_configuration) + "/jail.conf";
    const char* folder = std::getenv("XDG_CONFIG_HOME");
    if (folder != nullptr && folder[0] == '/')
        return std::string(folder) + "/jconsole/jail.conf";
    const char* home = std::getenv("HOME");
    return std::string(home != nullptr ? home : "") + "/.config/jconsole/jail.conf";
}

Settings settings_of(const Arguments& arguments) {
    Settings settings;
    std::string default_file;
    options::options_description allowed;
    allowed.add_options()                                                               //
        ("config,f", options::value(&settings.config)->default_value(default_config())) //
        ("default-config", options::value(&default_file))                               //
        ("json", options::bool_switch(&settings.json))                                  //
        ("jail", options::value(&settings.jail))                                        //
        ("trusted", options::bool_switch(&settings.trusted));
    options::variables_map given;
    options::positional_options_description none;
    options::store(options::command_line_parser(arguments).options(allowed).positional(none).run(), given);
    options::notify(given);
    if (!default_file.empty()) {
        settings.config = default_file;
        settings.may_be_missing = true;
    }
    return settings;
}

conf::Files files_for(const Settings& settings) {
    return conf::system_files(settings.trusted ? conf::Trust::owned : conf::Trust::any);
}

bool complain_of_file(const conf::Config& config) {
    for (const std::string& error : config.errors)
        complain(error);
    return !config.errors.empty();
}

bool complain_of_jails(const conf::Config& config) {
    bool any = false;
    for (const conf::Jail& jail : config.jails) {
        if (!contract::is_jail_name(jail.name)) {
            complain(jail.name + ": that is no name of a jail; " + contract::jail_name_rule);
            any = true;
        }
        for (const std::string& error : jail.errors) {
            complain(jail.name + ": " + error);
            any = true;
        }
    }
    return any;
}

// What is no name could not be told from the next in a line. It is refused, whichever it is.
std::string word_of(const std::string& jail) {
    return contract::is_jail_name(jail) ? jail : "?";
}

std::string line_of(const conf::Step& step) {
    std::string line = step.verb + " " + word_of(step.jail);
    for (const std::string& jail : step.after)
        line += " " + word_of(jail);
    return line + "\n";
}

// What runs can be stopped where there is no configuration (jail(8), -r), for which it then stands. A kill is
// without one always.
conf::Config config_for(const contract::VerbRow& verb, const Settings& settings, bool missing,
                        const std::set<std::string>& running) {
    bool may_be_missing = verb.configuration == contract::Configuration::optional && settings.may_be_missing;
    if (verb.configuration != contract::Configuration::none && !(may_be_missing && missing))
        return conf::read_config(settings.config, files_for(settings));
    conf::Config config;
    for (const std::string& name : running)
        config.jails.emplace_back().name = name;
    return config;
}

// The first jail of each name: one of the same name behind it is never started.
std::vector<conf::Jail> jails_named(const std::set<std::string>& names, std::vector<conf::Jail> jails) {
    std::set<std::string> taken;
    std::erase_if(jails, [&](const conf::Jail& jail) {
        return !names.contains(jail.name) || !taken.insert(jail.name).second;
    });
    return jails;
}

struct Table {
    std::vector<std::string> trees;
    std::vector<conf::Jail> jails;
};

// Of the jails of these names, with all that a start of them needs to know. Of the others it needs where they
// write.
Table table_of(const std::set<std::string>& names, std::vector<conf::Jail> jails, const conf::Files& files) {
    conf::read_fstabs(jails, files);
    Table table{conf::written_trees(jails), jails_named(names, std::move(jails))};
    for (conf::Jail& jail : table.jails)
        conf::check_start_values(jail);
    refuse_mounts_of_jails(table.jails, table.trees);
    return table;
}

std::set<std::string> names_in(const conf::Order& order) {
    std::set<std::string> names;
    for (const conf::Step& step : order.steps)
        names.insert(step.jail);
    return names;
}

// What is wrong with a jail is told by its starter. There is none for a jail that is refused or skipped.
void complain_of_those_not_started(const conf::Order& order, const std::vector<conf::Jail>& jails) {
    std::map<std::string, const conf::Jail*> configured;
    for (const conf::Jail& jail : jails)
        configured.emplace(jail.name, &jail);
    std::set<std::string> failing;
    for (const conf::Step& step : order.steps) {
        auto jail = configured.find(step.jail);
        const contract::VerbRow* verb = contract::find(step.verb); // null: it is refused
        if ((verb != nullptr && !verb->makes_jail) || jail == configured.end())
            continue;
        bool starts = verb != nullptr && std::ranges::none_of(step.after, [&](const std::string& other) {
                          return failing.contains(other);
                      });
        std::vector<std::string> errors = jailcore::start_errors(*jail->second, ::geteuid() == 0);
        if (!starts || !errors.empty())
            failing.insert(step.jail);
        for (const std::string& error : starts ? std::vector<std::string>() : errors)
            complain(step.jail + ": " + error);
    }
}

// As in FreeBSD they are separate jails, of which only the first can come up.
void complain_of_namesakes(const conf::Order& order, const std::vector<conf::Jail>& jails) {
    std::map<std::string, size_t> count;
    for (const conf::Jail& jail : jails)
        ++count[jail.name];
    for (const conf::Step& step : order.steps)
        if (count[step.jail] > 1)
            complain(step.jail + ": it is defined " + std::to_string(count[step.jail]) +
                     " times: the first definition counts, the others do nothing");
}

// A jid, of a jail that runs, stands for its name.
void resolve_jids(Arguments& words, const std::set<std::string>& names,
                  const std::vector<jailcore::JailRecord>& running) {
    for (std::string& word : words)
        if (!names.contains(word))
            for (const jailcore::JailRecord& jail : running)
                if (word == std::to_string(jail.jid))
                    word = pty::get_text(jail.name);
}

} // namespace

int table(const Arguments& arguments) {
    Settings settings = settings_of(arguments);
    if (settings.json)
        throw options::unknown_option("--json");
    sandbox::enter_reader_sandbox();
    conf::Files files = files_for(settings);
    conf::Config config = conf::read_config(settings.config, files);
    if (complain_of_file(config) || complain_of_places(config, {}))
        return EXIT_FAILURE;
    conf::check_dependencies(config.jails);
    Table table = table_of({settings.jail}, std::move(config.jails), files);
    print(to_table(config.looked_at, table.trees, table.jails));
    return EXIT_SUCCESS;
}

int order(const Arguments& arguments) {
    Settings settings = settings_of(arguments);
    bool missing = ::access(settings.config.c_str(), F_OK) != 0 && errno == ENOENT;
    sandbox::enter_reader_sandbox();
    Arguments words = client_words();
    const contract::VerbRow* verb = words.empty() ? nullptr : contract::find(words[0]);
    if (verb == nullptr || !verb->changes_jail())
        throw jailcore::ListingRefusal("order: only of start, stop, restart and kill");
    std::vector<jailcore::JailRecord> records = running_jails();
    std::set<std::string> running;
    for (const jailcore::JailRecord& jail : records)
        running.emplace(pty::get_text(jail.name));
    conf::Config config = config_for(*verb, settings, missing, running);
    if (missing && settings.may_be_missing && !config.errors.empty())
        config.errors.front() += "; write it, or name another with -f";
    if (complain_of_file(config) || complain_of_places(config, records))
        return EXIT_FAILURE;
    Arguments names(words.begin() + 1, words.end());
    if (verb->subject != contract::Subject::new_jail)
        resolve_jids(names, running, records);
    conf::Order order = conf::order_jails(words[0], names, config.jails, running);
    for (const std::string& error : order.errors)
        complain(error);
    if (verb->makes_jail)
        complain_of_namesakes(order, config.jails);
    Table table = table_of(names_in(order), std::move(config.jails), files_for(settings));
    if (verb->makes_jail)
        complain_of_those_not_started(order, table.jails);
    for (const conf::Step& step : order.steps)
        print(line_of(step));
    if (!config.looked_at.empty())
        pty::write_all(contract::reader_table, to_table(config.looked_at, table.trees, table.jails),
                       "the table");
    return order.steps.empty() && !order.errors.empty() ? EXIT_FAILURE : EXIT_SUCCESS;
}

int dump(const Arguments& arguments) {
    Settings settings = settings_of(arguments);
    if (!settings.json)
        throw options::required_option("--json");
    sandbox::enter_reader_sandbox();
    conf::Config config = conf::read_config(settings.config, files_for(settings));
    if (complain_of_file(config))
        return EXIT_FAILURE;
    bool failed = complain_of_jails(config);
    print(to_json(config.jails) + "\n");
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

} // namespace reader
