#include "router/monitor/target.hpp"

#include "jailcore/names.hpp"

namespace monitor {

std::optional<Target> Target::from_text(std::string_view text) {
    if (jailcore::pid_target(text))
        return Target{Source::process, std::string(text)};
    if (jailcore::valid_jail_name(text))
        return Target{Source::ours, std::string(text)};
    return std::nullopt;
}

} // namespace monitor
