#include "shell/syntax/verbs.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace shell {
namespace {

constexpr std::array<Argument, 1> target{{{.name = "NAME", .completes = Completes::running_jail}}};
constexpr std::array<Argument, 1> targets{
    {{.name = "NAME", .completes = Completes::running_jail, .repeats = true}}};
constexpr std::array<Argument, 1> stopped{
    {{.name = "NAME", .completes = Completes::running_jail, .repeats = true, .patterns = true}}};
constexpr std::array<Argument, 1> any_target{
    {{.name = "NAME", .completes = Completes::running_jail, .optional = true}}};
constexpr std::array<Argument, 1> configured{
    {{.name = "NAME", .completes = Completes::configured_jail, .repeats = true, .patterns = true}}};
constexpr std::array<Argument, 1> parameters{{{.name = "PARAMETER", .optional = true, .repeats = true}}};
constexpr std::array<Argument, 1> session{{{.name = "SESSION", .completes = Completes::session}}};
constexpr std::array<Argument, 1> any_verb{
    {{.name = "VERB", .completes = Completes::verb, .optional = true}}};

constexpr std::array<Argument, 1> which_shell{
    {{.name = "SHELL", .completes = Completes::choice, .choices = "bash zsh fish"}}};

constexpr std::array<Argument, 1> any_file{{{.name = "FILE", .completes = Completes::file}}};

constexpr auto table = std::to_array<Verb>({
    {.name = "attach",
     .arguments = target,
     .command = true,
     .options = "terminal no-terminal no-input user directory environment host router",
     .help = "open a console in a jail, or run a command",
     .details = "This is the verb where none is given. From the first word behind the name that is no option "
                "on, all words are the command's, executed as they are given."},
    {.name = "start",
     .arguments = configured,
     .options = "file verbose raw host router",
     .help = "start jails",
     .details = "Each in its turn, what it depends on before it. '*' means all of them. All are tried; the "
                "exit status is that of the first that failed."},
    {.name = "stop",
     .arguments = stopped,
     .options = "file verbose raw host router",
     .help = "stop jails",
     .details = "Each in its turn, what depends on it before it. '*' means all of the configuration, or "
                "where there is none all that run. All are tried; the exit status is that of the first that "
                "failed."},
    {.name = "restart",
     .arguments = stopped,
     .options = "file verbose raw host router",
     .help = "stop jails and start them again",
     .details = "What depends on one is stopped, too, and started again only where it is named. All are "
                "tried; the exit status is that of the first that failed."},
    {.name = "kill",
     .arguments = targets,
     .options = "force no-script quiet timeout verbose raw host router",
     .help = "end jails without their configuration",
     .details = "As jkill(8): /etc/rc.shutdown is run in the jail, then its processes are sent SIGTERM, "
                "twice, and with "
                "-f killed; the jail is removed. Its exec.stop and other hooks are not run."},
    {.name = "check",
     .arguments = target,
     .options = "repair json host router",
     .help = "examine what a jail's terminals need",
     .details = "What is wrong is named, and how to mend it."},
    {.name = "ls",
     .arguments = parameters,
     .list = true,
     .options = "jail names header quoted settable by-name dying exists verbose libxo json host router",
     .help = "list the running jails",
     .details =
         "As jls(8) does, in its formats: jid, address, hostname and path of each, or the values of each "
         "PARAMETER. An unknown jail or parameter is an error with status 1."},
    {.name = "ps",
     .arguments = any_target,
     .list = true,
     .others = "PS-OPTION",
     .options = "json host router",
     .help = "list the processes in jails",
     .details = "Those of one jail where it is named, with their process numbers inside and outside. What "
                "follows the name is for ps(1): -o pid,user,args, or aux. Without a name that begins with an "
                "option, or behind --."},
    {.name = "sessions", .list = true, .options = "json host router", .help = "list the open sessions"},
    {.name = "peek",
     .arguments = session,
     .options = "host router",
     .help = "print the last output of a session",
     .details =
         "At most 64 KiB of what its terminal was shown, as it was written; to a terminal, its text and "
         "colours only, for a terminal might answer to more. The session must be one of the user's own."},
    {.name = "top",
     .options = "file json host router",
     .help = "watch the jails on a screen",
     .details = "Keys open consoles, start and stop jails: see jconsole-top(1). With --json, print a line "
                "each second instead."},
    {.name = "config dump",
     .list = true,
     .options = "file json host",
     .help = "print the configuration, expanded, as JSON",
     .details = "The jails stand in the order of the file, with their parameters merged."},
    {.name = "shell",
     .options = "host router",
     .help = "verbs at a prompt, or from standard input",
     .details = "This is what happens where nothing is named at all: see jconsole-shell(1)."},
    {.name = "dial-stdio",
     .options = "router",
     .help = "join stdin and stdout to the router",
     .details = "The far end of --host, which runs it there by ssh; of no use at a terminal."},
    {.name = "completion",
     .arguments = which_shell,
     .list = true,
     .help = "print the completion script of a shell",
     .details = "For bash, zsh or fish. The installation puts it where that shell finds it by itself."},
    {.name = "help",
     .arguments = any_verb,
     .list = true,
     .help = "explain a verb",
     .details = "Without a verb, list them all."},
    {.name = "version", .help = "print the version"},
    {.name = "__complete", .command = true, .hidden = true, .help = "what the word could become"},
    {.name = "__ssh-configuration",
     .arguments = target,
     .hidden = true,
     .help = "what jconsole-ssh -G prints"},
    {.name = "__manual", .arguments = any_file, .hidden = true, .help = "fill in the man page"},
});

size_t most_words(const Argument& argument) {
    return argument.completes == Completes::verb ? 2 : 1;
}

} // namespace

std::span<const Verb> verbs() {
    return table;
}

const Verb* find_verb(std::string_view name) {
    const auto* found = std::ranges::find(table, name, &Verb::name);
    return found == table.end() ? nullptr : found;
}

std::vector<const Verb*> verbs_behind(std::string_view first) {
    std::vector<const Verb*> found;
    for (const Verb& verb : table)
        if (verb.name.starts_with(std::string(first) + " "))
            found.push_back(&verb);
    return found;
}

const Argument* argument_at(const Verb& verb, size_t place) {
    for (const Argument& argument : verb.arguments) {
        if (argument.repeats || place < most_words(argument))
            return &argument;
        place -= most_words(argument);
    }
    return nullptr;
}

size_t least_words(const Verb& verb) {
    return static_cast<size_t>(std::ranges::count(verb.arguments, false, &Argument::optional));
}

} // namespace shell
