// jcloser: closes what jrouterd refuses to keep, and waits where that takes long.
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "router/contract/closer.hpp"
#include "router/sandbox/closer.hpp"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <utility>

int main(int argc, char** argv) {
    try {
        std::optional<uid_t> uid;
        if (argc > 1) {
            uid_t value = 0;
            std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), value);
            uid = value;
        }
        sandbox::enter_closer_sandbox(uid);
        pty::UniqueFd link(contract::closer_link);
        std::vector<pty::UniqueFd> held;
        char message[8];
        for (;;) {
            pty::Received received = pty::receive_message(link.get(), message);
            if (received.size <= 0)
                return 0;
            if (received.fds.empty())
                held.clear();
            std::move(received.fds.begin(), received.fds.end(), std::back_inserter(held));
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "jcloser: %s\n", error.what());
        return 1;
    }
}
