#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/proc_file.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"
#include "router/main/linux/inherited.hpp"
#include "router/monitor/identities.hpp"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <unistd.h>

namespace inheritance {
namespace {

// The kernel names no owner that is not below our own user namespace (ioctl_ns(2), NS_GET_USERNS).
bool belongs_to_others(const char* path) {
    pty::UniqueFd file(pty::check(kernel::open(path, O_RDONLY), "open", path));
    pty::UniqueFd owner(kernel::ns_user(file.get()));
    return !owner && errno == EPERM;
}

uint64_t next_number(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    uint64_t number = 0;
    line.remove_prefix(static_cast<size_t>(
        std::from_chars(line.data(), line.data() + line.size(), number).ptr - line.data()));
    return number;
}

// `map` is /proc/PID/uid_map or gid_map: first id here, first id outside, how many (user_namespaces(7)).
bool has_ids_of_helpers(std::string_view map) {
    while (!map.empty()) {
        std::string_view line = jailcore::cut(map, '\n');
        uint64_t first = next_number(line);
        next_number(line);
        if (first <= monitor::first_worker_uid && monitor::closer_uid - first < next_number(line))
            return true;
    }
    return false;
}

} // namespace

void expect_ids() {
    if (::geteuid() != 0)
        return;
    for (const auto& [path, name] :
         {std::pair("/proc/self/ns/pid", "pid namespace"), {"/proc/self/ns/mnt", "mount namespace"}})
        if (belongs_to_others(path))
            throw Refusal(std::string("it is root in a user namespace, and its ") + name +
                          " belongs to the root outside, who could not use this router: start it there, or "
                          "as a user of your own");
    pty::UniqueFd self(pty::check(kernel::open("/proc/self", O_PATH | O_DIRECTORY), "open", "/proc/self"));
    for (const char* map : {"uid_map", "gid_map"})
        if (!has_ids_of_helpers(jailcore::read_proc(self.get(), map)))
            throw Refusal("its user namespace has no ids for its helpers (" +
                          std::to_string(monitor::first_worker_uid) + " to " +
                          std::to_string(monitor::closer_uid) + " in " + map +
                          "): start it as root of the host, or where all ids are");
}

} // namespace inheritance
