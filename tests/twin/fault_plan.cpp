// The kernel twin: fails, or kills the process, at the step that the environment names.
//
//   JCONSOLE_TWIN='jenter/setns:2:EPERM,jstarter/*:17:KILL,read:*:EIO,jrouterd/*:0:COUNT=/tmp/steps'
//
// PROGRAM/ limits a rule to the program of that name (argv[0]'s last part), PROGRAM+/ to the processes that
// it forks, until they execute another; each of these counts from 1. PROGRAM@WORD[+]/ limits it further to
// that program with WORD as its first argument: another of them clears up behind the one that was killed.
// CALL is a wrapper's name or `*` for any. The number says which call of the kind (from 1), `*` each. The
// action is an errno's name, KILL (SIGKILL on the spot), STOP (SIGSTOP, so that a test can look at the
// process until it sends SIGCONT, with which the call is made), or COUNT=FILE: append the name of each call
// to FILE, so that a test learns how many steps there are. Tests inside one process call set_plan() instead.
#include "tests/twin/fault_plan.hpp"

#include "pty/fault.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace kernel {
namespace {

enum class Action { fail, kill, stop, count };

enum class Whose { all, program, forked };

struct Rule {
    std::string call;
    Whose whose = Whose::all;
    long number = 0; // 0: every call
    Action action = Action::fail;
    int error = 0;
    std::string file;
    long seen = 0;
};

struct Plan {
    pid_t program = ::getpid();
    std::vector<Rule> rules;
    std::string environment;
};

constexpr std::array<std::pair<std::string_view, int>, 26> errors{{
    {"EPERM", EPERM},
    {"ENOENT", ENOENT},
    {"ESRCH", ESRCH},
    {"EINTR", EINTR},
    {"EIO", EIO},
    {"ENXIO", ENXIO},
    {"EAGAIN", EAGAIN},
    {"ENOMEM", ENOMEM},
    {"EACCES", EACCES},
    {"EBUSY", EBUSY},
    {"EEXIST", EEXIST},
    {"EXDEV", EXDEV},
    {"ENODEV", ENODEV},
    {"ENOTDIR", ENOTDIR},
    {"EINVAL", EINVAL},
    {"ENFILE", ENFILE},
    {"EMFILE", EMFILE},
    {"ENOTTY", ENOTTY},
    {"ENOSPC", ENOSPC},
    {"EROFS", EROFS},
    {"EPIPE", EPIPE},
    {"ENOSYS", ENOSYS},
    {"ELOOP", ELOOP},
    {"EUSERS", EUSERS},
    {"EOPNOTSUPP", EOPNOTSUPP},
    {"ENOPROTOOPT", ENOPROTOOPT},
}};

[[noreturn]] void reject(std::string_view rule) {
    std::string message = "fault plan: cannot read rule '" + std::string(rule) + "'\n";
    [[maybe_unused]] auto written = ::write(2, message.data(), message.size());
    std::abort();
}

Rule parse_rule(std::string_view text) {
    auto first = text.find(':');
    auto second = first == std::string_view::npos ? first : text.find(':', first + 1);
    if (second == std::string_view::npos)
        reject(text);
    Rule rule;
    rule.call = text.substr(0, first);
    auto number = text.substr(first + 1, second - first - 1);
    if (number != "*")
        std::from_chars(number.data(), number.data() + number.size(), rule.number);
    auto action = text.substr(second + 1);
    const auto* found = std::ranges::find(errors, action, [](const auto& entry) {
        return entry.first;
    });
    if (found != errors.end()) {
        rule.error = found->second;
    } else if (action == "KILL") {
        rule.action = Action::kill;
    } else if (action == "STOP") {
        rule.action = Action::stop;
    } else if (action.starts_with("COUNT=")) {
        rule.action = Action::count;
        rule.file = action.substr(6);
        rule.number = 0;
    } else {
        reject(text);
    }
    return rule;
}

std::string first_argument() {
    char words[4096]{}; // each with its NUL, and one more behind them
    int fd = ::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && ::read(fd, words, sizeof words - 2) < 0)
        words[0] = '\0';
    ::close(fd);
    return words + std::strlen(words) + 1;
}

Plan parse_plan(std::string_view text) {
    Plan plan;
    plan.environment = "JCONSOLE_TWIN=" + std::string(text);
    while (!text.empty()) {
        auto comma = std::min(text.find(','), text.size());
        auto rule = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        Whose whose = Whose::all;
        if (auto slash = rule.substr(0, rule.find(':')).find('/'); slash != std::string_view::npos) {
            auto program = rule.substr(0, slash);
            whose = program.ends_with('+') ? Whose::forked : Whose::program;
            program = program.substr(0, program.find('+'));
            auto verb = std::min(program.find('@'), program.size());
            if (program.substr(0, verb) != program_invocation_short_name ||
                (verb < program.size() && program.substr(verb + 1) != first_argument()))
                continue;
            rule.remove_prefix(slash + 1);
        }
        plan.rules.push_back(parse_rule(rule));
        plan.rules.back().whose = whose;
    }
    return plan;
}

// Reached between fork and exec too, so it is made once, before any child is, and never freed.
Plan& plan() {
    static Plan* made = [] {
        const char* text = std::getenv("JCONSOLE_TWIN");
        return new Plan(parse_plan(text != nullptr ? text : ""));
    }();
    return *made;
}

void record(const Rule& rule, const char* call) {
    int fd = ::open(rule.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return;
    std::string line = std::string(call) + "\n";
    [[maybe_unused]] auto written = ::write(fd, line.data(), line.size());
    ::close(fd);
}

// The first process of a pid namespace survives signals that come from within (pid_namespaces(7)).
[[noreturn]] void die() {
    ::kill(::getpid(), SIGKILL);
    ::_exit(128 + SIGKILL);
}

} // namespace

int fault(const char* call) {
    const Whose here = ::getpid() == plan().program ? Whose::program : Whose::forked;
    for (Rule& rule : plan().rules) {
        if ((rule.call != "*" && rule.call != call) || (rule.whose != Whose::all && rule.whose != here))
            continue;
        ++rule.seen;
        if (rule.number != 0 && rule.number != rule.seen)
            continue;
        if (rule.action == Action::kill)
            die();
        if (rule.action == Action::fail)
            return rule.error;
        if (rule.action == Action::stop)
            ::kill(::getpid(), SIGSTOP);
        else
            record(rule, call);
    }
    return 0;
}

const char* fault_environment() {
    return plan().rules.empty() && plan().environment.size() <= 14 ? nullptr : plan().environment.c_str();
}

void set_plan(const std::string& text) {
    plan() = parse_plan(text);
}

} // namespace kernel
