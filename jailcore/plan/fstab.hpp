// fstab(5) as jail(8) reads it: the files of `mount.fstab` and the lines of `mount` (usr.sbin/jail/command.c,
// config.c). Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace jailcore {

struct FstabEntry {
    std::string spec; // what is mounted
    std::string file; // where, absolute, as the host sees it
    std::string vfstype;
    std::vector<std::string> options; // at the commas; dump frequency and pass number are not for jails
    std::string source;               // the file it stands in; "" in a `mount` parameter
    unsigned line = 0;                // from 1; 0 in a `mount` parameter
    bool operator==(const FstabEntry&) const = default;
};

struct FstabBlank {};
struct FstabError {
    std::string
        text; // "LINE: fstab parse error", "LINE: missing information", "PATH: not an absolute pathname"
};

// One line, without a comment: fields between blanks, the first two with the escapes of vis(3) (`\040` is a
// space).
std::variant<FstabBlank, FstabEntry, FstabError> parse_fstab_line(std::string_view line);

// The options between the commas of a field.
std::vector<std::string> options_of(std::string_view field);

struct Fstab {
    std::vector<FstabEntry> entries;
    std::vector<std::string> errors;
};

// A whole file; `#` begins a comment wherever it stands.
Fstab parse_fstab(std::string_view content, std::string_view source);

} // namespace jailcore
