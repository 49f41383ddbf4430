/* What the benchmark runs at the far end of every system, on a terminal that it makes raw. It gives each byte
 * back, but for decimal numbers; what becomes of one is told by the letter behind it:
 *   S  writes are that large from now on (65536)
 *   F  so many bytes, in such writes
 *   L  so many bytes as they come out of a terminal that makes two characters of each newline: lines of text,
 *      each in a write of its own, as stdio writes them to a terminal
 *   P  so many bytes of GNU's yes | head -c N
 *   B  so many bytes of busybox's head -c N /dev/zero | cat: its head writes a terminal each line by itself
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char block[65536];
static size_t block_size = sizeof block;
static struct termios raw;

static int write_all(const char* data, size_t size) {
    while (size > 0) {
        ssize_t written = write(1, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return -1;
        data += written;
        size -= (size_t)written;
    }
    return 0;
}

static int flood(size_t count) {
    while (count > 0) {
        size_t size = count < block_size ? count : block_size;
        if (write_all(block, size) != 0)
            return -1;
        count -= size;
    }
    return 0;
}

static int write_lines(size_t count) {
    static const char line[] = "a line of text that is as long as those of a compiler's log often are\n";
    const size_t length = sizeof line - 1;
    while (count > length + 1) {
        if (write_all(line, length) != 0)
            return -1;
        count -= length + 1;
    }
    return write_all(block, count); /* what is left is no whole line */
}

/* The modes that a shell leaves to what it starts. */
static int cooked_lines(size_t count) {
    struct termios cooked = raw;
    cooked.c_iflag |= ICRNL | IXON;
    cooked.c_oflag |= OPOST | ONLCR;
    cooked.c_lflag |= ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK;
    if (tcsetattr(0, TCSANOW, &cooked) != 0 || write_lines(count) != 0)
        return -1;
    return tcsetattr(0, TCSANOW, &raw);
}

/* Signals as a shell leaves them: whoever ignores SIGPIPE, as a server's child may, would write of its end.
 */
static void execute(const char* const* argv, int input, int output) {
    if (fork() != 0)
        return;
    for (int number = 1; number < NSIG; ++number)
        signal(number, SIG_DFL);
    dup2(input, 0);
    dup2(output, 1);
    execv(argv[0], (char* const*)argv);
    _exit(127);
}

static int pipeline(const char* const* left, const char* const* right) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    execute(left, 0, ends[1]);
    execute(right, ends[0], 1);
    close(ends[0]);
    close(ends[1]);
    while (wait(NULL) > 0 || errno == EINTR) {
    }
    return 0;
}

static int gnu_pipeline(size_t count) {
    char text[32];
    const char* const yes[] = {"/usr/bin/yes", NULL};
    const char* const head[] = {"/usr/bin/head", "-c", text, NULL};
    snprintf(text, sizeof text, "%zu", count);
    return pipeline(yes, head);
}

static int busybox_pipeline(size_t count) {
    char text[32];
    const char* const head[] = {"/bin/busybox", "head", "-c", text, "/dev/zero", NULL};
    const char* const cat[] = {"/bin/busybox", "cat", NULL};
    snprintf(text, sizeof text, "%zu", count);
    return pipeline(head, cat);
}

static int set_block_size(size_t size) {
    block_size = size > 0 && size < sizeof block ? size : sizeof block;
    return 0;
}

static const struct {
    char letter;
    int (*run)(size_t count);
} commands[] = {
    {'S', set_block_size}, {'F', flood}, {'L', cooked_lines}, {'P', gnu_pipeline}, {'B', busybox_pipeline},
};

/* 0: there is no such command; 1: done; -1: the terminal failed. */
static int obey(char letter, size_t count) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i)
        if (commands[i].letter == letter)
            return commands[i].run(count) == 0 ? 1 : -1;
    return 0;
}

int main(void) {
    static const char ready[] = "@inside@";
    size_t count = 0;
    if (tcgetattr(0, &raw) != 0)
        return 1;
    cfmakeraw(&raw);
    if (tcsetattr(0, TCSANOW, &raw) != 0)
        return 1;
    memset(block, 'x', sizeof block);
    if (write_all(ready, sizeof ready - 1) != 0)
        return 1;
    for (;;) {
        char byte;
        int obeyed;
        ssize_t size = read(0, &byte, 1);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0) /* a hangup also where SIGHUP is ignored, as uWSGI leaves it */
            return 0;
        if (byte >= '0' && byte <= '9') {
            count = count * 10 + (size_t)(byte - '0');
            continue;
        }
        obeyed = obey(byte, count);
        if (obeyed < 0 || (obeyed == 0 && write_all(&byte, 1) != 0))
            return 1;
        count = 0;
    }
}
