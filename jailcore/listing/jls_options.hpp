// What jls(8) can be told.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

enum class ListStyle {
    text,
    json,         // --json: typed values, and the name always among the members
    libxo,        // --libxo json: to the letter what FreeBSD's prints
    libxo_pretty, // --libxo json,pretty: the same over several lines
};

struct JlsOptions {
    bool header = false;             // -h: a line with the names of the parameters
    bool by_name = false;            // -N: the name instead of the jid
    bool assignments = false;        // -n: name=value
    bool quoted = false;             // -q
    bool configurable = false;       // -s: only what a configuration may say
    bool verbose = false;            // -v
    bool check = false;              // -c: nothing but the exit status
    bool dying = false;              // -d: those too that are dying; there are none on Linux
    std::optional<std::string> jail; // -j: of that name or jid alone
    ListStyle style = ListStyle::text;
    std::vector<std::string> parameters; // in the order in which they are shown
};

// Of the later of two that contradict each other, as of -v and -n, jls(8) takes the last. Throws
// ListingRefusal.
JlsOptions parse_jls(const std::vector<std::string>& words);

// What follows --libxo. Throws ListingRefusal, which begins with `verb`.
ListStyle libxo_style(std::string_view verb, std::string_view value);

} // namespace jailcore
