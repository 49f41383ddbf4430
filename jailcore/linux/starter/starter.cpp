#include "jailcore/contract/starter.hpp"

#include "jailcore/contract/report.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/starter/configuration.hpp"
#include "jailcore/linux/starter/ending_commands.hpp"
#include "jailcore/linux/starter/kill.hpp"
#include "jailcore/linux/starter/remove.hpp"
#include "jailcore/linux/starter/starter.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/memfd.hpp"
#include "pty/program.hpp"
#include "router/contract/verbs.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <linux/sched.h>
#include <poll.h>
#include <span>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace jailcore {
namespace {

struct Options {
    std::string_view verb;
    std::string name;
    std::string config;
    bool config_may_be_missing = false; // for a stop
    uint32_t jid = 0;
    // What the client's user may say of a start, stop or restart; all above is the router's.
    bool verbose = false;
    bool as_ordered = false;
};

std::optional<Options> parse_options(int argc, char** argv) {
    Options options;
    std::vector<std::string_view> words(argv + 1, argv + argc);
    if (words.size() < 2)
        return std::nullopt;
    options.verb = words[0];
    options.name = words[1];
    for (size_t i = 2; i < words.size(); ++i) {
        auto value = [&](std::string_view name) {
            return words[i].starts_with(name) ? std::optional(words[i].substr(name.size())) : std::nullopt;
        };
        if (auto file = value("--config=")) {
            options.config = *file;
        } else if (auto own = value("--default-config=")) {
            options.config = *own;
            options.config_may_be_missing = true;
        } else if (auto jid = value("--jid=")) {
            if (std::from_chars(jid->data(), jid->data() + jid->size(), options.jid).ec != std::errc())
                return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    return options;
}

// Where they lie: hundreds of jails are a megabyte of records, of which little more than the names is looked
// at.
std::span<JailRecord> read_registry() {
    constexpr size_t limit = sizeof(JailRecord) * 100000;
    auto bytes = pty::map_sealed(starter_registry, limit);
    if (!bytes || bytes->size() % sizeof(JailRecord) != 0)
        throw StartFailure("the router's list of jails is malformed");
    return {reinterpret_cast<JailRecord*>(bytes->data()), bytes->size() / sizeof(JailRecord)};
}

std::vector<std::string> read_words() {
    auto content = pty::read_sealed(starter_words, pty::max_program_size);
    auto program = content ? pty::decode_program(*content) : std::nullopt;
    if (!program)
        throw StartFailure("its options are malformed");
    return program->argv;
}

void take_words(Options& options, const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        if (word == "-v" || word == "--verbose")
            options.verbose = true;
        else if (word == "--as-ordered")
            options.as_ordered = true;
        else
            throw StartFailure(std::string(options.verb) + ": unknown option " + word);
    }
}

class Starter {
public:
    explicit Starter(Options options)
        : options_(std::move(options)), output_(options_.name, options_.verbose), running_(read_registry()) {}

    int run() {
        constexpr std::pair<std::string_view, bool (Starter::*)()> modes[] = {{"start", &Starter::start},
                                                                              {"stop", &Starter::stop},
                                                                              {"restart", &Starter::restart},
                                                                              {"kill", &Starter::kill},
                                                                              {"reap", &Starter::reap}};
        for (const auto& [verb, run] : modes)
            if (verb == options_.verb)
                return (this->*run)() ? 0 : 1;
        throw StartFailure(std::string(options_.verb) + " is nothing that it does");
    }

private:
    std::optional<Plan> plan() {
        FoundJail found = read_configuration(options_.config, options_.name, options_.as_ordered);
        looked_at_ = std::move(found.looked_at);
        host_ = HostPaths(trees(std::move(found.trees)));
        if (!found.jail)
            return std::nullopt;
        auto made = make_plan(*found.jail, ::geteuid() == 0);
        if (auto* errors = std::get_if<1>(&made)) {
            for (const std::string& error : *errors)
                output_.warn(error);
            throw StartFailure("");
        }
        return std::get<0>(std::move(made));
    }

    // Those of the configuration, and of what runs whatever it was started from.
    [[nodiscard]] std::vector<std::string> trees(std::vector<std::string> configured) const {
        for (const JailRecord& jail : running_)
            configured.emplace_back(pty::get_text(jail.path));
        return configured;
    }

    [[nodiscard]] JailRecord* find_running() const {
        auto found = std::ranges::find_if(running_, [this](const JailRecord& jail) {
            return pty::get_text(jail.name) == options_.name;
        });
        return found == running_.end() ? nullptr : &*found;
    }

    // Whatever is wrong with the configuration, it is not what is to be told here.
    [[nodiscard]] bool is_configured() const {
        if (::access(options_.config.c_str(), R_OK) != 0)
            return false;
        try {
            return read_configuration(options_.config, options_.name, options_.as_ordered).jail.has_value();
        } catch (const std::exception&) {
            return false;
        }
    }

    [[nodiscard]] bool warn_that_it_does_not_run() const {
        output_.warn_of_name("not found; 'jconsole ls' lists the jails that run");
        return false;
    }

    [[nodiscard]] bool warn_that_it_is_unreadable() const {
        output_.warn_of_name(
            "the router's record of it is damaged or of another version: it can only be killed, by "
            "'jconsole kill -f " +
            options_.name + "'");
        return false;
    }

    bool start() {
        auto planned = plan();
        if (!planned) {
            output_.warn_of_name("not found in " + places() + "; -f names another file");
            return false;
        }
        return Start(*planned, planned->jid != 0 ? planned->jid : options_.jid, running_, host_, output_)
            .run();
    }

    // The files and patterns in which the jail was looked for.
    [[nodiscard]] std::string places() const {
        constexpr size_t most = 30;
        std::string text;
        for (const std::string& place : std::span(looked_at_).first(std::min(most, looked_at_.size())))
            text.append(text.empty() ? "" : ", ").append(place);
        return looked_at_.size() > most ? text + " and " + std::to_string(looked_at_.size() - most) + " more"
                                        : text;
    }

    bool stop() {
        const JailRecord* jail = find_running();
        if (jail == nullptr && is_configured()) {
            output_.warn_of_name("does not run; 'jconsole start " + options_.name + "' starts it");
            return false;
        }
        if (jail == nullptr)
            return warn_that_it_does_not_run();
        // What it needs undone is not known: neither its processes nor its hooks are found as they should be.
        if ((jail->flags & jail_unreadable) != 0)
            return warn_that_it_is_unreadable();
        bool missing =
            options_.config_may_be_missing && ::access(options_.config.c_str(), F_OK) != 0 && errno == ENOENT;
        auto planned = missing ? std::nullopt : plan();
        if (!planned)
            output_.warn(options_.config + (missing ? " is not there" : " has no such jail") +
                         ": hooks for its end, such as exec.stop, are not run; -f names another file");
        return Stop(planned ? &*planned : nullptr, *jail, host_, output_).run();
    }

    bool kill() {
        const JailRecord* jail = find_running();
        if (jail == nullptr)
            return warn_that_it_does_not_run();
        KillOptions options = parse_kill(read_words());
        if ((jail->flags & jail_unreadable) != 0 && !options.force)
            return warn_that_it_is_unreadable();
        return kill_jail(*jail, options, Output(options_.name, options.verbose));
    }

    // The stop is another process's, which enters the old jail's user namespace: the new one must not lie
    // within that.
    bool restart() {
        clone_args arguments{};
        arguments.exit_signal = SIGCHLD;
        pid_t pid = pty::check(kernel::clone3(&arguments, sizeof arguments), "fork");
        if (pid == 0)
            ::_exit(guarded([this] {
                return stop();
            })
                        ? 0
                        : 1);
        int status = 0;
        pty::check(::waitpid(pid, &status, 0), "wait for", "the stop");
        if (status != 0)
            return false;
        expect_router(); // it takes no jail
        if (JailRecord* stopped = find_running(); stopped != nullptr) {
            std::swap(*stopped, running_.back());
            running_ = running_.first(running_.size() - 1);
        }
        return start();
    }

    // Runs one of the verbs; says what went wrong, where that has not been said.
    template <class Step>
    bool guarded(Step step) const {
        try {
            return step();
        } catch (const std::exception& failure) {
            output_.warn(failure.what());
            return false;
        }
    }

    // What a jail that was killed, or whose starter was, has left. A jail whose start is under way has no
    // starter any more.
    bool reap() {
        end_left_hooks(options_.name);
        const JailRecord* jail = find_running();
        if (jail != nullptr)
            end_left_commands(std::string(pty::get_text(jail->cgroup)));
        if (jail != nullptr && (jail->flags & jail_starting) == 0)
            return true;
        if (jail != nullptr)
            remove_jail(jail->pid, starter_target, std::string(pty::get_text(jail->cgroup)));
        auto members = cgroup_members(options_.name);
        if (!members)
            remove_pids_limit(options_.name);
        return !members || reap_cgroup(*members);
    }

    Options options_;
    Output output_;
    std::span<JailRecord> running_;
    std::vector<std::string> looked_at_;
    HostPaths host_;
};

void send_report(std::string_view message, std::span<const int> fds) {
    if (!pty::send_message(starter_report, message, fds))
        throw pty::StepError(errno, "report to", "the router");
}

} // namespace

void report_created(const JailRecord& record, int pidfd, int spec) {
    Report report;
    report.kind = ReportKind::created;
    report.pid = record.pid;
    std::string bytes(reinterpret_cast<const char*>(&report), sizeof report);
    bytes.append(reinterpret_cast<const char*>(&record), sizeof record);
    const int fds[] = {pidfd, spec};
    send_report(bytes, fds);
    // Before the first hook runs in it, the jail must be known: a console may be what the hook waits for.
    char answer[max_answer];
    ssize_t size = pty::receive_message(starter_report, answer).size;
    if (size < 1)
        throw StartFailure("the router did not take the jail");
    if (answer[0] == answer_unsaved)
        throw StartFailure("the router cannot keep its record: " +
                           std::string(answer + 1, static_cast<size_t>(size - 1)));
    if (answer[0] == answer_in_use)
        throw StartFailure(
            "a jail of that name or jid was started meanwhile; 'jconsole ls' lists those that run");
}

namespace {

void report_if_heard(ReportKind kind) {
    Report report;
    report.kind = kind;
    pty::send_message(starter_report, {reinterpret_cast<const char*>(&report), sizeof report}, {});
}

} // namespace

void report_removed() {
    report_if_heard(ReportKind::removed);
}

void report_ending() {
    report_if_heard(ReportKind::ending);
}

// Nothing is read: what may come before the end of the socket is no answer to wait for.
void expect_router() {
    pollfd router{starter_report, 0, 0};
    if (::poll(&router, 1, 0) != 0)
        throw StartFailure("the router has ended");
}

namespace {

// What the router needs for its clients would be every hook's and jinit's, too.
void lower_descriptor_limit() {
    constexpr rlim_t usual = 1024;
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > usual) {
        files.rlim_cur = usual;
        pty::check(kernel::setrlimit(RLIMIT_NOFILE, &files), "lower", "the limit of open files");
    }
}

} // namespace

int starter_main(int argc, char** argv) {
    ::prctl(PR_SET_NAME, "jstarter"); // executed by descriptor, it is called like that (execveat(2))
    // A user or router that has gone away is no reason to leave a jail half started.
    ::signal(SIGPIPE, SIG_IGN);
    // Hooks are in it, too, so that the router can end them with us.
    ::setpgid(0, 0);
    // Nothing depends on where it was started: relative names in hooks begin here.
    if (::chdir("/") == -1)
        return 1;
    auto options = parse_options(argc, argv);
    if (!options) {
        Output("jstarter", false)
            .warn(
                "usage: start|stop|restart|kill|reap NAME [--config=FILE | --default-config=FILE] [--jid=N]");
        return 1;
    }
    try {
        lower_descriptor_limit();
        const contract::VerbRow* verb = contract::find(options->verb);
        if (verb != nullptr && verb->configuration != contract::Configuration::none)
            take_words(*options, read_words());
        return Starter(*options).run();
    } catch (const std::exception& failure) {
        Output(options->name, false).warn(failure.what());
        return 1;
    }
}

} // namespace jailcore
