#include "jailcore/freebsd/starter/relay.hpp"

#include <algorithm>
#include <utility>

namespace jailcore {
namespace {

constexpr size_t longest_line = size_t{256} << 10; // a command may be long, and is named

} // namespace

bool Relay::may_be_its() const {
    size_t common = std::min(held_.size(), prefix_.size());
    return held_.size() < longest_line && held_.compare(0, common, prefix_, 0, common) == 0;
}

std::string Relay::take(std::string_view bytes) {
    std::string out;
    for (char c : bytes) {
        if (passing_) {
            out.push_back(c);
            passing_ = c != '\n';
            continue;
        }
        held_.push_back(c);
        if (!may_be_its()) {
            out += held_;
            held_.clear();
            passing_ = c != '\n';
        } else if (c == '\n') {
            std::string_view line(held_);
            line.remove_prefix(prefix_.size());
            line.remove_suffix(1);
            if (std::string said = line_(line); !said.empty())
                out += said + "\n";
            held_.clear();
        }
    }
    return out;
}

std::string Relay::finish() {
    passing_ = false;
    return std::exchange(held_, {});
}

// usr.sbin/jail/command.c, jail.c; sbin/jail's own words are the same in each release.
News news_of(std::string_view line) {
    if (line == "created")
        return News::created;
    if (line == "removed")
        return News::removed;
    if (line.starts_with("sent SIGTERM to:"))
        return News::ending;
    for (std::string_view begin : {"run command", "jail_set(", "timed out"})
        if (line.starts_with(begin))
            return News::detail;
    for (std::string_view end : {": not a mount point", ": No such file or directory"})
        if (line.ends_with(end))
            return News::unmounted;
    return News::none;
}

} // namespace jailcore
