#include "shell/prompt/line_editor.hpp"

#include <cstdio>
// After stdio: they use FILE and do not include it.
#include <readline/history.h>
#include <readline/readline.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <termios.h>
#include <unistd.h>
#include <utility>

namespace prompt {
namespace {

Completer completer;               // of the one editor
Completion current;                // what the last TAB found, for its list
bool interrupted = false;          // by ^C
constexpr size_t most_shown = 400; // candidates; a list that nobody reads must not flood the terminal

// ^C and ^Z are keys while a line is typed, so that no signal comes between readline and its terminal.
void prepare_terminal(int meta) {
    rl_prep_terminal(meta);
    termios settings{};
    if (::tcgetattr(STDIN_FILENO, &settings) == 0) {
        settings.c_lflag &= ~static_cast<tcflag_t>(ISIG);
        ::tcsetattr(STDIN_FILENO, TCSADRAIN, &settings);
    }
}

int give_up_line(int, int) {
    rl_point = rl_end;
    rl_redisplay();
    std::fputs("^C", rl_outstream);
    rl_crlf();
    interrupted = true;
    rl_done = 1;
    return 0;
}

int stop_shell(int, int) {
    rl_deprep_terminal();
    std::signal(SIGTSTP, SIG_DFL);
    ::kill(0, SIGTSTP); // nothing happens where nobody could continue us (an orphaned process group)
    std::signal(SIGTSTP, SIG_IGN);
    (*rl_prep_term_function)(1);
    rl_reset_screen_size();
    rl_forced_update_display();
    return 0;
}

char* copy(const std::string& text) {
    char* result = ::strdup(text.c_str());
    if (result == nullptr)
        throw std::bad_alloc();
    return result;
}

// readline replaces the word `text` by what this returns: what is typed is kept, and something added. The
// first entry is what all have in common.
char** matches_for(const std::string& text) {
    Unfinished line = unfinished(std::string_view(rl_line_buffer).substr(0, static_cast<size_t>(rl_point)));
    current = complete(line, completer(line));
    if (current.shown.empty())
        return nullptr;
    auto** matches = static_cast<char**>(std::calloc(current.shown.size() + 2, sizeof(char*)));
    if (matches == nullptr)
        return nullptr;
    matches[0] = copy(text + current.common + (current.finished ? " " : ""));
    if (current.shown.size() > 1)
        for (size_t i = 0; i < current.added.size(); ++i)
            matches[i + 1] = copy(text + current.added[i]);
    return matches;
}

char** attempt(const char* text, int, int) {
    rl_attempted_completion_over = 1;
    rl_completion_suppress_append = 1;
    try {
        return matches_for(text);
    } catch (const std::exception&) { // must not unwind through readline, which is C
        return nullptr;
    }
}

void show_list(char**, int, int) {
    std::vector<std::string> shown = current.shown;
    if (shown.size() > most_shown) {
        std::string rest = "(and " + std::to_string(shown.size() - most_shown) + " more)";
        shown.resize(most_shown);
        shown.push_back(rest);
    }
    std::vector<char*> list{const_cast<char*>("")};
    size_t widest = 0;
    for (std::string& name : shown) {
        list.push_back(name.data());
        widest = std::max(widest, name.size());
    }
    list.push_back(nullptr);
    rl_display_match_list(list.data(), static_cast<int>(shown.size()), static_cast<int>(widest));
    rl_forced_update_display();
}

void bind_terminal_keys() {
    termios settings{};
    if (::tcgetattr(STDIN_FILENO, &settings) == -1)
        return;
    for (Keymap map : {emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap}) {
        rl_bind_key_in_map(settings.c_cc[VINTR], give_up_line, map);
        rl_bind_key_in_map(settings.c_cc[VSUSP], stop_shell, map);
    }
}

} // namespace

LineEditor::LineEditor(Completer source, size_t history_bound) {
    completer = std::move(source);
    rl_readline_name = "jconsole"; // for $if in inputrc
    rl_prep_term_function = prepare_terminal;
    rl_attempted_completion_function = attempt;
    rl_completion_display_matches_hook = show_list;
    rl_completer_word_break_characters = " \t\n";
    rl_completer_quote_characters = "";
    rl_sort_completion_matches = 0;
    rl_ignore_completion_duplicates = 0;
    using_history();
    stifle_history(static_cast<int>(history_bound));
    rl_initialize();
    bind_terminal_keys();
}

Typed LineEditor::read(const std::string& prompt) {
    // A verb may have seen the terminal change its size.
    rl_reset_screen_size();
    interrupted = false;
    char* line = ::readline(prompt.c_str());
    if (line == nullptr)
        return {};
    Typed typed{interrupted ? Typed::Kind::interrupted : Typed::Kind::line, line};
    std::free(line);
    return typed;
}

bool LineEditor::remember(const std::string& line) {
    const HIST_ENTRY* last = history_length > 0 ? history_get(history_base + history_length - 1) : nullptr;
    if (line.empty() || line.front() == ' ' || (last != nullptr && line == last->line))
        return false;
    add_history(line.c_str());
    return true;
}

std::vector<std::string> LineEditor::history() const {
    std::vector<std::string> lines;
    if (HIST_ENTRY** entries = history_list())
        for (; *entries != nullptr; ++entries)
            lines.emplace_back((*entries)->line);
    return lines;
}

} // namespace prompt
