#include "jailcore/listing/jail_parameters.hpp"
#include "jailcore/listing/jls.hpp"
#include "jailcore/listing/machine.hpp"
#include "jailcore/listing/members.hpp"
#include "jailcore/listing/processes.hpp"
#include "jailcore/listing/ps.hpp"
#include "jailcore/listing/records.hpp"
#include "jailcore/listing/refusal.hpp"
#include "jailcore/listing/sessions.hpp"
#include "router/contract/reader.hpp"
#include "router/reader/inputs.hpp"
#include "router/reader/modes.hpp"
#include "router/reader/output.hpp"
#include "router/sandbox/reader.hpp"

#include <algorithm>
#include <cstdlib>

namespace reader {
namespace {

using jailcore::JailRecord;
using jailcore::SessionRecord;

// The jail that the router was asked for: the listing's first and only argument, or "".
std::string jail_of(const Arguments& arguments) {
    if (arguments.size() > 1)
        throw jailcore::ListingRefusal("jreader: one jail at most");
    return arguments.empty() ? "" : arguments.front();
}

jailcore::Session session_of(const SessionRecord& record) {
    return {record, jailcore::program_of(record)};
}

// Those of the names or jids, each once; all where there are none.
std::vector<JailRecord> chosen_jails(const std::vector<std::string>& names) {
    std::vector<JailRecord> running = running_jails();
    std::vector<JailRecord> chosen;
    for (const std::string& name : names) {
        std::vector<JailRecord> found = running;
        if (!select_jail(found, name))
            throw jailcore::ListingRefusal(name +
                                           ": ps: no such jail runs; 'jconsole ls' lists those that do");
        if (std::ranges::find(chosen, found[0].jid, &JailRecord::jid) == chosen.end())
            chosen.push_back(found[0]);
    }
    return names.empty() ? running : chosen;
}

// Their lines are all that is known of them.
void complain_of_unreadable(const std::vector<JailRecord>& jails) {
    for (const JailRecord& jail : jails)
        if ((jail.flags & jailcore::jail_unreadable) != 0) {
            std::string name(pty::get_text(jail.name));
            std::string pid = std::to_string(jail.pid);
            complain(std::string(name)
                         .append(": ls: the router's record of it is damaged or of another version, process ")
                         .append(pid)
                         .append(" is its first; 'jconsole kill -f ")
                         .append(name)
                         .append("' ends it"));
        }
}

} // namespace

int list_jails(const Arguments&) {
    sandbox::enter_reader_sandbox();
    jailcore::JlsOptions options = jailcore::parse_jls(client_words());
    auto jails = jailcore::listed_jails(running_jails(), options.dying);
    if (options.jail && !select_jail(jails, *options.jail)) {
        if (!options.check)
            complain(*options.jail + ": ls: jail \"" + *options.jail +
                     "\" not found; 'jconsole ls' lists those that run");
        return EXIT_FAILURE;
    }
    complain_of_unreadable(jails);
    if (!options.check)
        print(jls(std::move(jails), options));
    return EXIT_SUCCESS;
}

int list_processes(const Arguments& arguments) {
    sandbox::enter_reader_sandbox();
    jailcore::PsOptions options = jailcore::parse_ps(client_words());
    if (std::string jail = jail_of(arguments); !jail.empty())
        options.jails.insert(options.jails.begin(), jail);
    auto jails = chosen_jails(options.jails);
    auto processes = jailcore::jail_processes(jails);
    if (std::string settings = jailcore::hidden_by(); !settings.empty())
        complain("ps: processes are missing here: this host hides them from ordinary users (" + settings +
                 "); root's router shows all");
    jailcore::PsMachine machine = jailcore::this_machine();
    if (options.columns.empty())
        print(options.json ? processes_json(processes, machine.ticks_per_second)
                           : processes_text(processes, machine.ticks_per_second));
    else
        print(options.json ? ps_json(processes, options, machine) : ps_text(processes, options, machine));
    return EXIT_SUCCESS;
}

int list_sessions(const Arguments&) {
    sandbox::enter_reader_sandbox();
    bool json = client_wants_json();
    std::vector<jailcore::Session> sessions;
    for (const SessionRecord& record :
         jailcore::read_records<SessionRecord>(contract::reader_sessions, "the sessions"))
        sessions.push_back(session_of(record));
    print(json ? sessions_json(sessions) : sessions_text(sessions));
    return EXIT_SUCCESS;
}

} // namespace reader
