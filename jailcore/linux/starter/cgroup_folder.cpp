#include "jailcore/linux/starter/cgroup_folder.hpp"

#include "jailcore/linux/kernel.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"

#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailcore {

bool is_still(int directory, const std::string& path) {
    struct stat opened = {}, there = {};
    return ::fstat(directory, &opened) == 0 && ::stat(path.c_str(), &there) == 0 &&
           opened.st_ino == there.st_ino;
}

bool is_populated(int directory) {
    pty::UniqueFd events(kernel::openat(directory, "cgroup.events", O_RDONLY));
    char text[64]{};
    return events && kernel::read(events.get(), text, sizeof text - 1) > 0 &&
           std::string_view(text).find("populated 1") != std::string_view::npos;
}

void write_file(int directory, const char* name, std::string_view value) {
    pty::UniqueFd file(kernel::openat(directory, name, O_WRONLY));
    if (file)
        kernel::write(file.get(), value.data(), value.size());
}

bool kill_populated(int directory) {
    constexpr int attempts = 500;
    constexpr timespec pause{0, 10'000'000};
    for (int attempt = 0; is_populated(directory); ++attempt) {
        if (attempt == attempts)
            return false;
        if (attempt == 0)
            write_file(directory, "cgroup.kill", "1");
        ::nanosleep(&pause, nullptr);
    }
    return true;
}

} // namespace jailcore
