#include "pty/error.hpp"
#include "pty/escape.hpp"
#include "pty/io.hpp"
#include "pty/terminal.hpp"
#include "shell/prompt/candidates.hpp"
#include "shell/prompt/commands.hpp"
#include "shell/prompt/history_file.hpp"
#include "shell/prompt/line_editor.hpp"
#include "shell/prompt/places.hpp"
#include "shell/prompt/sittings.hpp"
#include "shell/prompt/words.hpp"
#include "shell/report.hpp"
#include "shell/syntax/command_line.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <pwd.h>
#include <unistd.h>

namespace prompt {
namespace {

std::string host_name() {
    std::array<char, 256> name{};
    ::gethostname(name.data(), name.size() - 1);
    return name.data();
}

// The one that --router names by the end of its path, any other by its user, whose it is.
std::string router_name(const std::string& socket) {
    if (!socket.empty()) {
        std::filesystem::path path(socket);
        return path.parent_path().filename() / path.filename();
    }
    const passwd* user = ::getpwuid(::geteuid());
    return user == nullptr ? std::to_string(::geteuid()) : user->pw_name;
}

// A narrow screen is needed for what is typed.
std::string fitting(const std::string& prompt) {
    return prompt.size() * 2 > pty::window_size(STDOUT_FILENO).columns ? "> " : prompt;
}

// As a background job of another shell we wait until we are brought to the foreground. Returns the terminal,
// or -1 where it is not ours to hand over.
int controlled_terminal() {
    std::signal(SIGTTIN, SIG_DFL);
    for (;;) {
        pid_t foreground = ::tcgetpgrp(STDIN_FILENO);
        if (foreground == -1)
            return -1;
        if (foreground == ::getpgrp())
            return STDIN_FILENO;
        ::kill(0, SIGTTIN);
    }
}

void complain(const std::exception& error) {
    const auto* failure = dynamic_cast<const shell::FailureError*>(&error);
    shell::print_line(failure != nullptr ? shell::error_line(failure->failure())
                                         : shell::error_line({{}, error.what(), {}, {}}));
}

// Null where it cannot be had or read: then there is one line about it, and the shell goes on.
std::unique_ptr<HistoryFile> open_history(LineEditor& editor) {
    std::string folder = state_folder();
    if (folder.empty())
        return nullptr;
    try {
        auto history = std::make_unique<HistoryFile>(folder);
        for (const std::string& line : history->lines())
            editor.remember(line);
        return history;
    } catch (const std::runtime_error& error) {
        complain(error);
        return nullptr;
    }
}

class Sitting {
public:
    Sitting(const std::vector<std::string>& common, int terminal)
        : prompt_(prompt_of(common)), jobs_(terminal), commands_{.common = common,
                                                                 .interactive = true,
                                                                 .jobs = jobs_,
                                                                 .history =
                                                                     [this] {
                                                                         return editor_.history();
                                                                     }},
          editor_(
              [this](const Unfinished& line) {
                  return candidates(commands_, line);
              },
              HistoryFile::default_bound) {}

    int run() {
        read_what_is_kept();
        bool asked = false; // whether to leave in spite of stopped jobs
        for (;;) {
            jobs_.collect();
            Typed typed = read_command();
            bool leave = typed.kind == Typed::Kind::end;
            if (typed.kind == Typed::Kind::line)
                leave = run(typed.text);
            if (leave && (asked || jobs_.stopped() == 0))
                return commands_.status;
            asked = leave;
            if (leave)
                shell::print_line(
                    "jconsole: jobs are stopped; fg goes on with them, to leave again ends them");
        }
    }

private:
    // Several commands where several lines were pasted. True where one of them was to leave.
    bool run(const std::string& text) {
        constexpr int interrupted = 128 + SIGINT;
        for (const std::string& command : commands_of(text)) {
            remember(command);
            run_command(commands_, command);
            if (std::exchange(commands_.leaving, false))
                return true;
            if (commands_.status == interrupted)
                break;
        }
        return false;
    }

    static std::string prompt_of(const std::vector<std::string>& common) {
        std::vector<std::string> words{"shell"};
        words.insert(words.end(), common.begin(), common.end());
        if (const char* far = std::getenv("JCONSOLE_HOST"); far != nullptr && *far != '\0')
            return pty::escape(far) + "> ";
        std::string router = router_name(shell::parse_options(words).router);
        return pty::escape(router) + "@" + pty::escape(host_name()) + "> ";
    }

    void read_what_is_kept() {
        std::vector<std::string> complaints;
        if (std::string file = configuration_file(); !file.empty())
            commands_.aliases = read_aliases(file, complaints);
        for (const std::string& complaint : complaints)
            shell::print_line(complaint);
        history_ = open_history(editor_);
    }

    // As many lines as its quotes need.
    Typed read_command() {
        Typed typed = editor_.read(fitting(prompt_));
        while (typed.kind == Typed::Kind::line && wants_more(commands_of(typed.text).back())) {
            Typed more = editor_.read("> ");
            if (more.kind == Typed::Kind::end)
                break; // what is typed is not closed, and that is said
            more.text = typed.text + "\n" + more.text;
            typed = more;
        }
        if (typed.kind == Typed::Kind::end)
            pty::write_all(STDOUT_FILENO, "exit\n", "standard output"); // as bash says it
        return typed;
    }

    void remember(const std::string& text) {
        if (!editor_.remember(text) || !history_)
            return;
        try {
            history_->add(text);
        } catch (const std::runtime_error& error) {
            complain(error);
            history_.reset();
        }
    }

    std::string prompt_;
    Jobs jobs_;
    Commands commands_;
    LineEditor editor_;
    std::unique_ptr<HistoryFile> history_;
};

} // namespace

int sit_at_terminal(const std::vector<std::string>& common) {
    int terminal = controlled_terminal();
    // They are for the jobs, which get them back (shell/prompt/jobs.cpp).
    for (int signal : {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU})
        std::signal(signal, SIG_IGN);
    return Sitting(common, terminal).run();
}

} // namespace prompt
