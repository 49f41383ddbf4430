#include "router/monitor/state_file.hpp"

#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace monitor {

void write_state(int directory, const std::string& name, std::string_view content) {
    std::string fresh = name + std::string(unfinished_suffix);
    pty::UniqueFd file(
        pty::check(kernel::openat(directory, fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600),
                   "write state", name));
    try {
        pty::write_all(file.get(), content, name);
        // Where there is a quota, or a server, only this tells (close(2)).
        pty::check(::close(file.release()), "write state", name);
        pty::check(::renameat(directory, fresh.c_str(), directory, name.c_str()), "write state", name);
    } catch (...) {
        remove_state(directory, fresh);
        throw;
    }
}

std::optional<std::string> read_state(int directory, const std::string& name) {
    pty::UniqueFd file(kernel::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW));
    if (!file)
        return std::nullopt;
    try {
        return pty::read_all(file.get(), name, size_t{1} << 20);
    } catch (const pty::StepError&) {
        return std::nullopt;
    }
}

void remove_state(int directory, const std::string& name) {
    ::unlinkat(directory, name.c_str(), 0);
}

std::vector<std::string> list_state(int directory, std::string_view suffix) {
    std::vector<std::string> names;
    std::unique_ptr<DIR, int (*)(DIR*)> entries(
        ::fdopendir(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), ::closedir);
    if (!entries)
        return names;
    while (const dirent* entry = ::readdir(entries.get())) {
        std::string_view name(entry->d_name);
        if (name.size() > suffix.size() && name.ends_with(suffix))
            names.emplace_back(name.substr(0, name.size() - suffix.size()));
    }
    return names;
}

} // namespace monitor
