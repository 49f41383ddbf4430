// The modes of the reader. Each takes the arguments behind its name, enters the sandbox once they are
// understood, and returns the exit status. They throw boost::program_options::error and StepError.
#pragma once

#include <string>
#include <vector>

namespace reader {

using Arguments = std::vector<std::string>;

// The configuration with all that a start needs, for the starter: JSON. What is wrong with one jail stands in
// its row; 1 where something is wrong with the file.
int table(const Arguments& arguments);

// The configuration as the language makes it, for the user: JSON, and every error on standard error; 1 where
// there is one.
int dump(const Arguments& arguments);

// A step of a start, stop or restart in a line, in order: `VERB JAIL [JAIL...]`, with those behind it whose
// earlier step must have succeeded. The client's words are the verb and names of jails or wildcards.
int order(const Arguments& arguments);

// Running jails, processes in jails (or in the one that the argument names), open sessions. They read
// JailRecords from descriptor 4, SessionRecords from descriptor 5, and from descriptor 6 the client's words:
// a sealed memfd with an encoded pty::Program, of which argv counts. They throw ListingRefusal for those.
int list_jails(const Arguments& arguments);
int list_processes(const Arguments& arguments);
int list_sessions(const Arguments& arguments);

// The jails and sessions once more each time that the monitor sends them: a line of JSON each, until the
// socket, descriptor 3, or standard output is closed.
int top(const Arguments& arguments);

} // namespace reader
