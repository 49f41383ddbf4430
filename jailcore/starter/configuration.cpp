#include "jailcore/starter/configuration.hpp"

#include "jailcore/contract/starter.hpp"
#include "jailcore/starter/output.hpp"
#include "jailcore/starter/sibling.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/memfd.hpp"
#include "pty/spawn.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace jailcore {
namespace {

std::string run_reader(const std::string& file, const std::string& jail) {
    pty::UniqueFd program = open_sibling("jreader");
    pty::Pipe table = pty::make_pipe();
    pty::Spawn what{program.get(),
                    {"jreader", "table", "--config=" + file, "--jail=" + jail},
                    {},
                    {-1, table.write.get(), STDERR_FILENO}};
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

FoundJail read_configuration(const std::string& file, const std::string& jail, bool as_ordered) {
    constexpr size_t limit = size_t{1} << 30; // more than any reader's limits let it make
    auto table = as_ordered ? pty::map_sealed(starter_table, limit) : std::nullopt;
    bool given = table && !table->empty();
    auto found = given ? find_in_table({table->data(), table->size()}, jail)
                       : find_in_table(run_reader(file, jail), jail);
    if (!found)
        throw StartFailure("jreader: its answer is not a table of jails");
    return std::move(*found);
}

} // namespace jailcore
