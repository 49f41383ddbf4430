// What the monitor hands a reader in descriptors. To be read in the sandbox only. They throw StepError.
#pragma once

#include "jailcore/contract/record.hpp"
#include "router/reader/modes.hpp"

#include <vector>

namespace reader {

// What the client's user typed behind the verb: argv of the encoded pty::Program.
Arguments client_words();

// Of a verb that knows no other: whether they say --json. Throws ListingRefusal for what else they say.
bool client_wants_json();

// The jails that run.
std::vector<jailcore::JailRecord> running_jails();

} // namespace reader
