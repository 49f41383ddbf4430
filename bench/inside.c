/* What the benchmark runs at the far end of every system: on a raw terminal it gives each byte back, and on a
 * decimal number followed by 'F' it writes that many bytes in large writes. */
#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static char block[65536];

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

static int flood(unsigned long count) {
    while (count > 0) {
        size_t size = count < sizeof block ? count : sizeof block;
        if (write_all(block, size) != 0)
            return -1;
        count -= size;
    }
    return 0;
}

int main(void) {
    static const char ready[] = "@inside@";
    unsigned long count = 0;
    struct termios settings;
    if (tcgetattr(0, &settings) != 0)
        return 1;
    cfmakeraw(&settings);
    if (tcsetattr(0, TCSANOW, &settings) != 0)
        return 1;
    memset(block, 'x', sizeof block);
    if (write_all(ready, sizeof ready - 1) != 0)
        return 1;
    for (;;) {
        char byte;
        ssize_t size = read(0, &byte, 1);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0) /* a hangup also where SIGHUP is ignored, as uWSGI leaves it */
            return 0;
        if (byte >= '0' && byte <= '9') {
            count = count * 10 + (unsigned long)(byte - '0');
        } else if (byte == 'F') {
            if (flood(count) != 0)
                return 1;
            count = 0;
        } else if (write_all(&byte, 1) != 0) {
            return 1;
        }
    }
}
