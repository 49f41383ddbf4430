#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "router/main/linux/inherited.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/resource.h>

namespace inheritance {
namespace {

struct Limit {
    decltype(RLIMIT_CPU) resource;
    const char* name;
    rlim_t soft;
    bool harmless = false; // sessions begin with the same soft limit, however low the hard one
};
constexpr std::array<Limit, 16> limits{{{RLIMIT_CPU, "processor time", RLIM_INFINITY},
                                        {RLIMIT_FSIZE, "the size of files", RLIM_INFINITY},
                                        {RLIMIT_DATA, "data segments", RLIM_INFINITY},
                                        {RLIMIT_STACK, "stacks", rlim_t{8} << 20},
                                        {RLIMIT_CORE, "core files", 0, true},
                                        {RLIMIT_RSS, "resident memory", RLIM_INFINITY, true},
                                        {RLIMIT_NPROC, "processes", RLIM_INFINITY},
                                        {RLIMIT_NOFILE, "open files", RLIM_INFINITY},
                                        {RLIMIT_MEMLOCK, "locked memory", rlim_t{8} << 20},
                                        {RLIMIT_AS, "address space", RLIM_INFINITY},
                                        {RLIMIT_LOCKS, "file locks", RLIM_INFINITY, true},
                                        {RLIMIT_SIGPENDING, "queued signals", RLIM_INFINITY},
                                        {RLIMIT_MSGQUEUE, "message queues", RLIM_INFINITY},
                                        {RLIMIT_NICE, "nice values", 0, true},
                                        {RLIMIT_RTPRIO, "real-time priority", 0, true},
                                        {RLIMIT_RTTIME, "real-time processor time", RLIM_INFINITY, true}}};

// Process 1 of systemd has a thousand million; there are programs that close all they might have open.
constexpr rlim_t most_files = 524288;
constexpr rlim_t least_files = 1024; // the soft limit of a session

rlimit limit_of(pid_t process, const Limit& limit) {
    rlimit found{};
    if (::prlimit(process, limit.resource, nullptr, &found) == -1)
        pty::check(::getrlimit(limit.resource, &found), "getrlimit", limit.name);
    return found;
}

std::string text_of(rlim_t value) {
    return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
}

// In words that fit behind "jrouterd: ".
std::string lowered(const Limit& limit, rlim_t own, rlim_t wanted, pid_t reference) {
    return std::string("its hard limit of ") + limit.name + " is " + text_of(own) + ", that of process " +
           std::to_string(reference) + " " + text_of(wanted) + ", and cannot be raised";
}

} // namespace

void reset_limits(pid_t reference, Notes& notes) {
    for (const Limit& limit : limits) {
        rlimit own = limit_of(0, limit);
        rlim_t hard = limit_of(reference, limit).rlim_max;
        if (limit.resource == RLIMIT_NOFILE)
            hard = std::min(hard, most_files);
        rlimit wanted{std::min(limit.soft, hard), hard};
        if (kernel::setrlimit(limit.resource, &wanted) == 0)
            continue;
        if (errno != EPERM || hard <= own.rlim_max)
            throw pty::StepError(errno, "setrlimit", limit.name);
        std::string what = lowered(limit, own.rlim_max, hard, reference);
        if (!limit.harmless)
            throw Refusal(what + ", and every jail would have it: start it from a shell without it");
        notes.push_back(what + "; jails have it, too");
        wanted = {std::min(limit.soft, own.rlim_max), own.rlim_max};
        pty::check(kernel::setrlimit(limit.resource, &wanted), "setrlimit", limit.name);
    }
    rlimit files{};
    pty::check(::getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
    if (files.rlim_max < least_files)
        throw Refusal("its hard limit of open files is " + text_of(files.rlim_max) +
                      ", and a session needs " + text_of(least_files) + ": start it from a shell without it");
}

} // namespace inheritance
