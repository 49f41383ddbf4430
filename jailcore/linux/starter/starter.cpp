#include "jailcore/linux/starter/starter.hpp"

#include "jailcore/contract/starter.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/starter/ending_commands.hpp"
#include "jailcore/linux/starter/kill.hpp"
#include "jailcore/linux/starter/remove.hpp"
#include "jailcore/starter/request.hpp"
#include "pty/error.hpp"

#include <algorithm>
#include <csignal>
#include <linux/sched.h>
#include <optional>
#include <span>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace jailcore {
namespace {

class Starter {
public:
    explicit Starter(const Request& request)
        : request_(request), options_(request.options()), output_(request.output()),
          running_(read_registry()) {}

private:
    friend bool carry_out<Starter>(const Request& request);

    std::optional<Plan> plan(FoundJail found) {
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

    [[nodiscard]] bool warn_that_it_is_unreadable() const {
        output_.warn_of_name(
            "the router's record of it is damaged or of another version: it can only be killed, by "
            "'jconsole kill -f " +
            options_.name + "'");
        return false;
    }

    bool start() {
        FoundJail found = request_.read();
        const std::vector<std::string> looked_at = found.looked_at;
        auto planned = plan(std::move(found));
        if (!planned)
            return request_.warn_that_it_is_not_in(looked_at);
        return Start(*planned, planned->jid != 0 ? planned->jid : options_.jid, running_, host_, output_)
            .run();
    }

    bool stop() {
        const JailRecord* jail = find_running();
        if (jail == nullptr)
            return request_.warn_that_it_does_not_run_yet();
        // What it needs undone is not known: neither its processes nor its hooks are found as they should be.
        if ((jail->flags & jail_unreadable) != 0)
            return warn_that_it_is_unreadable();
        auto found = request_.read_if_there();
        auto planned = found ? plan(*found) : std::nullopt;
        if (!planned)
            request_.warn_of_no_hooks(found);
        return Stop(planned ? &*planned : nullptr, *jail, host_, output_).run();
    }

    bool kill() {
        const JailRecord* jail = find_running();
        if (jail == nullptr)
            return request_.warn_that_it_does_not_run();
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
            ::_exit(request_.guarded([this] {
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

    const Request& request_;
    const Options& options_;
    const Output& output_;
    std::span<JailRecord> running_;
    HostPaths host_;
};

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
    return serve_request(argc, argv, [](const Request& request) {
        lower_descriptor_limit();
        return carry_out<Starter>(request);
    });
}

} // namespace jailcore
