// The jail.conf language, whole: two files, apart at the first NUL, of which the first can include the second
// as `inc`, or all by `*`; then what a start looks at, and JSON both ways.
#include "jailcore/conf/config.hpp"

#include <cstdint>
#include <cstdlib>
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

// Enough for any sensible file, and little enough that nothing takes long.
conf::Limits small_limits() {
    conf::Limits limits;
    limits.files = 64;
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
    complete_for_start(config, files, small_limits());
    std::string json = to_json(config.jails);
    auto back = jailcore::from_json(json);
    // What is not UTF-8 is replaced on the way out; all else comes back as it was.
    if (!back || to_json(*back) != json)
        std::abort();
    return 0;
}
