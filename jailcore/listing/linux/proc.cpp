#include "jailcore/listing/linux/proc.hpp"

#include "jailcore/listing/linux/proc_text.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <array>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace jailcore {
namespace {

constexpr size_t status_limit = size_t{64} << 10;
constexpr size_t command_limit = 4096;
constexpr const char* pid_namespace_link = "ns/pid";

std::optional<int32_t> number(std::string_view text) {
    int32_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value <= 0)
        return {};
    return value;
}

// The arguments, which are NUL-terminated, with blanks between; a process may have overwritten them with
// anything.
std::string command_line(std::string arguments) {
    while (!arguments.empty() && arguments.back() == '\0')
        arguments.pop_back();
    for (char& c : arguments)
        if (c == '\0')
            c = ' ';
    return arguments;
}

} // namespace

std::vector<int32_t> all_pids() {
    std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
    if (!folder)
        throw pty::StepError(errno, "open", "/proc");
    std::vector<int32_t> pids;
    while (const dirent* entry = ::readdir(folder.get()))
        if (auto pid = number(entry->d_name))
            pids.push_back(*pid);
    return pids;
}

ProcFolder::ProcFolder(int32_t pid)
    : pid_(pid),
      folder_(kernel::open(("/proc/" + std::to_string(pid)).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

std::optional<uint64_t> ProcFolder::pid_namespace() const {
    std::array<char, 64> target{};
    ssize_t size = ::readlinkat(folder_.get(), pid_namespace_link, target.data(), target.size());
    return size < 0 ? std::nullopt : namespace_inode({target.data(), static_cast<size_t>(size)});
}

pty::UniqueFd ProcFolder::open_pid_namespace() const {
    return pty::UniqueFd(kernel::openat(folder_.get(), pid_namespace_link, O_RDONLY | O_CLOEXEC));
}

std::optional<std::string> ProcFolder::read(const char* name, size_t limit) const {
    pty::UniqueFd file(kernel::openat(folder_.get(), name, O_RDONLY | O_CLOEXEC));
    if (!file)
        return {};
    std::string content(limit, '\0');
    size_t used = 0;
    while (used < limit) {
        ssize_t size = kernel::read(file.get(), content.data() + used, limit - used);
        if (size < 0)
            return {};
        if (size == 0)
            break;
        used += static_cast<size_t>(size);
    }
    content.resize(used);
    return content;
}

std::optional<Process> ProcFolder::process() const {
    auto stat = read("stat", status_limit);
    auto status = read("status", status_limit);
    auto arguments = read("cmdline", command_limit);
    if (!stat || !status || !arguments)
        return {};
    Process process;
    process.pid = pid_;
    if (!parse_stat(*stat, process) || !parse_status(*status, process))
        return {};
    process.command = command_line(std::move(*arguments));
    if (process.command.empty())
        process.command = "[" + process.name + "]";
    return process;
}

} // namespace jailcore
