#include "shell/configuration.hpp"

#include "shell/report.hpp"
#include "shell/siblings.hpp"

#include <filesystem>
#include <system_error>

namespace shell {

std::string absolute(const std::string& path) {
    if (path.empty())
        return path;
    std::error_code error;
    std::string whole = std::filesystem::absolute(path, error).string();
    if (error)
        throw FailureError({{},
                            path,
                            "the working directory cannot be named: " + error.message(),
                            "go to one that is there, or give an absolute path"});
    return whole;
}

std::vector<std::string> dump_arguments(const std::string& path) {
    std::vector<std::string> argv{sibling("libexec/jconsole/jreader"), "dump"};
    if (!path.empty())
        argv.push_back("--config=" + path);
    argv.emplace_back("--json");
    return argv;
}

} // namespace shell
