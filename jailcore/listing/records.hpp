// The monitor's records as a helper is handed them, one behind the other in a sealed memfd.
#pragma once

#include "jailcore/contract/record.hpp"
#include "pty/error.hpp"
#include "pty/memfd.hpp"

#include <cerrno>
#include <string_view>
#include <vector>

namespace jailcore {

// Into `records`, whose memory serves again: they are megabytes, and once a second. Throws StepError where
// the descriptor does not hold whole records, of whatever version.
template <class Record>
void read_records(int fd, const char* subject, std::vector<Record>& records) {
    constexpr size_t limit = size_t{64} << 20;
    auto content = pty::read_sealed(fd, limit);
    if (!content)
        throw pty::StepError(EBADMSG, "read records of", subject);
    records.clear();
    for (std::string_view left = *content; !left.empty();) {
        RecordHead head;
        bool whole =
            read_head(left, Record::kind, head) && head.size >= sizeof head && head.size <= left.size();
        if (!whole || read_record(left.substr(0, head.size), records.emplace_back()) != Readable::all)
            throw pty::StepError(EBADMSG, "read records of", subject);
        left.remove_prefix(head.size);
    }
}

template <class Record>
std::vector<Record> read_records(int fd, const char* subject) {
    std::vector<Record> records;
    read_records(fd, subject, records);
    return records;
}

} // namespace jailcore
