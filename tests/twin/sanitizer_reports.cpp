// What the sanitizers of any program print is also put where the end-to-end tests look for it after each
// test: at the end of a file that is mapped before main. Standard error would not do, because that of a
// worker goes to a log that nobody checks, and a sandboxed process opens no file; a mapping outlives the
// sandbox, the closing of all descriptors and the change of the root. Not jinit's, which is executed inside
// the jail: a finding there ends it, and the jail with it.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace {

// The tests make the file; without it, reports go to standard error only.
struct Reports {
    std::atomic<size_t> used;
    char text[(size_t{1} << 20) - sizeof(std::atomic<size_t>)];
};

Reports* reports = nullptr;

[[gnu::constructor]] void map_reports() {
    int fd = ::open(JC_SANITIZER_REPORTS, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    void* mapped = ::mmap(nullptr, sizeof(Reports), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (mapped != MAP_FAILED)
        reports = static_cast<Reports*>(mapped);
}

} // namespace

// Called by the sanitizers' run time for all that it prints (sanitizer/common_interface_defs.h).
extern "C" [[gnu::visibility("default")]] void __sanitizer_on_print(const char* text) { // NOLINT
    if (reports == nullptr)
        return;
    std::string_view what(text);
    size_t at = reports->used.fetch_add(what.size());
    if (at < sizeof reports->text)
        what.copy(reports->text + at, std::min(what.size(), sizeof reports->text - at));
}
