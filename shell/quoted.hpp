// Words as the user would have to type them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace shell {

// A word in quotes, whatever it holds.
std::string single_quoted(std::string_view word);

// A word with quotes where it needs them.
std::string typed(std::string_view word);

// ` --router SOCKET` behind jconsole; "" for the user's own router.
std::string typed_router(const std::string& router);

} // namespace shell
