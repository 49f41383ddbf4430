#include "jailcore/enter/entered_program.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/advice.hpp"
#include "jailcore/enter/execute.hpp"
#include "pty/error.hpp"
#include "pty/escape.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <unistd.h>

namespace jailcore {
namespace {

// What the jail wrote may be long, and nobody reads the program's terminal or pipe before the session runs.
std::string shortened(std::string_view text) {
    constexpr size_t most = 200;
    return pty::escape(text.substr(0, most)) + (text.size() > most ? "..." : "");
}

// On the program's own standard error, as sshd(8) does it.
void tell_of_home(const User& user, int error) {
    std::string mend = error == ENOENT    ? "create it"
                       : error == EACCES  ? "let the user enter it"
                       : error == ENOTDIR ? "make it a folder"
                                          : "mend it";
    std::string line = "jconsole: " + jail_name() + ": home of " + shortened(user.name) + ": " +
                       shortened(user.home) + ": " + std::strerror(error) + ": the working folder is /; " +
                       mend + ", or name another with -d\n";
    kernel::write(STDERR_FILENO, line.data(), line.size());
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

} // namespace

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
}

void execute_entered(const EnteredProgram& program) {
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

} // namespace jailcore
