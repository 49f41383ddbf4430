#include "jailcore/conf/system_files.hpp"

#include "jailcore/conf/reach.hpp"
#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace jailcore::conf {
namespace {

// Why the opened file may not be read; "" if it may.
std::string objection(int fd, Trust trust) {
    struct stat status = {};
    pty::check(::fstat(fd, &status), "fstat");
    if (S_ISDIR(status.st_mode))
        return std::strerror(EISDIR);
    if (!S_ISREG(status.st_mode))
        return "not a regular file";
    if (trust == Trust::any)
        return {};
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return "owned by uid " + std::to_string(status.st_uid) + ", neither root nor the caller";
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return "writable by its group or by others";
    return {};
}

FileContent read_file(const std::string& path, size_t limit, Trust trust) {
    pty::UniqueFd fd = open_to_read(path);
    if (!fd)
        return {"", std::strerror(errno)};
    try {
        std::string error = objection(fd.get(), trust);
        if (!error.empty())
            return {"", error};
        return {pty::read_all(fd.get(), path, limit), ""};
    } catch (const pty::StepError& error) {
        return {"", std::strerror(error.error())};
    }
}

// glob(7): whether the name has a wildcard that no backslash takes away; `[` only with its `]`. glob(3) says
// so only where it got as far as looking.
bool has_magic(const std::string& pattern) {
    bool bracket = false;
    for (size_t i = 0; i < pattern.size(); ++i) {
        char c = pattern[i];
        if (c == '*' || c == '?' || (c == ']' && bracket))
            return true;
        bracket = bracket || c == '[';
        if (c == '\\')
            ++i;
    }
    return false;
}

Globbed find_files(const std::string& pattern) {
    bool magic = has_magic(pattern);
    return {magic, magic ? glob_paths(pattern) : std::vector<std::string>()};
}

} // namespace

Files system_files(Trust trust) {
    return {[trust](const std::string& path, size_t limit) {
                return read_file(path, limit, trust);
            },
            find_files};
}

} // namespace jailcore::conf
