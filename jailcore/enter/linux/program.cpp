#include "jailcore/enter/linux/program.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/linux/ptmx_check.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/shared_limits.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "pty/terminal.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailcore {
namespace {

struct SoftLimit {
    decltype(RLIMIT_CPU) resource;
    rlim_t value;
};

// The router's own soft limits mean nothing to the jail. The hard ones stay: they are the administrator's,
// and nothing here raises one.
void reset_limits() {
    constexpr std::array<SoftLimit, 12> defaults{{{RLIMIT_CPU, RLIM_INFINITY},
                                                  {RLIMIT_FSIZE, RLIM_INFINITY},
                                                  {RLIMIT_DATA, RLIM_INFINITY},
                                                  {RLIMIT_STACK, rlim_t{8} << 20},
                                                  {RLIMIT_CORE, 0},
                                                  {RLIMIT_RSS, RLIM_INFINITY},
                                                  {RLIMIT_NOFILE, 1024},
                                                  {RLIMIT_AS, RLIM_INFINITY},
                                                  {RLIMIT_MEMLOCK, rlim_t{8} << 20},
                                                  {RLIMIT_NPROC, RLIM_INFINITY},
                                                  {RLIMIT_NICE, 0},
                                                  {RLIMIT_RTPRIO, 0}}};
    for (const SoftLimit& soft : defaults) {
        rlimit limit{};
        pty::check(::getrlimit(soft.resource, &limit), "getrlimit");
        limit.rlim_cur = std::min(soft.value, limit.rlim_max);
        pty::check(kernel::setrlimit(soft.resource, &limit), "setrlimit", std::to_string(soft.resource));
    }
}

// A folder that was entered by a path may lie outside of the root all the same.
void expect_inside() {
    // "(unreachable)/x" is how the kernel shows a directory outside of the root (getcwd(2)).
    std::array<char, PATH_MAX> path{};
    if (kernel::getcwd(path.data(), path.size()) == -1) {
        if (errno == ENOENT)
            throw EnterFailure("directory", deleted_root_cause, deleted_root_mend, ENOENT);
        throw pty::StepError(errno, "directory", {});
    }
    if (path[0] != '/')
        throw EnterFailure("directory", "it lies outside of the jail", "name another");
}

} // namespace

void prepare_program(const EnteredProgram& program, const Target& target, const EnterSpec* spec) {
    if (program.terminal)
        pty::take_controlling_terminal(0);
    else
        pty::check(kernel::setsid(), "setsid");
    take_credentials(program.user, target, spec);
    reset_limits();
    halve_shared_limits();
    ::umask(022);
    pty::check(kernel::personality(0), "personality");
    enter_directory(program);
    expect_inside();
}

void become_program(const EnteredProgram& program) {
    pty::check(kernel::close_range(enter_report + 1, ~0U, 0), "close descriptors");
    ::alarm(0);
    execute_entered(program);
}

} // namespace jailcore
