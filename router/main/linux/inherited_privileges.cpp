#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"
#include "router/main/linux/inherited.hpp"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66 // Linux 6.3
#define PR_MDWE_NO_INHERIT 2
#endif

namespace inheritance {
namespace {

template <class Number>
Number number_in(const std::string& text, int base) {
    Number number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number, base);
    return number;
}

int filters_of(pid_t process) {
    // Linux 5.9; without it there is at least one where the mode is 2.
    std::string filters = status_of(process, "Seccomp_filters");
    return number_in<int>(filters.empty() ? status_of(process, "Seccomp") : filters, 10);
}

uint64_t bounding_set_of(pid_t process) {
    return number_in<uint64_t>(status_of(process, "CapBnd"), 16);
}

bool may_look_at(pid_t process) {
    std::string path = "/proc/" + std::to_string(process) + "/ns/mnt";
    struct statx facts = {};
    return kernel::statx(AT_FDCWD, path.c_str(), 0, STATX_INO, &facts) == 0;
}

bool is_ours(pid_t process) {
    std::string path = "/proc/" + std::to_string(process);
    struct statx facts = {};
    return kernel::statx(AT_FDCWD, path.c_str(), 0, STATX_UID, &facts) == 0 && facts.stx_uid == ::geteuid();
}

[[noreturn]] void refuse(const std::string& what, pid_t reference) {
    throw Refusal(what + ", unlike process " + std::to_string(reference) +
                  ", and would pass that on to every jail and session: start it from there, or as a service");
}

} // namespace

std::string status_of(pid_t process, std::string_view key) {
    std::string path = "/proc/" + std::to_string(process);
    pty::UniqueFd proc(pty::check(kernel::open(path.c_str(), O_PATH | O_DIRECTORY), "open", path));
    std::string text = jailcore::read_proc(proc.get(), "status");
    std::string_view rest = text;
    while (!rest.empty()) {
        std::string_view value = jailcore::cut(rest, '\n');
        if (jailcore::cut(value, ':') != key)
            continue;
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        return std::string(value);
    }
    return {};
}

pid_t reference_process() {
    pid_t reference = ::getpid();
    try {
        for (pid_t at = reference; at > 0; at = number_in<pid_t>(status_of(at, "PPid"), 10))
            if (may_look_at(at) && is_ours(at))
                reference = at;
    } catch (const pty::StepError&) {
        // An ancestor has just ended, or may not be read about: what is above it is nobody's.
    }
    // In a container that was entered from outside it is nobody's ancestor.
    return may_look_at(1) && is_ours(1) ? 1 : reference;
}

void expect_privileges(pid_t reference) {
    pid_t self = ::getpid();
    if (status_of(self, "NoNewPrivs") == "1" && status_of(reference, "NoNewPrivs") != "1")
        refuse("no_new_privs is set for it", reference);
    if (filters_of(self) > filters_of(reference))
        refuse("it is under a filter of system calls", reference);
    if (int ban = kernel::prctl(PR_GET_MDWE);
        ban > 0 && (static_cast<unsigned>(ban) & PR_MDWE_NO_INHERIT) == 0)
        refuse("it may not make memory executable", reference);
    if (::geteuid() != 0)
        return;
    if (kernel::prctl(PR_GET_SECUREBITS) != SECUREBITS_DEFAULT &&
        kernel::prctl(PR_SET_SECUREBITS, SECUREBITS_DEFAULT) == -1)
        refuse("its securebits are not the default", reference);
    if (uint64_t lacks = bounding_set_of(reference) & ~bounding_set_of(self); lacks != 0) {
        char digits[17];
        auto [end, error] = std::to_chars(digits, digits + sizeof digits, lacks, 16);
        refuse("its capability bounding set lacks 0x" + std::string(digits, end), reference);
    }
}

} // namespace inheritance
