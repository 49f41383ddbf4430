// What a verb is about, as its user names it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace monitor {

enum class Source {
    ours,    // a jail that this router started
    process, // the namespaces of a process of the host
};

struct Target {
    Source source = Source::ours;
    std::string name; // web1; pid:4711

    // Nothing where it is neither a name that a jail can have nor pid:N.
    static std::optional<Target> from_text(std::string_view text);
};

} // namespace monitor
