// Configurations from memory, and a short form of what became of them.
#pragma once

#include "jailcore/conf/config.hpp"

#include <fnmatch.h>
#include <gtest/gtest.h>
#include <initializer_list>
#include <map>
#include <string>

namespace conf_test {

using FileSet = std::map<std::string, std::string>;

// Files by path; globbing by fnmatch(3) over all paths.
inline jailcore::conf::Files in_memory(const FileSet& set) {
    jailcore::conf::Files files;
    files.read = [set](const std::string& path, size_t limit) -> jailcore::conf::FileContent {
        auto found = set.find(path);
        if (found == set.end())
            return {"", "No such file or directory"};
        if (found->second.size() > limit)
            return {"", "File too large"};
        return {found->second, ""};
    };
    files.glob = [set](const std::string& pattern) {
        jailcore::conf::Globbed globbed{pattern.find_first_of("*?[") != std::string::npos, {}};
        for (const auto& [path, content] : set)
            if (fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0)
                globbed.paths.push_back(path);
        return globbed;
    };
    return files;
}

inline jailcore::conf::Config read(const std::string& text, FileSet more = {},
                                   const jailcore::conf::Limits& limits = {}) {
    more["/etc/jail.conf"] = text;
    return jailcore::conf::read_config("/etc/jail.conf", in_memory(more), limits);
}

// `a:path=[/x];persist;x=[1,2]` for each jail, between blanks; `!` before the name of a failed one. The
// implicit name is left out.
inline std::string shown(const jailcore::conf::Config& config) {
    std::string out;
    for (const auto& jail : config.jails) {
        out += (out.empty() ? "" : " ") + std::string(jail.errors.empty() ? "" : "!") + jail.name + ":";
        std::string separator;
        for (const auto& parameter : jail.parameters) {
            if (parameter.name == "name" && parameter.values == std::vector{jail.name})
                continue;
            out += separator + parameter.name;
            separator = ";";
            for (size_t i = 0; i < parameter.values.size(); ++i)
                out += (i == 0 ? "=[" : ",") + parameter.values[i];
            out += parameter.values.empty() ? "" : "]";
        }
    }
    for (const std::string& error : config.errors)
        out += "E{" + error + "}";
    return out;
}

inline std::string shown(const std::string& text) {
    return shown(read(text));
}

struct Shown {
    const char* text;
    const char* as;
};

inline void expect_all(std::initializer_list<Shown> cases) {
    for (const Shown& one : cases)
        EXPECT_EQ(shown(std::string(one.text)), one.as) << one.text;
}

// The errors of all jails, "NAME: ERROR" each on a line.
inline std::string errors(const jailcore::conf::Config& config) {
    std::string out;
    for (const auto& jail : config.jails)
        for (const std::string& error : jail.errors)
            out += (out.empty() ? "" : "\n") + jail.name + ": " + error;
    return out;
}

} // namespace conf_test
