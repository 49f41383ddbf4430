#include "router/sandbox/reader.hpp"

#include "jailcore/freebsd/host_root.hpp"
#include "jailcore/freebsd/kernel_tables.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "router/contract/reader.hpp"
#include "router/sandbox/freebsd/limits.hpp"

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <sys/capsicum.h>
#include <sys/procdesc.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sandbox {
namespace {

constexpr unsigned seconds = 60;
constexpr rlim_t memory = rlim_t{2} << 30; // bytes of address space

void limit_rights(int fd, const cap_rights_t& rights) {
    if (::cap_rights_limit(fd, &rights) == -1 && errno != EBADF) // not every mode has each descriptor
        throw pty::StepError(errno, "cap_rights_limit", {});
}

// It answers at a socket, and has nothing else open nor room for it. Were it taken over by what it is asked
// it could send signals: that is why it is asked numbers alone.
[[noreturn]] void serve(int socket) {
    constexpr int there = 0;
    int status = EXIT_FAILURE;
    try {
        pty::check(::dup2(socket, there), "dup2");
        ::closefrom(there + 1);
        limit(RLIMIT_FSIZE, 0);
        limit(RLIMIT_NPROC, 0);
        limit(RLIMIT_NOFILE, 0);
        jailcore::answer_tables(there);
        status = EXIT_SUCCESS;
    } catch (const std::exception&) {
        // whoever asks sees the end of the socket
    }
    ::_exit(status);
}

// pdfork(2): it is killed when the descriptor is closed, which is when the reader ends, however that does.
void start_server_of_tables() {
    int ends[2];
    pty::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
    pty::UniqueFd ours(ends[0]), theirs(ends[1]);
    int process = -1;
    pid_t pid = pty::check(::pdfork(&process, PD_CLOEXEC), "pdfork");
    if (pid == 0)
        serve(theirs.get());
    cap_rights_t none, both;
    limit_rights(process, *cap_rights_init(&none));
    limit_rights(ours.get(), *cap_rights_init(&both, CAP_READ, CAP_WRITE));
    jailcore::ask_tables_at(std::move(ours));
}

// The seals of a memfd are asked for with no right (sys/kern/kern_descrip.c, F_GET_SEALS).
void limit_descriptors() {
    cap_rights_t input, output, both, table;
    cap_rights_init(&input, CAP_READ, CAP_SEEK, CAP_FSTAT);
    cap_rights_init(&output, CAP_WRITE, CAP_SEEK, CAP_FSTAT);
    cap_rights_init(&both, CAP_READ, CAP_WRITE);
    cap_rights_init(&table, CAP_WRITE, CAP_SEEK, CAP_FSTAT, CAP_FTRUNCATE);
    for (int fd : {STDIN_FILENO, static_cast<int>(contract::reader_registry),
                   static_cast<int>(contract::reader_sessions), static_cast<int>(contract::reader_words)})
        limit_rights(fd, input);
    for (int fd : {STDOUT_FILENO, STDERR_FILENO})
        limit_rights(fd, output);
    limit_rights(contract::reader_asks, both);
    limit_rights(contract::reader_table, table);
}

} // namespace

void enter_reader_sandbox(Reading reading) {
    refuse_tracing();
    limit(RLIMIT_CORE, 0);
    if (reading == Reading::once)
        limit(RLIMIT_CPU, seconds);
    ::closefrom(contract::reader_table + 1);
    limit_descriptors(); // before there are others, which may get the number of one that is not open
    start_server_of_tables();
    jailcore::keep_host_root();
    limit(RLIMIT_AS, memory);
    limit(RLIMIT_NPROC, 0);
    // A process in a jail can make the reading of its command line wait for ever, where a page of it is on a
    // file system of its own; only a signal that kills ends that.
    if (reading == Reading::once)
        ::alarm(seconds);
    enter_capability_mode();
}

void begin_round() {
    ::alarm(seconds);
}

void end_round() {
    ::alarm(0);
}

} // namespace sandbox
