#include "jailcore/linux/enter/program.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/linux/enter/advice.hpp"
#include "jailcore/linux/enter/execute.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/shared_limits.hpp"
#include "pty/error.hpp"
#include "pty/escape.hpp"
#include "pty/kernel.hpp"
#include "pty/terminal.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
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

// On the program's own standard error, as sshd(8) does it.
void tell_of_home(const User& user, int error) {
    std::string mend = error == ENOENT    ? "create it"
                       : error == EACCES  ? "let the user enter it"
                       : error == ENOTDIR ? "make it a folder"
                                          : "mend it";
    std::string line = "jconsole: " + jail_name() + ": home of " + pty::escape(user.name) + ": " +
                       pty::escape(user.home) + ": " + std::strerror(error) + ": the working folder is /; " +
                       mend + ", or name another with -d\n";
    kernel::write(STDERR_FILENO, line.data(), line.size());
}

void enter_directory(const EnteredProgram& program) {
    if (!program.directory.empty()) {
        if (!program.directory.starts_with('/'))
            throw EnterFailure("directory", program.directory + " is not absolute", "begin it with /");
        if (kernel::chdir(program.directory.c_str()) == -1)
            throw EnterFailure("directory", program.directory + ": " + std::strerror(errno),
                               "name one that " + program.user.name + " may enter", errno);
    } else if (kernel::chdir(program.user.home.c_str()) == -1) {
        int error = errno;
        pty::check(kernel::chdir("/"), "directory", "/");
        tell_of_home(program.user, error);
    }
    // "(unreachable)/x" is how the kernel shows a directory outside of the root (getcwd(2)).
    std::array<char, PATH_MAX> path{};
    pty::check(kernel::getcwd(path.data(), path.size()), "directory");
    if (path[0] != '/')
        throw EnterFailure("directory", "it lies outside of the jail", "name another");
}

std::string joined(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words)
        line.append(line.empty() ? "" : " ").append(word);
    return line;
}

// The login shell is called as sshd(8) calls it: -sh where it has nothing else to do, sh -c LINE.
std::vector<std::string> arguments_of(const EnteredProgram& program) {
    if (!program.shell && !program.argv.empty())
        return program.argv;
    const std::string& shell = program.user.shell;
    std::string name = shell.substr(shell.rfind('/') + 1);
    if (program.argv.empty())
        return {"-" + name};
    return {name, "-c", joined(program.argv)};
}

[[noreturn]] void execute(const EnteredProgram& program) {
    std::vector<std::string> argv = arguments_of(program);
    if (!program.shell && !program.argv.empty())
        execute_program(argv[0], argv, program.environment, program.user.name);
    try {
        execute_program(program.user.shell, argv, program.environment, program.user.name);
    } catch (const EnterFailure& failure) { // nobody typed that name
        throw EnterFailure(failure.step(), "the login shell of " + program.user.name + ": " + failure.cause(),
                           "mend that, or the user's entry in the jail's /etc/passwd", failure.error(),
                           failure.exit_code());
    }
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
}

void become_program(const EnteredProgram& program) {
    pty::check(kernel::close_range(enter_report + 1, ~0U, 0), "close descriptors");
    ::alarm(0);
    execute(program);
}

} // namespace jailcore
