// The thin kernel layer for what every POSIX system with ptys has: one function for each call, same
// arguments, same result, same errno, EINTR repeated. What is called through here can be made to fail by a
// test (pty/fault.hpp).
#pragma once

#include <cstddef>
#include <sys/types.h>

struct msghdr;
struct pollfd;
struct stat;
struct termios;
struct winsize;

namespace kernel {

int open(const char* path, int flags, unsigned mode = 0);
int openat(int dir, const char* path, int flags, unsigned mode = 0);
int fstat(int fd, struct ::stat* result);
ssize_t readlinkat(int dir, const char* path, char* buffer, size_t size);
ssize_t read(int fd, void* buffer, size_t size);
ssize_t write(int fd, const void* buffer, size_t size);
ssize_t sendmsg(int fd, const msghdr* message, int flags);
ssize_t recvmsg(int fd, msghdr* message, int flags);
int socketpair(int domain, int type, int protocol, int fds[2]);
int pipe2(int fds[2], int flags);
int dup_cloexec(int fd);
int memfd_create(const char* name, unsigned flags);
int add_seals(int fd, int seals);
int ftruncate(int fd, off_t size);
int fchown(int fd, uid_t uid, gid_t gid);
int setsid();
int chdir(const char* path);
int execve(const char* path, char* const argv[], char* const environment[]);
int set_window_size(int terminal, const winsize* size);
int make_controlling_terminal(int slave);
int tcgetattr(int terminal, termios* settings);
int tcsetattr(int terminal, const termios* settings); // at once
int signal_foreground(int master, int signal);
int posix_openpt(int flags);
int getsockopt(int socket, int level, int option, void* value, unsigned* size);
int setsockopt(int socket, int level, int option, const void* value, unsigned size);
// A descriptor of the process at the other end of an AF_UNIX socket, as it was when it connected or listened;
// ENOPROTOOPT where the kernel has none to give.
int peer_process(int socket);
// From now on nobody can send descriptors to this AF_UNIX socket, nor to those that are accepted from it
// (SO_PASSRIGHTS, Linux 6.16); ENOPROTOOPT where the kernel has no such option.
int refuse_descriptors(int socket);

} // namespace kernel
