// The rules of what verbs do to jails, and which sessions do so at the moment.
#pragma once

#include "router/monitor/sessions.hpp"

#include <functional>
#include <string_view>

namespace monitor {

// Starts or ends it.
bool works_on_jail(wire::Verb verb);
// Whether it has to have been told a jail, or a process.
bool needs_target(wire::Verb verb);
// What may not begin while the other is under way.
bool must_wait(wire::Verb verb, wire::Verb under_way);
// Of a jail that is not there: whether all that `under_way` does ends by it.
bool ends_work(wire::Verb verb, wire::Verb under_way);
// Why the consoles in a jail end; a literal.
std::string_view end_by(wire::Verb verb);

// A session of ours whose helper is at work on that jail, and whose verb is one of these; null: none.
const Session* at_work_on(const Sessions& sessions, std::string_view jail,
                          const std::function<bool(wire::Verb)>& which);
// What is about to end the jail; null: nothing.
const Session* ender_of(const Sessions& sessions, std::string_view jail);

// What `ender` does to its jail is why the consoles in it end from now on; and it is the time for that.
void doom_consoles(const Sessions& sessions, const Session& ender);
void hang_consoles_up(const Sessions& sessions, const Session& ender);

} // namespace monitor
