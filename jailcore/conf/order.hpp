// In which order jails are started and stopped: jail(8), "depend". Pure.
#pragma once

#include "jailcore/plan/jail_configuration.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore::conf {

struct Step {
    std::string verb; // start, stop, restart, kill; refuse: an error says why, what needs it is skipped
    std::string jail;
    std::vector<std::string> after; // jails whose earlier step must have succeeded; else this is skipped
    bool operator==(const Step&) const = default;
};

struct Order {
    std::vector<Step> steps;
    std::vector<std::string> errors; // `NAME: what`
    bool operator==(const Order&) const = default;
};

// `verb`: start, stop, restart or kill. `names`: jails, known or not, or wildcards (`*`, `web.*`), which mean
// every jail of the configuration that there is something to do for.
//
// A start first starts what the jail depends on and does not run; a stop first stops what runs and depends on
// the jail, which a restart leaves stopped unless it is named, too. A jail depends on its parent (`a` of
// `a.b`) where that is configured or runs. A loop, or what is not configured, is an error of a start: the
// jail is refused, and the others are started all the same, as jail(8) does. Of a restart nothing is then to
// be done, nor where one runs that is not configured: what was stopped would stay so. What is killed is
// killed behind what runs and depends on it; what runs is all the configuration of a kill, so that these are
// the jails in it.
Order order_jails(std::string_view verb, const std::vector<std::string>& names,
                  const std::vector<JailConfiguration>& jails, const std::set<std::string>& running);

} // namespace jailcore::conf
