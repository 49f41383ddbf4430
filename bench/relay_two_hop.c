/* The limit for a relay in two processes, as a console router must be one:
 * terminal <-> client <-> unix socket <-> server <-> pty.
 * Use: relay-two-hop server SOCKET PROGRAM [ARGUMENT...]
 *      relay-two-hop client SOCKET */
#include "relay.h"

#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { max_sessions = 128 };

static int unix_socket(const char* path, struct sockaddr_un* address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path, sizeof address->sun_path, "%s", path);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int client(const char* path) {
    struct sockaddr_un address;
    int peer = unix_socket(path, &address);
    if (connect(peer, (struct sockaddr*)&address, sizeof address) != 0)
        return 1;
    relay_terminal(peer);
    return 0;
}

/* fds[0] listens; fds[2n+1] is the client and fds[2n+2] the pty of one session, -1 where there is none. */
static struct pollfd fds[1 + 2 * max_sessions];
static int used = 1; /* of fds */

static int start_program(char** argv) {
    int master;
    pid_t child = forkpty(&master, NULL, NULL, NULL);
    if (child != 0)
        return child < 0 ? -1 : master;
    for (int i = 0; i < used; ++i)
        close(fds[i].fd);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    execv(argv[0], argv);
    _exit(127);
}

static void start_session(char** argv) {
    int slot = 1, peer, master;
    while (slot < used && fds[slot].fd >= 0)
        slot += 2;
    peer = accept4(fds[0].fd, NULL, NULL, SOCK_CLOEXEC);
    if (peer < 0)
        return;
    if (slot > 2 * max_sessions || (master = start_program(argv)) < 0) {
        close(peer);
        return;
    }
    fds[slot] = (struct pollfd){peer, POLLIN, 0};
    fds[slot + 1] = (struct pollfd){master, POLLIN, 0};
    if (slot == used)
        used += 2;
}

static void end_session(struct pollfd* pair) {
    close(pair[0].fd);
    close(pair[1].fd);
    pair[0].fd = pair[1].fd = -1;
    while (used > 1 && fds[used - 1].fd < 0)
        used -= 2;
}

static int server(const char* path, char** argv) {
    struct sockaddr_un address;
    int listener = unix_socket(path, &address);
    if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 || listen(listener, 128) != 0)
        return 1;
    fds[0] = (struct pollfd){listener, POLLIN, 0};
    while (poll(fds, (nfds_t)used, -1) >= 0) {
        for (struct pollfd* pair = fds + 1; pair < fds + used; pair += 2)
            if ((pair[1].revents && relay_once(pair[1].fd, pair[0].fd) != 0) ||
                (pair[0].revents && relay_once(pair[0].fd, pair[1].fd) != 0))
                end_session(pair);
        if (fds[0].revents)
            start_session(argv);
    }
    return 1;
}

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    if (argc == 3 && strcmp(argv[1], "client") == 0)
        return client(argv[2]);
    if (argc >= 4 && strcmp(argv[1], "server") == 0)
        return server(argv[2], argv + 3);
    return 2;
}
