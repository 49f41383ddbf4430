#include "jailcore/plan/start_errors.hpp"

namespace jailcore {
namespace {

std::string_view reason_of(std::string_view parameter) {
    if (parameter == "linux.pids_max")
        return "rctl(8) limits the processes of a jail";
    if (parameter == "linux.pty_max")
        return "rctl(8) limits the pseudoterminals of a jail";
    if (parameter == "linux.shm_size")
        return "'mount' with a tmpfs has a size";
    return "it is about Linux's kernel";
}

} // namespace

// jail(8) and the kernel judge their own by themselves, as their release does.
std::vector<std::string> start_errors(const JailConfiguration& jail, bool root) {
    std::vector<std::string> errors = jail.errors;
    for (const Parameter& parameter : jail.parameters) {
        const ParameterSpec* spec = find_parameter(parameter.name);
        if (spec != nullptr && spec->owner == Owner::ours && spec->name.starts_with("linux."))
            errors.push_back(parameter.name + ": not supported on FreeBSD (" +
                             std::string(reason_of(spec->name)) + ")");
    }
    if (!root)
        errors.emplace_back("only root can start a jail on FreeBSD");
    return errors;
}

} // namespace jailcore
