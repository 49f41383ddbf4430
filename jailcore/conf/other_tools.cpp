#include "jailcore/conf/other_tools.hpp"

#include "jailcore/conf/config.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace jailcore::conf {
namespace {

constexpr char name_here = '%'; // in a place: the name that the tool knows the jail by

// Whether `asked` is what the tool calls `own`, or what the kernel does then.
using Same = bool (*)(std::string_view asked, std::string_view own);

bool by_name(std::string_view asked, std::string_view own) {
    return asked == own;
}

// iocage_lib/ioc_exec.py, and lib/ioc-common of iocell: `ioc-` before it, and no dots.
bool of_iocage(std::string_view asked, std::string_view own) {
    std::string in_kernel = "ioc-" + std::string(own);
    std::ranges::replace(in_kernel, '.', '_');
    return asked == own || asked == in_kernel;
}

// ezjail-admin: what is no letter or digit is `_`, in the name of the file, too.
bool of_ezjail(std::string_view asked, std::string_view own) {
    std::string file(asked);
    std::ranges::replace_if(
        file,
        [](char c) {
            return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z');
        },
        '_');
    return file == own;
}

struct Tool {
    const char* name;
    const char* start; // the command, but for the name
    std::vector<std::string> places;
    Same same = by_name;
};

// Where they are if nobody has configured it otherwise. What focker and jadm make stands in /etc/jail.conf,
// what BSDploy makes is ezjail's; crate, quickjail, runj and ocijail have no jail that could be started
// again.
const std::vector<Tool>& tools() {
    static const std::vector<Tool> table{
        // bastille.conf.sample: bastille_jailsdir
        {"bastille", "bastille start", {"/usr/local/bastille/jails/%/jail.conf"}},
        // iocage_lib/ioc_check.py: `iocage` on the pool, which TrueNAS has in /mnt
        {"iocage",
         "iocage start",
         {"/iocage/jails/%/config.json", "/*/iocage/jails/%/config.json",
          "/mnt/*/iocage/jails/%/config.json"},
         of_iocage},
        // lib/ioc-common: __get_jail_prop
        {"iocell", "iocell start", {"/iocell/jails/%/config", "/*/iocell/jails/%/config"}, of_iocage},
        // ezjail-admin: ezjail_jailcfgs
        {"ezjail", "ezjail-admin start", {"/usr/local/etc/ezjail/%"}, of_ezjail},
        // qjail(8), FILES
        {"qjail", "qjail start", {"/usr/local/etc/qjail.config/%"}},
        // etc/pot/pot.default.conf: POT_FS_ROOT
        {"pot", "pot start", {"/opt/pot/jails/%/conf/pot.conf"}},
        // cbsd.conf: jailfstabdir; sudoexec/initenv: workdir. The rest is in a database.
        {"cbsd", "cbsd jstart", {"/usr/jails/jails-fstab/fstab.%"}},
        // share/appjail/files/default.conf: JAILDIR
        {"appjail", "appjail start", {"/usr/local/appjail/jails/%/conf/config.conf"}},
        // libexec/rc/rc.d/jail: parse_options
        {"jail.conf", "service jail onestart", {"/etc/jail.%.conf", "/etc/jail.conf.d/%.conf"}}};
    return table;
}

struct Place {
    std::string before, after; // the name
};

Place split(const std::string& place) {
    size_t at = place.find(name_here);
    return {place.substr(0, at), place.substr(at + 1)};
}

constexpr size_t largest_file = size_t{1} << 20;

// The paths and names of the jails in it.
std::vector<std::pair<std::string, std::string>> jails_at(const Place& place, const Files& files,
                                                          const std::string& root) {
    std::vector<std::pair<std::string, std::string>> jails;
    std::string prefix = place.before.substr(place.before.rfind('/') + 1);
    for (const std::string& path : files.glob(root + place.before + "*" + place.after).paths) {
        std::string_view rest(path);
        rest.remove_suffix(std::min(rest.size(), place.after.size()));
        rest.remove_prefix(rest.rfind('/') + 1);
        rest.remove_prefix(std::min(rest.size(), prefix.size()));
        jails.emplace_back(path, rest);
    }
    return jails;
}

bool has_jail(const Config& config, const std::string& name) {
    return std::ranges::any_of(config.jails, [&](const Jail& jail) {
        return jail.name == name;
    });
}

} // namespace

std::vector<ToolsJail> jails_of_tools(const std::string& name, const Files& files, const std::string& root) {
    std::vector<ToolsJail> found;
    std::set<std::string> commands;
    auto add = [&](const Tool& tool, const std::string& own) {
        std::string command = std::string(tool.start) + " " + own;
        if (commands.insert(command).second)
            found.push_back({tool.name, command});
    };
    for (const Tool& tool : tools())
        for (const std::string& place : tool.places)
            for (const auto& [path, own] : jails_at(split(place), files, root))
                if (tool.same(name, own) && files.read(path, largest_file).error.empty())
                    add(tool, own);
    if (has_jail(read_config(root + "/etc/jail.conf", files), name))
        add(tools().back(), name);
    return found;
}

std::string hint_of(const std::vector<ToolsJail>& jails) {
    std::string line;
    for (const ToolsJail& jail : jails)
        line.append(line.empty() ? "" : ", ")
            .append(jail.tool)
            .append(" has it: '")
            .append(jail.command)
            .append("' starts it");
    return line;
}

} // namespace jailcore::conf
