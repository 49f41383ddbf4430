// The verbs of the router: a row for each, with all that client, worker, monitor and helpers judge a verb by.
// No row names a function. Each helper has a table of what it does, the monitor starts the helper that the
// row names, and the client has a table of what its user can type (shell/syntax/verbs.hpp). To add a verb is
// to add a row here, what does it in its helper, and the client's row.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace contract {

// The numbers stand in the state folder, too (jailcore::StarterRecord): none is ever another verb's.
enum class Verb : uint32_t {
    console = 1,
    start,
    stop,
    restart,
    check,
    ls,
    ps,
    sessions,
    kill,
    order,
    top,
    peek,
    hint,
};

// Who does it.
enum class Helper : uint8_t {
    worker,   // itself; the monitor does not hear of it
    program,  // the client's own program, which a jenter becomes in the jail
    jenter,   // which says what it finds
    jstarter, // which works on one jail
    jreader,
};

// What a request names in its `jail`.
enum class Subject : uint8_t {
    jail,     // one that runs, by name or jid, or a process in one
    new_jail, // one that the configuration has
    any_jail, // as `jail`, or nothing
    session,
};

// Of jails, and whether there must be one.
enum class Configuration : uint8_t { none, optional, needed };

// Some verbs.
class Verbs {
public:
    constexpr Verbs() = default;
    constexpr Verbs(std::initializer_list<Verb> verbs) {
        for (Verb verb : verbs)
            bits_ |= bit(verb);
    }
    [[nodiscard]] constexpr bool has(Verb verb) const { return (bits_ & bit(verb)) != 0; }

private:
    static constexpr uint32_t bit(Verb verb) { return uint32_t{1} << static_cast<uint32_t>(verb); }
    uint32_t bits_ = 0;
};

struct VerbRow {
    Verb id{};
    std::string_view name; // in the protocol, and of the helper's mode
    Helper helper = Helper::worker;
    Subject subject = Subject::any_jail;
    bool terminal = false; // it may have one; all others have pipes
    Configuration configuration = Configuration::none;
    // To the jail. The helper of such a verb goes on when its client leaves, for half a jail is worse than
    // one that nobody waits for.
    bool makes_jail = false;
    bool ends_jail = false;
    Verbs waits_for = {};                // which of them under way for the jail forbid that this begins
    Verbs ends = {};                     // and which it ends, where the jail is not there yet or any more
    std::string_view reason_of_end = {}; // of consoles in the jail that is worked on
    bool forcible = false;               // -f: done without its helper where that cannot be started
    bool live = false;                   // it goes on until its client leaves
    [[nodiscard]] constexpr bool changes_jail() const { return makes_jail || ends_jail; }
};

// Two starters of one jail would run its hooks twice, the second unmount, or the second address, is an error
// or worse, and a jail that is started before the last of that name is gone, down to its exec.poststop, would
// be taken for that. But a stop may come in the middle of a start, to end it, and a kill at any time.
inline constexpr auto verbs = std::to_array<VerbRow>({
    {.id = Verb::console,
     .name = "console",
     .helper = Helper::program,
     .subject = Subject::jail,
     .terminal = true},
    {.id = Verb::start,
     .name = "start",
     .helper = Helper::jstarter,
     .subject = Subject::new_jail,
     .configuration = Configuration::needed,
     .makes_jail = true,
     .waits_for = {Verb::start, Verb::stop, Verb::restart, Verb::kill},
     .reason_of_end = "the start of the jail failed"},
    {.id = Verb::stop,
     .name = "stop",
     .helper = Helper::jstarter,
     .subject = Subject::jail,
     .configuration = Configuration::optional,
     .ends_jail = true,
     .waits_for = {Verb::stop, Verb::restart, Verb::kill},
     .ends = {Verb::start},
     .reason_of_end = "the jail was stopped"},
    {.id = Verb::restart,
     .name = "restart",
     .helper = Helper::jstarter,
     .subject = Subject::jail,
     .configuration = Configuration::needed,
     .makes_jail = true,
     .ends_jail = true,
     .waits_for = {Verb::start, Verb::stop, Verb::restart, Verb::kill},
     .reason_of_end = "the jail was stopped"},
    {.id = Verb::kill,
     .name = "kill",
     .helper = Helper::jstarter,
     .subject = Subject::jail,
     .ends_jail = true,
     .ends = {Verb::start, Verb::stop, Verb::restart},
     .reason_of_end = "the jail was killed",
     .forcible = true},
    {.id = Verb::check, .name = "check", .helper = Helper::jenter, .subject = Subject::jail},
    {.id = Verb::ls, .name = "ls", .helper = Helper::jreader},
    {.id = Verb::ps, .name = "ps", .helper = Helper::jreader},
    {.id = Verb::sessions, .name = "sessions", .helper = Helper::jreader},
    {.id = Verb::order, .name = "order", .helper = Helper::jreader, .configuration = Configuration::needed},
    {.id = Verb::top, .name = "top", .helper = Helper::jreader, .live = true},
    {.id = Verb::hint, .name = "hint", .helper = Helper::jreader},
    {.id = Verb::peek, .name = "peek", .helper = Helper::worker, .subject = Subject::session},
});

// Stands for work on a jail whose verb cannot be understood: it is none that may be ended.
inline constexpr Verb unknown_work = Verb::stop;

// Of a number that another process gave; one that is no verb has a row that nobody does.
inline constexpr VerbRow no_verb;
constexpr const VerbRow& row_of(Verb verb) {
    for (const VerbRow& row : verbs)
        if (row.id == verb)
            return row;
    return no_verb;
}

// Null where there is none.
constexpr const VerbRow* find(std::string_view name) {
    for (const VerbRow& row : verbs)
        if (row.name == name)
            return &row;
    return nullptr;
}

} // namespace contract
