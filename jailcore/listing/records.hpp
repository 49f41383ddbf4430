// The monitor's records as a helper is handed them: an array of one struct in a sealed memfd.
#pragma once

#include "pty/error.hpp"
#include "pty/memfd.hpp"

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

namespace jailcore {

// Throws StepError where the descriptor does not hold whole records of this version.
template <class Record>
std::vector<Record> read_records(int fd, const char* subject) {
    constexpr size_t limit = size_t{64} << 20;
    const std::optional<std::string> data = pty::read_sealed(fd, limit);
    if (!data || data->size() % sizeof(Record) != 0)
        throw pty::StepError(EBADMSG, "read records of", subject);
    std::vector<Record> records(data->size() / sizeof(Record));
    data->copy(reinterpret_cast<char*>(records.data()), data->size());
    for (const Record& record : records)
        if (record.version != Record{}.version)
            throw pty::StepError(EPROTONOSUPPORT, "read records of", subject);
    return records;
}

} // namespace jailcore
