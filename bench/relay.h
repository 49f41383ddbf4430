/* What both bare relays share: read 64 KB, write all. */
#ifndef BENCH_RELAY_H
#define BENCH_RELAY_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

/* One read from `from`, all of it written to `to`. 0: go on; -1: one of them is at its end. */
static inline int relay_once(int from, int to) {
    static char buffer[65536];
    ssize_t size = read(from, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR)
        return 0;
    if (size <= 0)
        return -1;
    for (ssize_t done = 0; done < size;) {
        ssize_t written = write(to, buffer + done, (size_t)(size - done));
        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0)
            done += written;
    }
    return 0;
}

/* Between the user's terminal (0 and 1, made raw) and `peer`, until one of them ends. */
static inline void relay_terminal(int peer) {
    struct termios before, raw;
    struct pollfd fds[2] = {{0, POLLIN, 0}, {peer, POLLIN, 0}};
    tcgetattr(0, &before);
    raw = before;
    cfmakeraw(&raw);
    tcsetattr(0, TCSANOW, &raw);
    for (;;) {
        if (poll(fds, 2, -1) < 0)
            break;
        if (fds[0].revents && relay_once(0, peer) != 0)
            break;
        if (fds[1].revents && relay_once(peer, 1) != 0)
            break;
    }
    tcsetattr(0, TCSANOW, &before);
}

#endif
