#include "jailcore/linux/starter/configuration.hpp"

#include "jailcore/linux/starter/output.hpp"
#include "jailcore/linux/starter/sibling.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"
#include "pty/spawn.hpp"

#include <algorithm>
#include <climits>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailcore {
namespace {

std::string run_reader(const std::string& file) {
    pty::UniqueFd program = open_sibling("jreader");
    pty::Pipe table = pty::make_pipe();
    pty::Spawn what{
        program.get(), {"jreader", "table", "--config", file}, {}, {-1, table.write.get(), STDERR_FILENO}};
    // What root acts upon must be root's.
    if (::geteuid() == 0)
        what.argv.emplace_back("--trusted");
    pid_t pid = pty::spawn(what);
    table.write.reset();
    std::string json = pty::read_all(table.read.get(), "the reader's table");
    int status = 0;
    pty::check(::waitpid(pid, &status, 0), "wait for", "jreader");
    if (WIFSIGNALED(status))
        throw StartFailure("jreader: exited on signal " + std::to_string(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0)
        throw StartFailure("");
    return json;
}

} // namespace

std::optional<JailConfiguration> read_configuration(const std::string& file, const std::string& jail) {
    auto jails = from_json(run_reader(file));
    if (!jails)
        throw StartFailure("jreader: its answer is not a table of jails");
    auto found = std::ranges::find(*jails, jail, &JailConfiguration::name);
    return found == jails->end() ? std::nullopt : std::optional(*found);
}

} // namespace jailcore
