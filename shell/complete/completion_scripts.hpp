// The completion scripts of the shells. They know nothing of verbs, options and jails: they hand the words of
// the line to `jconsole __complete -- WORD...` and show what it prints (completion_text in
// shell/complete/completion.hpp). So they never say anything else than the program that is installed.
#pragma once

#include <string_view>

namespace shell {

// `name`: bash, zsh or fish.
std::string_view completion_script(std::string_view name);

} // namespace shell
