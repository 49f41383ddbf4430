// From a path to a document: reads a configuration file and what it includes.
#pragma once

#include "jailcore/conf/budget.hpp"
#include "jailcore/conf/document.hpp"
#include "jailcore/conf/messages.hpp"

#include <functional>
#include <string>
#include <vector>

namespace jailcore::conf {

struct FileContent {
    std::string content;
    std::string error; // why the file could not be read, "" if it was
};

struct Globbed {
    bool magic = false; // the name holds glob(7) characters, so that it may match nothing
    std::vector<std::string> paths;
};

// How the language reaches files; nothing else in it touches the system. Called with paths as the
// configuration spells them, relative ones put behind the including file's directory.
struct Files {
    // At most `limit` bytes (an error beyond).
    std::function<FileContent(const std::string& path, size_t limit)> read;
    std::function<Globbed(const std::string& pattern)> glob;
};

// Fills the document; what is wrong goes into `messages`, and then nothing of the document may be used.
// Returns the files that were looked at, in order, and each pattern in front of its files.
std::vector<std::string> load(const std::string& path, const Files& files, const Limits& limits,
                              Document& document, Messages& messages);

} // namespace jailcore::conf
