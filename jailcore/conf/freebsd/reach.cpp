#include "jailcore/conf/reach.hpp"

#include "jailcore/host_paths.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <optional>
#include <sys/stat.h>

namespace jailcore::conf {
namespace {

// Capability mode refuses absolute paths and absolute links, so they are walked. Where one leads nowhere
// errno says why.
std::optional<HostPlace> place_of(const std::string& path) {
    errno = ENOENT;
    try {
        return path.starts_with('/') ? std::optional(HostPaths().find(path)) : std::nullopt;
    } catch (const PathFailure& failure) {
        errno = failure.error();
        return std::nullopt;
    }
}

// ---- what glob(3) does with directories (GLOB_ALTDIRFUNC)

void* open_directory(const char* path) {
    auto place = place_of(path);
    if (!place)
        return nullptr;
    pty::UniqueFd directory(
        kernel::openat(place->directory.get(), place->name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    DIR* opened = directory ? ::fdopendir(directory.get()) : nullptr;
    if (opened != nullptr)
        (void)directory.release();
    return opened;
}

dirent* read_directory(void* directory) {
    return ::readdir(static_cast<DIR*>(directory));
}

void close_directory(void* directory) {
    ::closedir(static_cast<DIR*>(directory));
}

int facts_of_target(const char* path, struct stat* facts) {
    auto place = place_of(path);
    return place ? ::fstatat(place->directory.get(), place->name.c_str(), facts, AT_SYMLINK_NOFOLLOW) : -1;
}

int facts_of_link(const char* path, struct stat* facts) {
    std::string text = path;
    size_t end = text.find_last_not_of('/');
    size_t slash = end == std::string::npos ? end : text.rfind('/', end);
    if (slash == std::string::npos || end + 1 != text.size()) // a slash behind it follows it
        return facts_of_target(path, facts);
    try {
        pty::UniqueFd folder = HostPaths().open(text.substr(0, slash + 1));
        return ::fstatat(folder.get(), text.c_str() + slash + 1, facts, AT_SYMLINK_NOFOLLOW);
    } catch (const PathFailure& failure) {
        errno = failure.error();
        return -1;
    }
}

} // namespace

pty::UniqueFd open_to_read(const std::string& path) {
    auto place = place_of(path);
    if (!place)
        return {};
    return pty::UniqueFd(kernel::openat(place->directory.get(), place->name.c_str(),
                                        O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
}

std::vector<std::string> glob_paths(const std::string& pattern) {
    std::vector<std::string> paths;
    glob_t found{};
    found.gl_opendir = open_directory;
    found.gl_readdir = read_directory;
    found.gl_closedir = close_directory;
    found.gl_stat = facts_of_target;
    found.gl_lstat = facts_of_link;
    if (::glob(pattern.c_str(), GLOB_ALTDIRFUNC, nullptr, &found) == 0)
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return paths;
}

} // namespace jailcore::conf
