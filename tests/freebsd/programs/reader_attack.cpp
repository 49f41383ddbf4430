// What an attacker tries who has taken over the reader, from within its sandbox on FreeBSD: a line for each,
// and the status says whether all were refused.
#include "router/sandbox/reader.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <string>
#include <sys/param.h>

#include <sys/jail.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

int failed = 0;
int passed = 0;

void told(const char* what, bool good, int error) {
    std::printf("%s %s: %s\n", good ? "ok" : "FAILED", what, error == 0 ? "done" : std::strerror(error));
    ++(good ? passed : failed);
}

// By the kernel, for want of a right: not because there is nothing of that name.
void refused(const char* what, long result) {
    const int error = result == -1 ? errno : 0;
    told(what, error == ECAPMODE || error == ENOTCAPABLE || error == EPERM || error == EMFILE, error);
}

void allowed(const char* what, long result) {
    told(what, result != -1, result == -1 ? errno : 0);
}

// The only directory that it has.
int find_root() {
    for (int fd = 3; fd < 64; ++fd) {
        struct stat facts = {};
        if (::fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode))
            return fd;
    }
    return -1;
}

long with_address(int (*call)(int, int, const sockaddr*, socklen_t), int root) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, "var/run/log");
    int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
    return socket == -1 ? -1 : call(root, socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

long connect_to_the_network() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(22);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    return socket == -1 ? -1 : ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

long send_to_the_network() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(53);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
    return socket == -1 ? -1
                        : ::sendto(socket, "x", 1, 0, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

long get_jail() {
    int last = 0;
    iovec parts[]{{const_cast<char*>("lastjid"), sizeof "lastjid"}, {&last, sizeof last}};
    return ::jail_get(parts, 2, 0);
}

long set_jail() {
    char path[] = "/";
    iovec parts[]{{const_cast<char*>("path"), sizeof "path"}, {path, sizeof path}};
    return ::jail_set(parts, 2, JAIL_CREATE);
}

long read_processes() {
    const int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PROC};
    char found[4096];
    size_t size = sizeof found;
    return ::sysctl(name, 3, found, &size, nullptr, 0);
}

long execute(int program) {
    char name[] = "sh";
    char* const argv[] = {name, nullptr};
    char* const environment[] = {nullptr};
    return ::fexecve(program, argv, environment);
}

long set_variable() {
    char name[] = "attacked";
    return ::sysctlbyname("kern.hostname", nullptr, nullptr, name, sizeof name);
}

} // namespace

int main() {
    const std::string file = "tmp/reader_attack." + std::to_string(::getpid());
    const pid_t parent = ::getppid();
    ::setvbuf(stdout, nullptr, _IOLBF, 0);
    sandbox::enter_reader_sandbox();
    const int root = find_root();

    allowed("a file below the root is read", ::openat(root, "etc/passwd", O_RDONLY));
    allowed("a directory is", ::openat(root, "etc", O_RDONLY | O_DIRECTORY));
    refused("a path is opened", ::open("/etc/passwd", O_RDONLY));
    refused("an absolute path below the root is", ::openat(root, "/etc/passwd", O_RDONLY));
    refused("a file is written", ::openat(root, "etc/passwd", O_RDWR));
    refused("a file is appended to", ::openat(root, "etc/passwd", O_WRONLY | O_APPEND));
    refused("a file is emptied", ::openat(root, "etc/motd.template", O_WRONLY | O_TRUNC));
    refused("a file is made", ::openat(root, file.c_str(), O_WRONLY | O_CREAT, 0600));
    refused("a directory is made", ::mkdirat(root, file.c_str(), 0700));
    refused("a link is made", ::symlinkat("/etc", root, file.c_str()));
    refused("a hard link is", ::linkat(root, "etc/passwd", root, file.c_str(), 0));
    refused("a fifo is", ::mkfifoat(root, file.c_str(), 0600));
    refused("a file is removed", ::unlinkat(root, "etc/motd.template", 0));
    refused("a file is renamed", ::renameat(root, "etc/motd.template", root, file.c_str()));
    refused("modes are changed", ::fchmodat(root, "etc/motd.template", 0666, 0));
    refused("owners are", ::fchownat(root, "etc/motd.template", 1, 1, 0));
    refused("times are", ::utimensat(root, "etc/motd.template", nullptr, 0));
    refused("the root is entered", ::fchdir(root));
    refused("the root is changed", ::chroot("/tmp"));
    refused("a program is executed", ::execve("/bin/sh", nullptr, nullptr));
    refused("one by descriptor is opened", ::openat(root, "bin/sh", O_EXEC));
    refused("one that can be read is executed", execute(::openat(root, "bin/sh", O_RDONLY)));
    refused("a socket in the file system is connected to", with_address(::connectat, root));
    refused("one is bound", with_address(::bindat, root));
    refused("the network is connected to", connect_to_the_network());
    refused("the network is sent to", send_to_the_network());
    refused("a jail is looked at", get_jail());
    refused("a jail is made", set_jail());
    refused("a jail is entered", ::jail_attach(1));
    refused("a jail is removed", ::jail_remove(1));
    refused("processes are listed", read_processes());
    refused("a variable is set", set_variable());
    refused("a parent is signalled", ::kill(parent, 0));
    refused("all are", ::kill(-1, 0));
    refused("a process is traced", ::ptrace(PT_ATTACH, parent, nullptr, 0));
    refused("a file system is mounted", ::mount("tmpfs", "/mnt", 0, nullptr));
    refused("one is unmounted", ::unmount("/mnt", 0));
    // For root the kernel has no limit of processes; what there is then has no more than this one.
    if (::getuid() != 0)
        told("a process is started", ::fork() == -1, errno);
    std::printf("reader_attack: %d ok, %d FAILED\n", passed, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
