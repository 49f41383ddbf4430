#include "pty/memfd.hpp"

#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace pty {
namespace {

// MFD_NOEXEC_SEAL of Linux 6.3 (linux/memfd.h). To a kernel that does not know it, FreeBSD's among them, a
// flag of its own is EINVAL.
constexpr unsigned noexec_seal = 0x8;

constexpr int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// F_SEAL_WRITE is refused for as long as somebody else holds one of the pages, for he could yet write to it:
// the kernel's own reclaim and its idle-page tracking (DAMON) do for a moment. An attempt waits 150 ms for
// them itself (mm/memfd.c, memfd_wait_for_pins).
int try_seal(int fd, int seals) {
    constexpr int attempts = 20;
    int sealed = -1;
    for (int attempt = 0; attempt < attempts && sealed == -1; ++attempt) {
        sealed = kernel::add_seals(fd, seals);
        if (sealed == -1 && errno != EBUSY)
            break;
    }
    return sealed;
}

} // namespace

UniqueFd make_memfd(const char* name) {
    int fd = kernel::memfd_create(name, MFD_ALLOW_SEALING | noexec_seal);
    if (fd == -1 && errno == EINVAL)
        fd = kernel::memfd_create(name, MFD_ALLOW_SEALING);
    return UniqueFd(check(fd, "memfd_create", name));
}

void seal_memfd(int fd, const char* name, int more) {
    check(::lseek(fd, 0, SEEK_SET), "lseek", name);
    check(try_seal(fd, all_seals | more), "seal", name);
}

UniqueFd sealed_memfd(const char* name, std::string_view content) {
    UniqueFd fd = make_memfd(name);
    write_all(fd.get(), content, name);
    seal_memfd(fd.get(), name);
    return fd;
}

std::optional<size_t> sealed_size(int fd, size_t limit) {
    constexpr int needed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    int seals = ::fcntl(fd, F_GET_SEALS);
    struct stat status = {};
    if (seals == -1 || (seals & needed) != needed || ::fstat(fd, &status) == -1)
        return std::nullopt;
    if (status.st_size < 0 || static_cast<size_t>(status.st_size) > limit)
        return std::nullopt;
    return static_cast<size_t>(status.st_size);
}

std::optional<std::span<char>> map_sealed(int fd, size_t limit) {
    auto size = sealed_size(fd, limit);
    if (!size || *size == 0)
        return size ? std::optional<std::span<char>>(std::span<char>()) : std::nullopt;
    void* address = ::mmap(nullptr, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED)
        return std::nullopt;
    return std::span(static_cast<char*>(address), *size);
}

bool read_sealed(int fd, std::span<char> content) {
    for (size_t done = 0; done < content.size();) {
        // pread: the description is shared with whoever sent it, and so is its offset.
        ssize_t got = ::pread(fd, content.data() + done, content.size() - done, static_cast<off_t>(done));
        if (got <= 0)
            return false;
        done += static_cast<size_t>(got);
    }
    return true;
}

std::optional<std::string> read_sealed(int fd, size_t limit) {
    auto size = sealed_size(fd, limit);
    if (!size)
        return std::nullopt;
    std::string content(*size, '\0');
    return read_sealed(fd, content) ? std::optional(std::move(content)) : std::nullopt;
}

} // namespace pty
