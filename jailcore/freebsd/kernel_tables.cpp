#include "jailcore/freebsd/kernel_tables.hpp"

#include "jailcore/freebsd/kernel_parameters.hpp"
#include "jailcore/freebsd/own_kernel.hpp"
#include "jailcore/freebsd/process_table.hpp"
#include "pty/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <sys/param.h>

#include <sys/socket.h>
#include <sys/sysctl.h>
#include <unistd.h>

namespace jailcore {
namespace {

struct Request {
    KernelTable table;
    uint32_t reserved;
    uint64_t number;
};
struct Answer {
    int32_t error; // errno, and then nothing behind it
    uint32_t reserved;
    uint64_t size;
};

// False where the other has gone.
bool receive(int socket, void* data, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t got = ::recv(socket, static_cast<char*>(data) + done, size - done, MSG_WAITALL);
        if (got == 0 || (got == -1 && errno != EINTR))
            return false;
        done += got > 0 ? static_cast<size_t>(got) : 0;
    }
    return true;
}

bool send_all(int socket, std::string_view data) {
    while (!data.empty()) {
        ssize_t sent = ::send(socket, data.data(), data.size(), MSG_NOSIGNAL);
        if (sent == -1 && errno != EINTR)
            return false;
        data.remove_prefix(sent > 0 ? static_cast<size_t>(sent) : 0);
    }
    return true;
}

// ---- what the kernel tells

std::string jails() {
    OwnKernel kernel;
    JailTable table{kernel_parameters(), {}};
    table.rows = kernel_rows(kernel, wanted(table.parameters), true);
    return encode(table);
}

std::string arguments(int pid) {
    constexpr size_t limit = 4096;
    return kernel_variable(std::array{CTL_KERN, KERN_PROC, KERN_PROC_ARGS, pid}).substr(0, limit);
}

std::string terminal(dev_t device) {
    std::string name(SPECNAMELEN + 1, '\0');
    size_t size = name.size();
    pty::check(::sysctlbyname("kern.devname", name.data(), &size, &device, sizeof device), "sysctl",
               "kern.devname");
    return name.substr(0, name.find('\0'));
}

std::string memory() {
    const unsigned long bytes = [] {
        unsigned long found = 0;
        size_t size = sizeof found;
        pty::check(::sysctlbyname("hw.physmem", &found, &size, nullptr, 0), "sysctl", "hw.physmem");
        return found;
    }();
    const uint64_t value = bytes;
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

// security(7).
std::string hidden() {
    std::string names;
    for (const char* name : {"security.bsd.see_jail_proc", "security.bsd.see_other_uids"}) {
        int seen = 1;
        size_t size = sizeof seen;
        if (::sysctlbyname(name, &seen, &size, nullptr, 0) == 0 && seen == 0)
            names.append(name).append(" ");
    }
    return names;
}

std::string look_up(const Request& request) {
    const auto number = static_cast<int>(request.number);
    switch (request.table) {
    case KernelTable::jails:
        return jails();
    case KernelTable::processes:
        return process_table();
    case KernelTable::arguments:
        return arguments(number);
    case KernelTable::terminal:
        return terminal(request.number);
    case KernelTable::memory:
        return memory();
    case KernelTable::hidden:
        return hidden();
    }
    throw pty::StepError(EINVAL, "look up", {});
}

// ---- the one that asks

int asked = -1; // for as long as the process lives

} // namespace

void answer_tables(int socket) {
    for (Request request{}; receive(socket, &request, sizeof request);) {
        Answer answer{};
        std::string table;
        try {
            table = look_up(request);
        } catch (const pty::StepError& error) {
            answer.error = error.error();
        }
        answer.size = table.size();
        if (!send_all(socket, {reinterpret_cast<const char*>(&answer), sizeof answer}) ||
            !send_all(socket, table))
            return;
    }
}

void ask_tables_at(pty::UniqueFd socket) {
    if (asked == -1)
        asked = socket.release();
}

std::string kernel_table(KernelTable table, uint64_t number) {
    constexpr const char* step = "ask for the kernel's tables";
    const Request request{table, 0, number};
    Answer answer{};
    if (!send_all(asked, {reinterpret_cast<const char*>(&request), sizeof request}) ||
        !receive(asked, &answer, sizeof answer))
        throw pty::StepError(ENOTCONN, step, {});
    if (answer.error != 0)
        throw pty::StepError(answer.error, step, {});
    std::string content(answer.size, '\0');
    if (!receive(asked, content.data(), content.size()))
        throw pty::StepError(ENOTCONN, step, {});
    return content;
}

} // namespace jailcore
