#include "jailcore/listing/linux/kept_file.hpp"

#include "pty/kernel.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace jailcore {
namespace {

// Left to whatever else must be opened.
constexpr int spare = 64;

int most = 0;

} // namespace

std::optional<std::string_view> KeptFile::read(std::span<char> buffer) {
    pty::UniqueFd opened;
    if (!file_) {
        opened.reset(kernel::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
        if (!opened)
            return {};
    }
    int file = file_ ? file_.get() : opened.get();
    ssize_t size = ::pread(file, buffer.data(), buffer.size(), 0);
    if (opened && opened.get() < most)
        file_ = std::move(opened);
    if (size < 0)
        return {};
    return std::string_view(buffer.data(), static_cast<size_t>(size));
}

void keep_files_open() {
    rlimit limits{};
    if (::getrlimit(RLIMIT_NOFILE, &limits) != 0)
        return;
    limits.rlim_cur = limits.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limits) != 0)
        return;
    constexpr rlim_t plenty = 1U << 20;
    most = static_cast<int>(std::min(limits.rlim_cur, plenty)) - spare;
}

} // namespace jailcore
