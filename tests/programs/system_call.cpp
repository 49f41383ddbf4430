// system_call NAME [NUMBER...]: makes it with these arguments, and prints its errno by name, or 0.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <seccomp.h>
#include <unistd.h>

int main(int argc, char** argv) {
    long number = argc > 1 ? ::seccomp_syscall_resolve_name(argv[1]) : __NR_SCMP_ERROR;
    if (number < 0) {
        std::fprintf(stderr, "usage: system_call NAME [NUMBER...]\n");
        return 2;
    }
    unsigned long arguments[6]{};
    for (int i = 2; i < argc && i < 8; ++i)
        arguments[i - 2] = std::strtoul(argv[i], nullptr, 0);
    long result =
        ::syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
    const char* error = result == -1 ? ::strerrorname_np(errno) : "0";
    std::printf("%s\n", error != nullptr ? error : "?");
    return 0;
}
