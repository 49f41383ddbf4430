#include "pty/kernel.hpp"

#include "pty/kernel_call.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace kernel {

int open(const char* path, int flags, unsigned mode) {
    return enter("open", [&] {
        return ::open(path, flags | O_CLOEXEC, mode);
    });
}

int openat(int dir, const char* path, int flags, unsigned mode) {
    return enter("openat", [&] {
        return ::openat(dir, path, flags | O_CLOEXEC, mode);
    });
}

int fstat(int fd, struct ::stat* result) {
    return enter("fstat", [&] {
        return ::fstat(fd, result);
    });
}

ssize_t readlinkat(int dir, const char* path, char* buffer, size_t size) {
    return enter("readlinkat", [&] {
        return ::readlinkat(dir, path, buffer, size);
    });
}

ssize_t read(int fd, void* buffer, size_t size) {
    return enter("read", [&] {
        return ::read(fd, buffer, size);
    });
}

ssize_t write(int fd, const void* buffer, size_t size) {
    return enter("write", [&] {
        return ::write(fd, buffer, size);
    });
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    return enter("sendmsg", [&] {
        return ::sendmsg(fd, message, flags | MSG_NOSIGNAL);
    });
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
    return enter("recvmsg", [&] {
        return ::recvmsg(fd, message, flags | MSG_CMSG_CLOEXEC);
    });
}

int socketpair(int domain, int type, int protocol, int fds[2]) {
    return enter("socketpair", [&] {
        return ::socketpair(domain, type | SOCK_CLOEXEC, protocol, fds);
    });
}

int pipe2(int fds[2], int flags) {
    return enter("pipe2", [&] {
        return ::pipe2(fds, flags | O_CLOEXEC);
    });
}

int dup_cloexec(int fd) {
    return enter("dup", [&] {
        return ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    });
}

int memfd_create(const char* name, unsigned flags) {
    return enter("memfd_create", [&] {
        return ::memfd_create(name, flags | MFD_CLOEXEC);
    });
}

int add_seals(int fd, int seals) {
    return enter("add_seals", [&] {
        return ::fcntl(fd, F_ADD_SEALS, seals);
    });
}

int ftruncate(int fd, off_t size) {
    return enter("ftruncate", [&] {
        return ::ftruncate(fd, size);
    });
}

int fchown(int fd, uid_t uid, gid_t gid) {
    return enter("fchown", [&] {
        return ::fchown(fd, uid, gid);
    });
}

int setsid() {
    return enter("setsid", [] {
        return ::setsid();
    });
}

int set_window_size(int terminal, const winsize* size) {
    return enter("TIOCSWINSZ", [&] {
        return ::ioctl(terminal, TIOCSWINSZ, size);
    });
}

int make_controlling_terminal(int slave) {
    return enter("TIOCSCTTY", [&] {
        return ::ioctl(slave, TIOCSCTTY, 0);
    });
}

int chdir(const char* path) {
    return enter("chdir", [&] {
        return ::chdir(path);
    });
}

int execve(const char* path, char* const argv[], char* const environment[]) {
    return enter("execve", [&] {
        return ::execve(path, argv, environment);
    });
}

int tcgetattr(int terminal, termios* settings) {
    return enter("tcgetattr", [&] {
        return ::tcgetattr(terminal, settings);
    });
}

int tcsetattr(int terminal, const termios* settings) {
    return enter("tcsetattr", [&] {
        return ::tcsetattr(terminal, TCSANOW, settings);
    });
}

int signal_foreground(int master, int signal) {
    return enter("TIOCSIG", [&] {
        return ::ioctl(master, TIOCSIG, signal);
    });
}

int posix_openpt(int flags) {
    return enter("posix_openpt", [&] {
        return ::posix_openpt(flags | O_CLOEXEC);
    });
}

int getsockopt(int socket, int level, int option, void* value, unsigned* size) {
    return enter("getsockopt", [&] {
        return ::getsockopt(socket, level, option, value, size);
    });
}

int setsockopt(int socket, int level, int option, const void* value, unsigned size) {
    return enter("setsockopt", [&] {
        return ::setsockopt(socket, level, option, value, size);
    });
}

} // namespace kernel
