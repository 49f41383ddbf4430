#include "jailcore/enter/freebsd/inside_dev.hpp"

#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/kernel.hpp"
#include "pty/text_field.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <termios.h>
#include <unistd.h>

namespace jailcore {
namespace {

constexpr int patience = 1000; // milliseconds, for an echo
constexpr winsize odd_size{31, 97, 0, 0};

// A character is echoed by the line discipline, whoever reads.
bool answers(int master) {
    winsize size{};
    char byte = 'j';
    pollfd entry{master, POLLIN, 0};
    return ::write(master, &byte, 1) == 1 && ::poll(&entry, 1, patience) == 1 &&
           ::read(master, &byte, 1) == 1 && byte == 'j' && ::ioctl(master, TIOCGWINSZ, &size) == 0;
}

bool has_size(int terminal, const winsize& wanted) {
    winsize size{};
    return ::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_row == wanted.ws_row &&
           size.ws_col == wanted.ws_col;
}

void look_at_terminal(InsideDev& found) {
    pty::UniqueFd master(kernel::posix_openpt(O_RDWR | O_NOCTTY));
    if (!master) {
        found.allocation_error = errno;
        return;
    }
    std::array<char, 64> name{};
    if (::grantpt(master.get()) == -1 || ::unlockpt(master.get()) == -1 ||
        ::ptsname_r(master.get(), name.data(), name.size()) != 0) {
        found.allocation_error = errno;
        return;
    }
    // What lies there may be anything: a pipe, too.
    pty::UniqueFd terminal(::open(name.data(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!terminal) {
        found.terminal_error = errno;
        return;
    }
    ::setsid();
    bool leads = ::isatty(terminal.get()) == 1 && ::ioctl(terminal.get(), TIOCSCTTY, nullptr) == 0 &&
                 ::tcgetsid(master.get()) == ::getpid();
    found.is_terminal = leads ? 1 : 0;
    bool alive = ::ioctl(master.get(), TIOCSWINSZ, &odd_size) == 0 && has_size(terminal.get(), odd_size) &&
                 answers(master.get());
    found.is_alive = alive ? 1 : 0;
}

NodeLook look_of(const char* path, dev_t wanted, uint16_t* mode) {
    struct stat facts = {};
    if (::lstat(path, &facts) == -1)
        return NodeLook::absent;
    if (mode != nullptr)
        *mode = facts.st_mode & 0777;
    return S_ISCHR(facts.st_mode) && (wanted == 0 || facts.st_rdev == wanted) ? NodeLook::device
                                                                              : NodeLook::other;
}

bool is_shown(const std::string& name) {
    return look_of(("/dev/" + name).c_str(), 0, nullptr) == NodeLook::device;
}

} // namespace

HostDev host_dev() {
    HostDev host;
    struct stat null = {};
    pty::check(::stat("/dev/null", &null), "stat", "/dev/null");
    host.null = null.st_rdev;
    host.secrets = {"mem", "kmem", "io", "pci"};
    std::array<char, 4096> disks{};
    size_t size = disks.size() - 1;
    if (::sysctlbyname("kern.disks", disks.data(), &size, nullptr, 0) == 0) // names with blanks between
        for (char* rest = disks.data(); char* name = ::strsep(&rest, " ");)
            if (*name != '\0')
                host.secrets.emplace_back(name);
    return host;
}

InsideDev inside_dev(const HostDev& host) {
    InsideDev found;
    struct stat root = {};
    pty::check(::stat("/", &root), "stat", "/");
    found.root_device = root.st_dev;
    found.root_inode = root.st_ino;
    found.null = look_of("/dev/null", host.null, &found.null_mode);
    found.ptmx = look_of("/dev/ptmx", 0, nullptr);
    auto shown = std::ranges::find_if(host.secrets, is_shown);
    if (shown != host.secrets.end())
        pty::set_text(found.exposed, *shown);
    look_at_terminal(found);
    return found;
}

} // namespace jailcore
