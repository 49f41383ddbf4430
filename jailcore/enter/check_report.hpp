// What `jenter check` prints of what it found: a line for each finding, or JSON. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jailcore {

enum class CheckWeight {
    warning, // good to know
    fault,   // a console works; other things do not, or not for everybody
    fatal,   // no terminal can be made, or nothing is entered at all
};

struct CheckFinding {
    CheckWeight weight = CheckWeight::fault;
    std::string fault;       // its name
    std::string cause;       // may quote what a jail chose
    std::string mend;        // what is to be done
    bool repairable = false; // `--repair` can do that
    bool mended = false;     // and has
    std::string obstacle;    // why it could not; "": it was not tried
};

// "SUBJECT: FAULT: CAUSE; MEND", and a newline.
std::string check_line(std::string_view subject, const CheckFinding& finding);
// All of them, and "SUBJECT: ok" where nothing is wrong and nothing was.
std::string check_text(std::string_view subject, const std::vector<CheckFinding>& findings);
std::string check_json(const std::vector<CheckFinding>& findings);

// Nothing worse than a warning is left.
bool is_usable(const std::vector<CheckFinding>& findings);

} // namespace jailcore
