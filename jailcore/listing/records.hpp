// The monitor's records as a helper is handed them: an array of one struct in a sealed memfd.
#pragma once

#include "pty/error.hpp"
#include "pty/memfd.hpp"

#include <cerrno>
#include <cstdint>
#include <vector>

namespace jailcore {

// Into `records`, whose memory serves again: they are megabytes, and once a second. Throws StepError where
// the descriptor does not hold whole records of this version.
template <class Record>
void read_records(int fd, const char* subject, std::vector<Record>& records) {
    constexpr size_t limit = size_t{64} << 20;
    auto size = pty::sealed_size(fd, limit);
    if (!size || *size % sizeof(Record) != 0)
        throw pty::StepError(EBADMSG, "read records of", subject);
    records.resize(*size / sizeof(Record));
    if (!pty::read_sealed(fd, {reinterpret_cast<char*>(records.data()), *size}))
        throw pty::StepError(EBADMSG, "read records of", subject);
    for (const Record& record : records)
        if (record.version != Record::kind.version)
            throw pty::StepError(EPROTONOSUPPORT, "read records of", subject);
}

template <class Record>
std::vector<Record> read_records(int fd, const char* subject) {
    std::vector<Record> records;
    read_records(fd, subject, records);
    return records;
}

} // namespace jailcore
