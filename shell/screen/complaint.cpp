#include "shell/screen/complaint.hpp"

#include "shell/route/ssh_link.hpp"

#include <algorithm>

namespace top {
namespace {

std::string without_controls(std::string_view line) {
    std::string text(line);
    std::erase_if(text, [](char c) {
        return (c >= 0 && c < ' ') || c == '\x7f';
    });
    return text;
}

} // namespace

std::string complaint_of(std::string_view errors) {
    std::string last;
    std::string last_of_client;
    while (!errors.empty()) {
        size_t end = std::min(errors.find('\n'), errors.size());
        std::string line = without_controls(errors.substr(0, end));
        errors.remove_prefix(std::min(end + 1, errors.size()));
        if (line.starts_with("jconsole: ")) {
            // ssh has told the cause, and the client points to it.
            bool points =
                line.find(shell::told_above) != std::string::npos && !last.starts_with("jconsole: ");
            last_of_client = points && !last.empty() ? last.append("; ").append(line) : line;
        }
        if (line.find_first_not_of(' ') != std::string::npos)
            last = line;
    }
    return last_of_client.empty() ? last : last_of_client;
}

bool misses_default_configuration(std::string_view complaint) {
    return complaint.starts_with("jconsole: ") &&
           complaint.ends_with("/jconsole/jail.conf: No such file or directory");
}

} // namespace top
