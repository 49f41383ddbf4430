// Which sessions work on which jail at the moment, and what that means to the consoles in it.
#pragma once

#include "router/monitor/sessions.hpp"

#include <functional>
#include <string_view>

namespace monitor {

// A session of ours whose helper is at work on that jail, and whose verb is one of these; null: none.
const Session* at_work_on(const Sessions& sessions, std::string_view jail,
                          const std::function<bool(const contract::VerbRow&)>& which);
// What is about to end the jail; null: nothing.
const Session* ender_of(const Sessions& sessions, std::string_view jail);

// What `ender` does to its jail is why the consoles in it end from now on; and it is the time for that.
void doom_consoles(const Sessions& sessions, const Session& ender);
void hang_consoles_up(const Sessions& sessions, const Session& ender);

} // namespace monitor
