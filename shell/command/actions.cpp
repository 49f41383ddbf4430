#include "shell/command/actions.hpp"

#include "pty/error.hpp"
#include "pty/fd.hpp"
#include "pty/io.hpp"
#include "pty/spawn.hpp"
#include "router/contract/verbs.hpp"
#include "shell/command/jail_steps.hpp"
#include "shell/command/request.hpp"
#include "shell/command/session.hpp"
#include "shell/command/text_and_colours.hpp"
#include "shell/complete/completion.hpp"
#include "shell/complete/completion_scripts.hpp"
#include "shell/configuration.hpp"
#include "shell/excerpt.hpp"
#include "shell/relay/dial.hpp"
#include "shell/report.hpp"
#include "shell/route/destination.hpp"
#include "shell/route/router_connection.hpp"
#include "shell/route/ssh_link.hpp"
#include "shell/siblings.hpp"
#include "shell/syntax/help.hpp"
#include "shell/syntax/manual.hpp"
#include "shell/syntax/typed.hpp"
#include "shell/syntax/verbs.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace shell {
namespace {

void print(std::string_view text) {
    pty::write_all(STDOUT_FILENO, text, "standard output");
}

std::vector<std::string> words_to_dump(const std::string& config) {
    std::vector<std::string> words{"jconsole", "config", "dump", "--json"};
    if (!config.empty())
        words.push_back("--file=" + config);
    return words;
}

int dump_far_config(const Destination& destination, const std::string& config) {
    SshOutput output = output_by_ssh(destination, words_to_dump(config));
    if (output.status != 0)
        return output.status; // it has said why
    if (!output.text.starts_with('['))
        throw FailureError({{},
                            "config dump",
                            "this came in place of the configuration: " + excerpt(output.text),
                            "a start-up file of the shell on " + destination.host + " prints something"});
    print(output.text);
    return 0;
}

// Verbs are of letters and dashes.
bool could_be_verb(const std::string& word) {
    return std::ranges::all_of(word, [](char c) {
        return (c >= 'a' && c <= 'z') || c == '-';
    });
}

// What docker, machinectl and others call a console.
bool is_word_of_others(const std::string& word) {
    constexpr std::array<std::string_view, 6> words{"console", "enter", "exec", "login", "run", "ssh"};
    return std::ranges::find(words, word) != words.end();
}

// What a command line may have been meant for that was taken for a console.
Failure with_what_was_meant(const Options& options, Failure failure) {
    const std::string& name = options.names.front();
    if (options.perhaps_verb && failure.step == "find jail" && could_be_verb(name)) {
        if (!options.command.empty())
            failure.cause = "that is no verb, and " + failure.cause;
        failure.mend += is_word_of_others(name) ? ", a console is opened by jconsole NAME [COMMAND]"
                                                : ", 'jconsole help' lists the verbs";
    }
    if (options.host_behind_name && failure.step.starts_with("connect to "))
        failure.mend += "; for the user " + name + " in a jail of that name: -u " + name;
    return failure;
}

// A jail that does not run may be another tool's, which the router's reader finds in that tool's files. Not
// of a host that is far away: one more ssh might ask for a password once more.
Failure with_its_maker(const Options& options, Failure failure) {
    if (failure.step != "find jail" || far_host(options.host))
        return failure;
    wire::Open question = request_for("hint", options);
    question.arguments = {options.names.front()};
    try {
        int status = 0;
        std::string hint = output_of(options, question, status);
        if (status == 0 && !hint.empty())
            failure.mend = TypedCommands(options).all(hint + ", 'jconsole ls' lists those that run");
    } catch (
        const FailureError&) { // NOLINT(bugprone-empty-catch): a router of an older version knows of none
    }
    return failure;
}

int attach(const Options& options) {
    if (options.no_input) {
        pty::UniqueFd nothing(pty::check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open", "/dev/null"));
        pty::check(::dup2(nothing.get(), STDIN_FILENO), "dup2", "standard input");
    }
    try {
        return run_session(options, console_request(options));
    } catch (const FailureError& error) {
        throw FailureError(with_what_was_meant(options, with_its_maker(options, error.failure())));
    }
}

int ask(const Options& options) {
    try {
        return run_session(options, request_for_named(options));
    } catch (const FailureError& error) {
        throw FailureError(with_its_maker(options, error.failure()));
    }
}

int list_jails(const Options& options) {
    wire::Open open = request_for(options.verb->name, options);
    open.arguments.insert(open.arguments.end(), options.names.begin(), options.names.end());
    return run_session(options, open);
}

int list_processes(const Options& options) {
    wire::Open open = request_for_named(options);
    open.arguments.insert(open.arguments.begin(), options.command.begin(), options.command.end());
    return run_session(options, open);
}

int peek(const Options& options) {
    if (::isatty(STDOUT_FILENO) != 1)
        return ask(options);
    int status = 0;
    std::string shown = text_and_colours(output_of(options, request_for_named(options), status));
    print(shown);
    return status;
}

// The screen is a program of its own, for ncurses would make this one's start twice as long.
int top(const Options& options) {
    if (options.json && !options.config.empty())
        throw FailureError({{}, "top", "-f goes with the screen", "--json lists what runs"});
    if (options.json)
        return ask(options);
    if (options.host) // for the verbs that it runs
        ::setenv("JCONSOLE_HOST", options.host->c_str(), 1);
    std::string program = sibling("libexec/jconsole/jconsole-top");
    std::vector<std::string> argv{program, sibling("bin/jconsole")};
    if (!options.config.empty())
        argv.insert(argv.end(), {"-f", options.config});
    if (!options.router.empty())
        argv.insert(argv.end(), {"--router", options.router});
    ::execv(program.c_str(), pty::exec_pointers(argv).data());
    throw pty::StepError(errno, "execute", program);
}

int dump_config(const Options& options) {
    if (auto destination = far_host(options.host)) // what counts is the configuration there
        return dump_far_config(*destination, config_path(options));
    std::vector<std::string> argv = dump_arguments(options.config);
    ::execv(argv.front().c_str(), pty::exec_pointers(argv).data());
    throw pty::StepError(errno, "execute", argv.front());
}

int prompt(const Options& options) {
    std::string program = sibling("libexec/jconsole/jconsole-shell");
    if (options.host) // for the verbs that it runs
        ::setenv("JCONSOLE_HOST", options.host->c_str(), 1);
    std::vector<std::string> argv{program};
    if (!options.router.empty()) {
        argv.emplace_back("--router");
        argv.push_back(options.router);
    }
    ::execv(program.c_str(), pty::exec_pointers(argv).data());
    throw pty::StepError(errno, "execute", program);
}

int dial_stdio(const Options& options) {
    std::signal(SIGPIPE, SIG_IGN); // a reader that has gone is an error of its write
    join_to_socket(STDIN_FILENO, STDOUT_FILENO, connect_router(router_address(options.router)));
    return 0;
}

int help(const Options& options) {
    if (options.names.empty()) {
        print(help_text(nullptr));
        return 0;
    }
    std::string name = options.names.front();
    if (options.names.size() > 1)
        name.append(" ").append(options.names[1]);
    std::vector<const Verb*> explained = verbs_behind(name);
    if (const Verb* verb = find_verb(name))
        explained.insert(explained.begin(), verb);
    if (explained.empty())
        throw FailureError({{}, {}, "there is no verb '" + name + "'", "jconsole help lists them"});
    for (const Verb* verb : explained)
        print((verb == explained.front() ? "" : "\n") + help_text(verb));
    return 0;
}

int version(const Options&) {
    print("jconsole " JCONSOLE_VERSION "\n");
    return 0;
}

int print_completion(const Options& options) {
    print(completion_script(options.names.front()));
    return 0;
}

// git(1) asks whether it may use ssh's options, and takes the status for the answer.
int print_ssh_configuration(const Options& options) {
    print((options.user.empty() ? "" : "user " + options.user + "\n") + "hostname " + options.names.front() +
          "\n");
    return 0;
}

int print_manual(const Options& options) {
    const std::string& path = options.names.front();
    pty::UniqueFd page(pty::check(::open(path.c_str(), O_RDONLY | O_CLOEXEC), "open", path));
    print(manual(pty::read_all(page.get(), path)));
    return 0;
}

int complete_words(const Options& options) {
    constexpr std::chrono::seconds patience(1); // of somebody who has pressed TAB
    print(completion_text(complete(options.command, std::chrono::steady_clock::now() + patience)));
    return 0;
}

struct Action {
    std::string_view verb;
    int (*function)(const Options& options);
};

// A verb of the router's that has no row here is asked of it as it was typed.
constexpr auto table = std::to_array<Action>({
    {"attach", attach},
    {"ls", list_jails},
    {"ps", list_processes},
    {"peek", peek},
    {"top", top},
    {"config dump", dump_config},
    {"shell", prompt},
    {"dial-stdio", dial_stdio},
    {"completion", print_completion},
    {"help", help},
    {"version", version},
    {"__complete", complete_words},
    {"__ssh-configuration", print_ssh_configuration},
    {"__manual", print_manual},
});

} // namespace

int perform(const Options& options) {
    std::string_view verb = options.verb->name;
    const auto* own = std::ranges::find(table, verb, &Action::verb);
    if (own != table.end())
        return own->function(options);
    const contract::VerbRow& row = *contract::find(verb);
    return row.changes_jail() ? take_steps(options) : ask(options);
}

} // namespace shell
