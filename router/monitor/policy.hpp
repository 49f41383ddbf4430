// Who may do what. Pure: the answer follows from who asks and for what, and nothing else.
#pragma once

#include "router/contract/verbs.hpp"
#include "router/wire/principal.hpp"

#include <optional>
#include <string_view>

namespace monitor {

// A peek is not asked for here: a worker is one principal's, and has his sessions only.
//
// Whether the router of `router` does for `principal` what he asks for. `verb`: nothing where he asks to be
// its client at all; `jail`: "" where the verb is about none in particular.
bool may(const wire::Principal& router, const wire::Principal& principal, std::optional<contract::Verb> verb,
         std::string_view jail);
// What whoever may not can do instead.
std::string_view use_another(const wire::Principal& router);

} // namespace monitor
