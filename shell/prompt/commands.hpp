// What is done about one command: a verb of jconsole, a local command behind !, or a word of the shell's own.
#pragma once

#include "shell/prompt/aliases.hpp"
#include "shell/prompt/jobs.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace prompt {

struct Commands {
    std::vector<std::string> common; // options that every verb gets which takes them: `--router PATH`
    bool interactive = false;        // on a terminal: lists are paged, words of job control known
    int input = -1;                  // standard input of the verbs; -1: the shell's
    Jobs& jobs;
    Aliases aliases = {};
    std::function<std::vector<std::string>()> history; // oldest first
    int status = 0;                                    // of the command before
    bool leaving = false;                              // exit was asked for
};

// Does it, and sets `status`. Errors are said on standard error, in one line each.
void run_command(Commands& commands, const std::string& text);

// The words that only the shell knows, for completion.
std::vector<std::string_view> own_words();

} // namespace prompt
