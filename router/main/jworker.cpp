// jworker [UID]: relays the sessions of one principal. Started by jrouterd, with its link as descriptor 3.
#include "pty/error.hpp"
#include "router/sandbox/worker.hpp"
#include "router/worker/worker.hpp"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>

int main(int argc, char** argv) {
    try {
        ::signal(SIGPIPE, SIG_IGN);
        std::optional<uid_t> uid;
        if (argc > 1) {
            uid_t value = 0;
            std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), value);
            uid = value;
        }
        // Made before the sandbox: epoll and timer descriptors cannot be made in it.
        worker::Worker worker(pty::UniqueFd(3));
        sandbox::enter_worker_sandbox(uid);
        worker.run();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "jworker: %s\n", error.what());
        return 1;
    }
}
