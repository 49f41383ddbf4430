// The jail.conf language, whole: two files, apart at the first NUL, of which the first can include the second
// as `inc`, or all by `*`; then what a start looks at, and its table
// both ways.
#include "jailcore/conf/check.hpp"
#include "jailcore/conf/config.hpp"

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

namespace {

namespace conf = jailcore::conf;

conf::Files in_memory(std::string_view first, std::string_view second) {
    conf::Files files;
    files.read = [first, second](const std::string& path, size_t) -> conf::FileContent {
        if (path == "/main")
            return {std::string(first), ""};
        if (path == "/inc")
            return {std::string(second), ""};
        return {"", "No such file or directory"};
    };
    files.glob = [](const std::string& pattern) -> conf::Globbed {
        if (pattern.find('*') == std::string::npos)
            return {};
        return {true, {"/inc", "/main"}};
    };
    return files;
}

// A parameter that is there twice is a key that is there twice, of which one would be lost.
void expect_each_once(const jailcore::JailConfiguration& jail) {
    std::set<std::string> names;
    for (const jailcore::Parameter& parameter : jail.parameters)
        if (!names.insert(parameter.name).second)
            std::abort();
}

// What is not UTF-8 is replaced on the way out; all else comes back as it was.
void expect_back(const jailcore::JailConfiguration& jail) {
    auto found = jailcore::find_in_table(jailcore::to_table({}, {}, {jail}), jail.name);
    if (!found || !found->jail || found->jail->parameters.size() != jail.parameters.size() ||
        jailcore::to_json({*found->jail}) != jailcore::to_json({jail}))
        std::abort();
}

// Enough for any sensible file, and little enough that nothing takes long.
conf::Limits small_limits() {
    conf::Limits limits;
    limits.files = 3;
    limits.bytes = 1 << 20;
    limits.statements = 10'000;
    limits.merged = 20'000;
    limits.expanded = 1 << 20;
    return limits;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    size_t cut = input.find('\0');
    conf::Files files = in_memory(input.substr(0, cut), cut == input.npos ? "" : input.substr(cut + 1));
    conf::Config config = conf::read_config("/main", files, small_limits());
    if (!config.errors.empty() && !config.jails.empty())
        std::abort();
    for (jailcore::conf::Jail& jail : config.jails)
        jailcore::conf::check_start_values(jail);
    read_fstabs(config.jails, files, small_limits());
    jailcore::conf::check_dependencies(config.jails);
    for (const jailcore::JailConfiguration& jail : config.jails)
        expect_each_once(jail);
    // One of them, for that takes more time than all else.
    if (!config.jails.empty())
        expect_back(config.jails[size % config.jails.size()]);
    return 0;
}
