#include "shell/route/ssh_link.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"
#include "pty/spawn.hpp"
#include "shell/ignored_signals.hpp"
#include "shell/quoted.hpp"
#include "shell/report.hpp"
#include "shell/siblings.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace shell {
namespace {

using namespace std::chrono_literals;

constexpr const char* interpreter = "/bin/sh";
constexpr auto grace = 1s; // to end by itself, and again after SIGTERM
constexpr int not_executable = 126;
constexpr int not_found = 127;

std::string ssh_variable() {
    const char* variable = std::getenv("JCONSOLE_SSH");
    return variable == nullptr ? "" : variable;
}

bool is_in_path(std::string_view program) {
    const char* variable = std::getenv("PATH");
    std::string_view rest = variable == nullptr ? "/usr/bin:/bin" : variable;
    while (!rest.empty()) {
        size_t end = std::min(rest.find(':'), rest.size());
        std::string path = std::string(rest.substr(0, end)) + "/" + std::string(program);
        if (::access(path.c_str(), X_OK) == 0)
            return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

// Who and where, as options of ssh.
std::vector<std::string> way_to(const Destination& destination) {
    std::vector<std::string> options;
    if (destination.port != 0)
        options.insert(options.end(), {"-p", std::to_string(destination.port)});
    if (!destination.user.empty())
        options.insert(options.end(), {"-l", destination.user});
    return options;
}

// The words to run ssh by. Throws FailureError where there is no ssh, which the shell would tell like a
// program that is missing over there.
std::vector<std::string> local_command(const Destination& destination, const std::vector<std::string>& words,
                                       SshUse use) {
    std::string command = ssh_variable();
    if (command.empty() && !is_in_path("ssh"))
        throw FailureError(
            {{}, "ssh", "is not in the PATH", "install openssh-client, or name another in JCONSOLE_SSH"});
    return ssh_command(command.empty() ? "ssh" : command, destination, words, use);
}

// Waits until the child has ended or the time is over. Its status as waitpid(2) has it.
std::optional<int> wait_for_end(pid_t pid, std::chrono::milliseconds time) {
    constexpr auto step = 5ms;
    for (auto left = time;; left -= step) {
        int status = 0;
        pid_t found = ::waitpid(pid, &status, WNOHANG);
        if (found == pid || (found == -1 && errno != EINTR))
            return status;
        if (left <= 0ms)
            return std::nullopt;
        std::this_thread::sleep_for(step);
    }
}

// SIGTERM first, at which ssh gives the terminal back where it was asking for a password.
int end_child(pid_t pid) {
    if (auto status = wait_for_end(pid, grace))
        return *status;
    ::kill(pid, SIGTERM);
    ::kill(pid, SIGCONT);
    if (auto status = wait_for_end(pid, grace))
        return *status;
    ::kill(pid, SIGKILL);
    return pty::wait_for_end(pid);
}

pid_t start_ssh(const std::vector<std::string>& argv, std::vector<int> fds) {
    pty::UniqueFd program(kernel::open(interpreter, O_RDONLY));
    pty::check(program.get(), "open", interpreter);
    return pty::spawn({program.get(), argv, current_environment(), std::move(fds)});
}

// What ssh was to bring, and a command that must work where it can.
struct Purpose {
    std::string awaited;
    std::string trial;
};

[[noreturn]] void fail(const Destination& destination, int status, const Purpose& purpose) {
    std::string step = "connect to " + destination.host;
    std::string ssh = ssh_variable();
    if (WIFEXITED(status) && WEXITSTATUS(status) == not_found)
        throw FailureError({{},
                            step,
                            ssh.empty() ? "there is no jconsole in the PATH there"
                                        : "there is no jconsole in the PATH there, or no '" + ssh + "' here",
                            "install it on " + destination.host + ", where '" +
                                typed_ssh(ssh, destination, "jconsole version") + "' must find it"});
    std::string how = WIFSIGNALED(status) ? "was ended by signal " + std::to_string(WTERMSIG(status))
                                          : "ended with status " + std::to_string(WEXITSTATUS(status));
    throw FailureError(
        {{},
         step,
         "ssh " + how + " before " + purpose.awaited,
         std::string(told_above) + "; '" + typed_ssh(ssh, destination, purpose.trial) + "' must work"});
}

} // namespace

// The first value that ssh sees of an option counts: those of JCONSOLE_SSH win.
std::vector<std::string> ssh_command(const std::string& command, const Destination& destination,
                                     const std::vector<std::string>& words, SshUse use) {
    // ^C at the terminal is meant for the program in the jail, and a hangup for us: a link ends when we close
    // its socket. Signals that are ignored stay so in what is executed, and ssh leaves them as they are.
    std::string script = use == SshUse::program ? "" : "trap '' HUP INT QUIT; ";
    std::vector<std::string> argv{"sh", "-c", script + "exec " + command + " \"$@\"", "ssh", "-T"};
    auto option = [&argv](const char* setting) {
        argv.insert(argv.end(), {"-o", setting});
    };
    option(use == SshUse::quiet_link ? "ConnectTimeout=10" : "ConnectTimeout=30");
    // A link that says nothing for 15 seconds is broken: TCP alone would notice after hours.
    option("ServerAliveInterval=5");
    option("ServerAliveCountMax=3");
    if (use == SshUse::quiet_link)
        option("BatchMode=yes");
    std::vector<std::string> way = way_to(destination);
    argv.insert(argv.end(), way.begin(), way.end());
    argv.insert(argv.end(), {"--", destination.host});
    argv.insert(argv.end(), words.begin(), words.end());
    return argv;
}

std::string typed_ssh(const std::string& ssh, const Destination& destination, const std::string& command) {
    constexpr size_t longest = 60; // bytes of JCONSOLE_SSH that are worth repeating
    std::string text = ssh.size() > longest ? "$JCONSOLE_SSH" : ssh.empty() ? "ssh" : ssh;
    for (const std::string& word : way_to(destination))
        text.append(" ").append(word);
    bool has_quotes = command.find('\'') != std::string::npos; // which are for the shell over there
    return text.append(" ")
        .append(destination.host)
        .append(" ")
        .append(has_quotes ? single_quoted(command) : command);
}

SshOutput output_by_ssh(const Destination& destination, const std::vector<std::string>& words) {
    std::vector<std::string> remote;
    remote.reserve(words.size());
    for (const std::string& word : words)
        remote.push_back(single_quoted(word));
    // An interrupt at the terminal is ssh's, which may be asking there and gives the terminal back.
    std::optional<IgnoredSignals> ignored(std::vector<int>{SIGINT, SIGQUIT});
    pty::Pipe output = pty::make_pipe();
    pid_t pid = start_ssh(local_command(destination, remote, SshUse::program),
                          {-1, output.write.get(), STDERR_FILENO});
    output.write.reset();
    std::string text = pty::read_all(output.read.get(), "what ssh brings");
    int status = pty::wait_for_end(pid);
    ignored.reset();
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGQUIT))
        std::raise(WTERMSIG(status));
    if (!WIFEXITED(status) || WEXITSTATUS(status) == own_error || WEXITSTATUS(status) == not_found ||
        WEXITSTATUS(status) == not_executable)
        fail(destination, status, {"an answer came", "jconsole version"});
    return {std::move(text), WEXITSTATUS(status)};
}

SshLink::SshLink(Destination destination, const std::string& router)
    : destination_(std::move(destination)), words_{"jconsole", "dial-stdio"},
      trial_("jconsole" + typed_router(router) + " ls") {
    if (!router.empty())
        words_.push_back("--router=" + single_quoted(router));
}

pty::UniqueFd SshLink::start(SshUse use) {
    end();
    std::vector<std::string> argv = local_command(destination_, words_, use);
    int ends[2];
    pty::check(kernel::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
    pty::UniqueFd ours(ends[0]);
    pty::UniqueFd theirs(ends[1]);
    pid_ = start_ssh(argv, {theirs.get(), theirs.get(), use == SshUse::quiet_link ? -1 : STDERR_FILENO});
    use_ = use;
    return ours;
}

void SshLink::ended(bool answered) {
    if (pid_ == -1)
        return;
    int status = end_child(std::exchange(pid_, -1));
    if (!answered && use_ == SshUse::link)
        fail(destination_, status, {"a router answered", trial_});
}

void SshLink::end() {
    if (pid_ != -1)
        end_child(std::exchange(pid_, -1));
}

} // namespace shell
