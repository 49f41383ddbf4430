#include "router/reader/inputs.hpp"

#include "jailcore/listing/records.hpp"
#include "jailcore/listing/refusal.hpp"
#include "pty/error.hpp"
#include "pty/memfd.hpp"
#include "pty/program.hpp"
#include "router/contract/reader.hpp"

#include <cerrno>

namespace reader {

Arguments client_words() {
    auto content = pty::read_sealed(contract::reader_words, pty::max_program_size);
    auto program = content ? pty::decode_program(*content) : std::nullopt;
    if (!program)
        throw pty::StepError(EBADMSG, "read", "the client's words");
    return program->argv;
}

bool client_wants_json() {
    Arguments words = client_words();
    for (const std::string& word : words)
        if (word != "--json")
            throw jailcore::ListingRefusal("unknown option " + word + "; the only one is --json");
    return !words.empty();
}

std::vector<jailcore::JailRecord> running_jails() {
    return jailcore::read_records<jailcore::JailRecord>(contract::reader_registry, "the jails");
}

} // namespace reader
