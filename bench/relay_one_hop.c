/* The limit for a relay in one process, as script(1) is one: terminal <-> this process <-> pty.
 * Use: relay-one-hop PROGRAM [ARGUMENT...] */
#include "relay.h"

#include <pty.h>

int main(int argc, char** argv) {
    int master;
    pid_t child;
    if (argc < 2)
        return 2;
    child = forkpty(&master, NULL, NULL, NULL);
    if (child < 0)
        return 1;
    if (child == 0) {
        execv(argv[1], argv + 1);
        _exit(127);
    }
    relay_terminal(master);
    return 0;
}
