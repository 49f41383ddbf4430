#include "jailcore/plan/freebsd/jail_text.hpp"

#include "jailcore/plan/fstab.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>

namespace jailcore {
namespace {

bool is_control(char c) {
    constexpr char del = 0x7f;
    return (c >= 0 && c < ' ') || c == del;
}

void append_octal(std::string& out, char c) {
    auto byte = static_cast<unsigned char>(c);
    out.push_back('\\');
    for (int shift : {6, 3, 0})
        out.push_back(static_cast<char>('0' + ((byte >> shift) & 7)));
}

// Between single quotes, where nothing is a variable (usr.sbin/jail/jaillex.l).
std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (char c : text.substr(0, text.find('\0'))) {
        if (c == '\'' || c == '\\')
            out.push_back('\\');
        if (is_control(c))
            append_octal(out, c);
        else
            out.push_back(c);
    }
    return out + "'";
}

// As strunvis(3) reads it.
std::string fstab_field(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == ' ' || c == '\\' || is_control(c))
            append_octal(out, c);
        else
            out.push_back(c);
    }
    return out;
}

std::string fstab_line(const FstabEntry& entry) {
    std::string line = fstab_field(entry.spec) + " " + fstab_field(entry.file) + " " + entry.vfstype;
    for (size_t i = 0; i < entry.options.size(); ++i)
        line += (i == 0 ? " " : ",") + entry.options[i];
    return line;
}

bool is_ours(const Parameter& parameter) {
    const ParameterSpec* spec = find_parameter(parameter.name);
    return spec != nullptr && spec->owner == Owner::ours;
}

bool is_on(const JailConfiguration& jail, std::string_view name) {
    const Parameter* parameter = jail.find(name);
    return parameter != nullptr && boolean_value(*parameter).value_or(false);
}

std::string path_of(const JailConfiguration& jail) {
    const Parameter* path = jail.find("path");
    return std::string(path != nullptr ? string_value(*path).value_or("") : "");
}

} // namespace

std::string kernel_name(const JailConfiguration& jail) {
    const Parameter* name = jail.find("name");
    std::string_view value = name != nullptr ? string_value(*name).value_or("") : "";
    return value.empty() ? jail.name : std::string(value);
}

Parameters jail8_parameters(const JailConfiguration& jail) {
    Parameters parameters;
    for (const Parameter& parameter : jail.parameters)
        if (!is_ours(parameter))
            parameters.push_back(parameter);
    drop_parameters(parameters, {"depend", "mount.fstab"});
    std::erase_if(parameters, [&](const Parameter& parameter) {
        return (parameter.name == "name" || parameter.name == "jid") &&
               string_value(parameter) == std::string_view(jail.name);
    });
    if (jail.fstab.empty())
        return parameters;
    const Parameter* own = jail.find("mount");
    Parameter mount{"mount", own != nullptr ? own->values : std::vector<std::string>()};
    for (const FstabEntry& entry : jail.fstab)
        mount.values.push_back(fstab_line(entry));
    set_parameter(parameters, std::move(mount));
    return parameters;
}

void set_parameter(Parameters& parameters, Parameter parameter) {
    auto found = std::ranges::find_if(parameters, [&](const Parameter& other) {
        return same_slot(other.name, parameter.name);
    });
    if (found == parameters.end())
        parameters.push_back(std::move(parameter));
    else
        *found = std::move(parameter);
}

void drop_parameters(Parameters& parameters, std::initializer_list<std::string_view> names) {
    std::erase_if(parameters, [&](const Parameter& parameter) {
        return std::ranges::any_of(names, [&](std::string_view name) {
            return same_slot(parameter.name, name);
        });
    });
}

std::string jail_block(std::string_view name, const Parameters& parameters) {
    std::string text = in_quotes(name) + " {\n";
    for (const Parameter& parameter : parameters) {
        text += "\t" + in_quotes(parameter.name);
        for (size_t i = 0; i < parameter.values.size(); ++i)
            text += (i == 0 ? " = " : ",\n\t\t") + in_quotes(parameter.values[i]);
        text += ";\n";
    }
    return text + "}\n";
}

std::vector<MountPoint> mount_points(const JailConfiguration& jail) {
    std::vector<MountPoint> points;
    if (const Parameter* mount = jail.find("mount"); mount != nullptr)
        for (const std::string& line : mount->values) {
            auto parsed = parse_fstab_line(line);
            if (const auto* entry = std::get_if<FstabEntry>(&parsed))
                points.push_back({entry->file, entry->vfstype});
        }
    for (const FstabEntry& entry : jail.fstab)
        points.push_back({entry.file, entry.vfstype});
    const std::string path = path_of(jail);
    if (path.empty())
        return points;
    for (auto [parameter, below, type] :
         {std::tuple<const char*, const char*, const char*>("mount.devfs", "/dev", "devfs"),
          {"mount.fdescfs", "/dev/fd", "fdescfs"},
          {"mount.procfs", "/proc", "procfs"}})
        if (is_on(jail, parameter))
            points.push_back({path + below, type});
    return points;
}

} // namespace jailcore
