#include "router/main/reader/inputs.hpp"

#include "jailcore/listing/records.hpp"
#include "pty/error.hpp"
#include "pty/memfd.hpp"
#include "pty/program.hpp"

#include <cerrno>

namespace reader {
namespace {

constexpr int jails_fd = 4;
constexpr int words_fd = 6;

} // namespace

Arguments client_words() {
    auto content = pty::read_sealed(words_fd, pty::max_program_size);
    auto program = content ? pty::decode_program(*content) : std::nullopt;
    if (!program)
        throw pty::StepError(EBADMSG, "read", "the client's words");
    return program->argv;
}

std::vector<jailcore::JailRecord> running_jails() {
    return jailcore::read_records<jailcore::JailRecord>(jails_fd, "the jails");
}

} // namespace reader
