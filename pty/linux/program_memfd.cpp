#include "pty/linux/program_memfd.hpp"

#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"
#include "pty/memfd.hpp"

#include <cerrno>
#include <string>
#include <sys/mman.h>

namespace pty {
namespace {

// Linux 6.3 (linux/memfd.h, linux/fcntl.h). With vm.memfd_noexec a memfd that does not ask for it is never
// executable, or is not made at all.
constexpr unsigned exec = 0x10; // MFD_EXEC
constexpr int seal_exec = 0x20; // F_SEAL_EXEC: who may execute it stays as it is

} // namespace

UniqueFd program_memfd(const char* name, std::string_view content) {
    int fd = kernel::memfd_create(name, MFD_ALLOW_SEALING | exec);
    if (fd == -1 && errno == EINVAL)
        fd = kernel::memfd_create(name, MFD_ALLOW_SEALING);
    if (fd == -1 && errno == EACCES)
        throw StepError(EACCES, "memfd_create", std::string(name) + ": set vm.memfd_noexec to 0 or 1");
    UniqueFd program(check(fd, "memfd_create", name));
    write_all(program.get(), content, name);
    try {
        seal_memfd(program.get(), name, seal_exec);
    } catch (const StepError&) {
        seal_memfd(program.get(), name);
    }
    return program;
}

} // namespace pty
