#include "shell/prompt/places.hpp"

#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace prompt {
namespace {

// A relative path is to be ignored, says the specification.
std::string absolute_or_nothing(const char* path) {
    return path != nullptr && path[0] == '/' ? path : "";
}

std::string base(const char* variable, const char* below_home) {
    std::string folder = absolute_or_nothing(std::getenv(variable));
    if (!folder.empty())
        return folder + "/jconsole";
    std::string home = absolute_or_nothing(std::getenv("HOME"));
    if (home.empty()) {
        const passwd* user = ::getpwuid(::geteuid());
        home = user == nullptr ? "" : absolute_or_nothing(user->pw_dir);
    }
    return home.empty() ? "" : home + below_home + "/jconsole";
}

} // namespace

std::string state_folder() {
    return base("XDG_STATE_HOME", "/.local/state");
}

std::string configuration_file() {
    std::string folder = base("XDG_CONFIG_HOME", "/.config");
    return folder.empty() ? "" : folder + "/shell.conf";
}

} // namespace prompt
