#include "shell/configuration.hpp"

#include "shell/siblings.hpp"

#include <filesystem>

namespace shell {

std::string absolute(const std::string& path) {
    return path.empty() ? path : std::filesystem::absolute(path).string();
}

std::vector<std::string> dump_arguments(const std::string& path) {
    std::vector<std::string> argv{sibling("libexec/jconsole/jreader"), "dump"};
    if (!path.empty())
        argv.push_back("--config=" + path);
    argv.emplace_back("--json");
    return argv;
}

} // namespace shell
