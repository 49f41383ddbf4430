// The modes of the reader. Each takes the arguments behind its name, enters the sandbox once they are
// understood, and returns the exit status. They throw boost::program_options::error and StepError.
#pragma once

#include <string>
#include <vector>

namespace reader {

using Arguments = std::vector<std::string>;

// What a start of the jail `--jail` needs of the configuration, for the starter: a table of at most that jail
// (jail_configuration.hpp). What is wrong with it stands in its row; 1 where something is wrong with the
// file.
int table(const Arguments& arguments);

// The configuration as the language makes it, for the user: JSON, and every error on standard error; 1 where
// there is one.
int dump(const Arguments& arguments);

// A step of a start, stop or restart in a line, in order: `VERB JAIL [JAIL...]`, with those behind it whose
// earlier step must have succeeded. The client's words are the verb and names of jails or wildcards. The
// table of those jails, read and checked once for all their starters, goes to descriptor 7.
int order(const Arguments& arguments);

// What other tool has the jail that the client's words name, and its command that starts it: the end of a
// line, or nothing.
int hint(const Arguments& arguments);

// Running jails, processes in jails (or in the one that the argument names), open sessions. They read
// JailRecords from descriptor 4, SessionRecords from descriptor 5, and from descriptor 6 the client's words:
// a sealed memfd with an encoded pty::Program, of which argv counts. They throw ListingRefusal for those.
int list_jails(const Arguments& arguments);
int list_processes(const Arguments& arguments);
int list_sessions(const Arguments& arguments);

// The jails and sessions once more each time that the monitor sends them: a line of JSON each, until the
// socket (contract::reader_asks) or standard output is closed.
int top(const Arguments& arguments);

} // namespace reader
