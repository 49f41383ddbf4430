#include "shell/prompt/history_file.hpp"

#include "pty/error.hpp"
#include "shell/report.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace prompt {
namespace {

using namespace std::chrono_literals;

constexpr mode_t own_file = 0600;
constexpr mode_t own_folder = 0700;
constexpr mode_t writable_by_others = S_IWGRP | S_IWOTH;
constexpr mode_t permissions = 07777;
// More than `default_bound` of the longest lines: whoever wrote a larger file did not do it with this
// program.
constexpr size_t largest_file = size_t{8} << 20;
constexpr std::chrono::milliseconds patience =
    1s; // with whoever has locked the file: the user waits meanwhile

[[noreturn]] void distrust(const std::string& path, std::string cause, std::string mend) {
    throw shell::FailureError({{}, "history " + path, std::move(cause), std::move(mend)});
}

void check_owner(const std::string& path, const struct stat& status) {
    if (status.st_uid != ::geteuid())
        distrust(path, "belongs to uid " + std::to_string(status.st_uid), "remove it, or set XDG_STATE_HOME");
    if ((status.st_mode & writable_by_others) != 0)
        distrust(path, "can be written by others", "chmod go-w " + path);
}

void make_folders(const std::string& folder) {
    std::string parent = std::filesystem::path(folder).parent_path().string();
    std::error_code error;
    std::filesystem::create_directories(parent, error);
    if (error)
        throw pty::StepError(error.value(), "make", parent);
    if (::mkdir(folder.c_str(), own_folder) == -1 && errno != EEXIST)
        throw pty::StepError(errno, "make", folder);
}

pty::UniqueFd open_folder(const std::string& folder) {
    pty::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    // Linux says ENOTDIR of a link where a directory is wanted (open(2)).
    if (!fd && (errno == ENOTDIR || errno == ELOOP))
        distrust(folder, "is a link or no folder", "remove it");
    pty::check(fd.get(), "open", folder);
    struct stat status = {};
    pty::check(::fstat(fd.get(), &status), "examine", folder);
    check_owner(folder, status);
    return fd;
}

pty::UniqueFd open_file(int folder, const std::string& path) {
    // Not blocking: a FIFO would wait for its other end.
    pty::UniqueFd fd(::openat(folder, "history",
                              O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, own_file));
    if (!fd && errno == ELOOP)
        distrust(path, "is a link", "remove it");
    pty::check(fd.get(), "open", path);
    struct stat status = {};
    pty::check(::fstat(fd.get(), &status), "examine", path);
    if (!S_ISREG(status.st_mode))
        distrust(path, "is not a file", "remove it");
    check_owner(path, status);
    if (status.st_nlink > 1) // a hard link: it is another file of the user's by another name
        distrust(path, "has another name", "remove it");
    if ((status.st_mode & permissions) != own_file)
        pty::check(::fchmod(fd.get(), own_file), "chmod", path);
    return fd;
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        size_t end = std::min(text.find('\n'), text.size());
        if (end > 0)
            lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

void write_at(int file, std::string_view text, off_t offset, const std::string& path) {
    while (!text.empty()) {
        ssize_t written = pty::check(::pwrite(file, text.data(), text.size(), offset), "write", path);
        offset += written;
        text.remove_prefix(static_cast<size_t>(written));
    }
}

// Of several shells of one user, one writes at a time, and none for long.
class Locked {
public:
    Locked(int file, const std::string& path) : file_(file) {
        constexpr auto step = 10ms;
        for (auto left = patience; ::flock(file, LOCK_EX | LOCK_NB) == -1; left -= step) {
            if (errno != EWOULDBLOCK && errno != EINTR)
                throw pty::StepError(errno, "lock", path);
            if (left <= 0ms)
                distrust(path, "another process has locked it", "see who: fuser " + path);
            std::this_thread::sleep_for(step);
        }
    }
    ~Locked() { ::flock(file_, LOCK_UN); }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

private:
    int file_;
};

} // namespace

HistoryFile::HistoryFile(const std::string& folder, size_t bound)
    : path_(folder + "/history"), bound_(bound) {
    make_folders(folder);
    file_ = open_file(open_folder(folder).get(), path_);
}

std::string HistoryFile::content() const {
    struct stat status = {};
    pty::check(::fstat(file_.get(), &status), "examine", path_);
    if (static_cast<size_t>(status.st_size) > largest_file)
        throw pty::StepError(EFBIG, "read", path_);
    std::string text(static_cast<size_t>(status.st_size), '\0');
    size_t size = 0;
    while (size < text.size()) {
        ssize_t count =
            pty::check(::pread(file_.get(), text.data() + size, text.size() - size, static_cast<off_t>(size)),
                       "read", path_);
        if (count == 0)
            break;
        size += static_cast<size_t>(count);
    }
    text.resize(size);
    return text;
}

std::vector<std::string> HistoryFile::lines() const {
    Locked lock(file_.get(), path_);
    std::vector<std::string> all = lines_of(content());
    if (all.size() > bound_)
        all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(bound_));
    return all;
}

void HistoryFile::add(std::string_view command) {
    if (command.empty() || command.size() > longest_line || command.find('\n') != std::string_view::npos)
        return;
    Locked lock(file_.get(), path_);
    std::vector<std::string> all = lines_of(content());
    all.emplace_back(command);
    size_t dropped = all.size() - std::min(all.size(), bound_);
    std::string text;
    for (size_t i = dropped; i < all.size(); ++i)
        text.append(all[i]).append("\n");
    // In place and then cut: killed between the two, some lines stand there twice, and none is lost.
    write_at(file_.get(), text, 0, path_);
    pty::check(::ftruncate(file_.get(), static_cast<off_t>(text.size())), "truncate", path_);
}

} // namespace prompt
