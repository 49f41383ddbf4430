#include "jailcore/freebsd/starter/remains.hpp"

#include "jailcore/freebsd/starter/jail8.hpp"
#include "jailcore/freebsd/starter/running.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <string_view>
#include <sys/param.h>
#include <utility>

#include <sys/mount.h>

namespace jailcore {
namespace {

bool is_number(std::string_view name) {
    return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

std::vector<MountPoint> mounted() {
    std::vector<struct statfs> found;
    for (int count = ::getfsstat(nullptr, 0, MNT_NOWAIT); count > static_cast<int>(found.size());) {
        constexpr size_t spare = 16;
        found.resize(static_cast<size_t>(count) + spare);
        count = ::getfsstat(found.data(), static_cast<long>(found.size() * sizeof found[0]), MNT_NOWAIT);
        if (count < static_cast<int>(found.size())) {
            found.resize(static_cast<size_t>(std::max(count, 0)));
            break;
        }
        ++count;
    }
    std::vector<MountPoint> points;
    for (const struct statfs& one : found)
        points.push_back({one.f_mntonname, one.f_fstypename});
    return points;
}

// As the kernel names it: the links on its way followed.
std::string real_path(const std::string& path) {
    std::array<char, PATH_MAX> real{};
    return ::realpath(path.c_str(), real.data()) != nullptr ? real.data() : path;
}

Parameters undoing(const JailConfiguration& jail, HooksOfEnd hooks) {
    Parameters parameters = jail8_parameters(jail);
    drop_parameters(parameters, {"exec.prestop", "exec.stop"});
    if (hooks == HooksOfEnd::none)
        drop_parameters(parameters, {"exec.poststop", "exec.release"});
    set_parameter(parameters, {"stop.timeout", {"0"}});
    return parameters;
}

// A block that is named by a number would have that for its jid.
std::string block_of(const JailConfiguration& jail, Parameters parameters, int32_t jid, std::string& name) {
    drop_parameters(parameters, {"name"});
    set_parameter(parameters, {"jid", {std::to_string(jid)}});
    name = (is_number(jail.name) ? "jail" : "") + jail.name;
    return jail_block(name, parameters);
}

bool remove(const JailConfiguration& jail, Parameters parameters, int32_t jid, bool placeholder,
            const Output& output) {
    std::string name;
    std::string text = block_of(jail, std::move(parameters), jid, name);
    Jail8 jail8(name, output, false);
    jail8.steps_back = true;
    jail8.silent = placeholder;
    return jail8.run({"-r"}, text);
}

} // namespace

std::string text_to_end(const JailConfiguration& jail, int32_t jid) {
    Parameters parameters = jail8_parameters(jail);
    if (!is_number(jail.name))
        set_parameter(parameters, {"jid", {std::to_string(jid)}});
    return jail_block(jail.name, parameters);
}

std::vector<std::string> mounted_of(const JailConfiguration& jail) {
    std::vector<MountPoint> there = mounted();
    std::vector<std::string> paths;
    for (const MountPoint& point : mount_points(jail))
        if (std::ranges::find(there, MountPoint{real_path(point.path), point.type}) != there.end())
            paths.push_back(point.path);
    return paths;
}

std::vector<std::string> mounted_for_jail(const std::string& path) {
    constexpr std::array<std::string_view, 7> types{"devfs",    "fdescfs", "procfs", "linprocfs",
                                                    "linsysfs", "nullfs",  "tmpfs"};
    std::vector<std::string> paths;
    if (path == "/")
        return paths;
    for (const MountPoint& point : mounted())
        if (point.path.starts_with(path + "/") && std::ranges::find(types, point.type) != types.end())
            paths.push_back(point.path);
    std::ranges::reverse(paths);
    return paths;
}

bool undo_jail(const JailConfiguration& jail, int32_t jid, const Output& output) {
    return remove(jail, undoing(jail, HooksOfEnd::none), jid, false, output);
}

bool undo_remains(const JailConfiguration& jail, HooksOfEnd hooks, const Output& output) {
    int32_t placeholder = make_placeholder();
    bool undone = remove(jail, undoing(jail, hooks), placeholder, true, output);
    remove_jail(placeholder);
    return undone;
}

} // namespace jailcore
