// What a word that is being typed could become: asked by the completions of bash, zsh and fish, which are
// only a few lines each (shell/complete/completion_scripts.hpp), and by our own shell, so that there is one
// place that knows.
#pragma once

#include "shell/route/query.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace shell {

struct Candidate {
    std::string word;      // whole, and harmless to a shell as it stands: nothing in it has to be quoted
    std::string_view help; // one line, or ""
};

struct Completion {
    bool files =
        false; // the names of local files, which whoever asks knows better; then there are no candidates
    std::vector<Candidate> candidates;
};

// The last of the words, which may be empty, is the one that is being typed; there is at least one. Routers
// and jails that have not answered by the deadline have nothing to offer, and no router is started. Names
// that a shell could take for anything but a word are left out: a jail may have chosen them.
Completion complete(const std::vector<std::string>& words, Deadline deadline);

// As the scripts read it: `words` or `files` in the first line, then WORD or WORD, a tab and its help in
// each.
std::string completion_text(const Completion& completion);

} // namespace shell
