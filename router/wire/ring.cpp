#include "router/wire/ring.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "pty/memfd.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace wire {
namespace {

constexpr size_t header_bytes = 4096;
constexpr size_t file_size = header_bytes + Ring::capacity;
constexpr uint64_t made = 0x31676e69726a; // "jring1"
constexpr unsigned char unwritten = 0xff;

void* map(void* where, size_t size, int fd, off_t offset) {
    int flags = MAP_SHARED | (where != nullptr ? MAP_FIXED : 0);
    void* address = ::mmap(where, size, PROT_READ | PROT_WRITE, flags, fd, offset);
    if (address == MAP_FAILED)
        throw pty::StepError(errno, "map ring", {});
    return address;
}

} // namespace

struct Ring::Header {
    std::atomic<uint64_t> made;
    std::atomic<uint64_t> head;
    std::atomic<uint64_t> input;
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);

pty::UniqueFd Ring::create() {
    pty::UniqueFd fd = pty::make_memfd("ring");
    pty::check(kernel::ftruncate(fd.get(), file_size), "ftruncate", "ring");
    pty::check(kernel::add_seals(fd.get(), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), "seal", "ring");
    return fd;
}

uint64_t Ring::head_of(int fd) {
    uint64_t head = 0;
    return ::pread(fd, &head, sizeof head, offsetof(Header, head)) == sizeof head ? head : 0;
}

Ring::Ring(int fd) {
    struct stat status = {};
    pty::check(::fstat(fd, &status), "fstat", "ring");
    int seals = pty::check(::fcntl(fd, F_GET_SEALS), "seals", "ring");
    // Without the seals, whoever else holds it could shrink it under us, and a read of the mapping would be
    // SIGBUS.
    if (status.st_size != file_size ||
        (seals & (F_SEAL_SHRINK | F_SEAL_GROW)) != (F_SEAL_SHRINK | F_SEAL_GROW))
        throw pty::StepError(EINVAL, "map ring", "not a ring");
    void* reserved =
        ::mmap(nullptr, header_bytes + 2 * capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (reserved == MAP_FAILED)
        throw pty::StepError(errno, "map ring", {});
    header_ = static_cast<Header*>(map(reserved, header_bytes, fd, 0));
    data_ = static_cast<char*>(reserved) + header_bytes;
    map(data_, capacity, fd, header_bytes);
    map(data_ + capacity, capacity, fd, header_bytes);
    recover();
}

Ring::~Ring() {
    ::munmap(header_, header_bytes + 2 * capacity);
}

char* Ring::at(uint64_t position) const {
    return data_ + (position & (capacity - 1));
}

void Ring::recover() {
    if (header_->made.load() != made) {
        std::memset(at(0), unwritten, window);
        header_->made.store(made);
        return;
    }
    uint64_t head = header_->head.load();
    const char* start = at(head);
    size_t uncounted = window;
    while (uncounted > 0 && static_cast<unsigned char>(start[uncounted - 1]) == unwritten)
        --uncounted;
    if (uncounted > 0)
        publish(uncounted);
}

uint64_t Ring::head() const {
    return header_->head.load(std::memory_order_relaxed);
}

uint64_t Ring::tail() const {
    // The window lies ahead of the head, and behind it one more, which publish() fills before it counts.
    constexpr uint64_t kept = capacity - 2 * window;
    return head() > kept ? head() - kept : 0;
}

std::span<const char> Ring::from(uint64_t position) const {
    return {at(position), static_cast<size_t>(head() - position)};
}

std::span<char> Ring::room(uint64_t slowest) {
    // As tail() counts: the window ahead of the head, and one more that publish() fills before it counts.
    uint64_t used = head() - slowest + 2 * window;
    size_t free = used < capacity ? static_cast<size_t>(capacity - used) : 0;
    return {at(head()), std::min(window, free)};
}

void Ring::publish(size_t size) {
    uint64_t old = head();
    // The window moves on by `size`. Its new part must hold 0xFF before the head moves: at every instruction
    // between, the window ahead of the published head holds the uncounted bytes and 0xFF, nothing else.
    std::memset(at(old + window), unwritten, size);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    header_->head.store(old + size, std::memory_order_release);
}

uint64_t Ring::input() const {
    return header_->input.load(std::memory_order_relaxed);
}

void Ring::add_input(size_t size) {
    header_->input.store(input() + size, std::memory_order_release);
}

} // namespace wire
