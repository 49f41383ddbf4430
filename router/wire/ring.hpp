// The ring: the one store of a terminal session's output. A memfd of fixed size, sealed against shrinking and
// growing, that outlives the worker which maps it: the monitor keeps the descriptor and gives it to the next
// worker.
//
// Nothing that was read from the pty is lost when a worker is killed at any instruction. Between the end of
// read(2) and the publishing of the head lie bytes that nobody has counted; so the window ahead of the head
// is kept filled with 0xFF, no read exceeds it, and whoever maps the ring next finds the uncounted bytes by
// looking for the last byte of the window that is not 0xFF. (Output that ends in 0xFF at that very moment is
// the one ambiguous case; UTF-8 never holds it.)
#pragma once

#include "pty/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace wire {

class Ring {
public:
    static constexpr size_t capacity = size_t{256} << 10; // bytes; a power of two and a multiple of the page
    static constexpr size_t window = size_t{8} << 10;     // bytes; the longest read

    // A new ring's memfd. Throws pty::StepError.
    static pty::UniqueFd create();

    // Bytes ever published there, for who does not map it. What a worker wrote: nothing but a number to show
    // and to compare. 0 where it cannot be read.
    static uint64_t head_of(int fd);

    // Maps it and recovers what an earlier owner had read and not counted. Throws pty::StepError; EINVAL
    // where the descriptor is not such a ring.
    explicit Ring(int fd);
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;
    Ring(Ring&&) = delete;
    Ring& operator=(Ring&&) = delete;

    // Bytes ever published.
    [[nodiscard]] uint64_t head() const;
    // The oldest position that can still be read.
    [[nodiscard]] uint64_t tail() const;
    // What lies from `position` (tail() <= position <= head()) to the head, contiguous.
    [[nodiscard]] std::span<const char> from(uint64_t position) const;

    // Where the next bytes go: at most `window`, less where a reader at `slowest` would otherwise be
    // overwritten.
    [[nodiscard]] std::span<char> room(uint64_t slowest);
    // Counts `size` bytes that were put at the start of room().
    void publish(size_t size);

    // Bytes of input that reached the terminal: kept here so that the next worker can tell the client.
    [[nodiscard]] uint64_t input() const;
    void add_input(size_t size);

private:
    struct Header;
    void recover();
    [[nodiscard]] char* at(uint64_t position) const;

    Header* header_ = nullptr;
    char* data_ = nullptr; // mapped twice, one behind the other, so that every span is contiguous
};

} // namespace wire
