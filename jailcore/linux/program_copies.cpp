#include "jailcore/linux/program_copies.hpp"

#include "jailcore/linux/read_only_files.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"
#include "pty/linux/program_memfd.hpp"

#include <cerrno>
#include <fcntl.h>

namespace jailcore {
namespace {

std::vector<ReadOnlyFile> read_programs(const std::string& folder, const std::vector<std::string>& names) {
    std::vector<ReadOnlyFile> programs;
    for (const std::string& name : names) {
        std::string path = folder;
        path.append("/").append(name);
        pty::UniqueFd file(pty::check(kernel::open(path.c_str(), O_RDONLY), "open", path));
        programs.push_back({name, pty::read_all(file.get(), path), 0555});
    }
    return programs;
}

bool may_not_mount(const pty::StepError& error) {
    return error.error() == EPERM || error.error() == EACCES || error.error() == ENOSYS;
}

} // namespace

ProgramCopies copy_programs(const std::string& folder, const std::vector<std::string>& names) {
    std::vector<ReadOnlyFile> programs = read_programs(folder, names);
    ProgramCopies copies;
    try {
        pty::UniqueFd tree = mount_read_only_files(programs);
        for (const std::string& name : names)
            copies.files.emplace_back(
                pty::check(kernel::openat(tree.get(), name.c_str(), O_RDONLY), "open", name));
        return copies;
    } catch (const pty::StepError& error) {
        if (!may_not_mount(error))
            throw;
    }
    copies.read_only = false;
    // The names show in /proc/PID/exe, inside jails too: the host's folders are none of theirs.
    for (const ReadOnlyFile& program : programs)
        copies.files.push_back(pty::program_memfd(program.name.c_str(), program.content));
    return copies;
}

} // namespace jailcore
