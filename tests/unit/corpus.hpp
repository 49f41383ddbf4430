// Real files with the right answers, where they are there; for files that are compiled with JC_SOURCE_DIR.
#pragma once

#include "pty/io.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <unistd.h>

namespace conf_test {

// "" where there is none.
inline std::string content_of(const std::filesystem::path& path) {
    int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return {};
    std::string content = pty::read_all(fd, path.string());
    ::close(fd);
    return content;
}

inline std::filesystem::path corpus() {
    const char* named = std::getenv("JC_CORPUS");
    return named != nullptr ? named : JC_SOURCE_DIR "/../shared/corpus/jail.conf";
}

} // namespace conf_test
