#include "jailcore/freebsd/starter/starter.hpp"

#include "jailcore/contract/starter.hpp"
#include "jailcore/freebsd/starter/remains.hpp"
#include "jailcore/freebsd/starter/running.hpp"
#include "jailcore/freebsd/starter/told_to_end.hpp"
#include "jailcore/plan/start_errors.hpp"
#include "jailcore/starter/request.hpp"
#include "pty/error.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace jailcore {
namespace {

class Starter {
public:
    explicit Starter(const Request& request)
        : request_(request), options_(request.options()), output_(request.output()) {}

private:
    friend bool carry_out<Starter>(const Request& request);

    void check(const JailConfiguration& jail) const {
        std::vector<std::string> errors = start_errors(jail, ::geteuid() == 0);
        for (const std::string& error : errors)
            output_.warn(error);
        if (!errors.empty())
            throw StartFailure("");
    }

    bool start() {
        FoundJail found = request_.read();
        if (!found.jail)
            return request_.warn_that_it_is_not_in(found.looked_at);
        check(*found.jail);
        begin();
        return ended_as_told(start_jail(*found.jail, request_));
    }

    bool stop() {
        auto jail = find_running(request_.name());
        if (!jail)
            return request_.warn_that_it_does_not_run_yet();
        auto found = request_.read_if_there();
        bool configured = found && found->jail;
        if (configured)
            check(*found->jail);
        else
            request_.warn_of_no_hooks(found);
        begin();
        return ended_as_told(stop_jail(configured ? &*found->jail : nullptr, *jail, request_));
    }

    // What the stop has begun is not the start's to end: it is another process's.
    bool restart() {
        auto old = find_running(request_.name());
        pid_t pid = pty::check(::fork(), "fork");
        if (pid == 0)
            ::_exit(request_.guarded([this] {
                return stop();
            })
                        ? 0
                        : 1);
        int status = 0;
        while (::waitpid(pid, &status, 0) == -1 && errno == EINTR) {
        }
        if (status != 0)
            return false;
        if (old && old->network == JailSystem::own)
            await_network(*old);
        return start();
    }

    // Its interfaces come back to the host with the last that holds it.
    static void await_network(const KernelJail& jail) {
        constexpr std::chrono::milliseconds pause{50};
        auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (is_held(jail) && std::chrono::steady_clock::now() < deadline)
            std::this_thread::sleep_for(pause);
    }

    bool kill() {
        auto jail = find_running(request_.name());
        if (!jail)
            return request_.warn_that_it_does_not_run();
        KillOptions options = parse_kill(read_words());
        return kill_jail(*jail, options, Output(request_.name(), options.verbose));
    }

    // What a starter that was killed has left: half a jail, or mounts without one. Whatever else there is, it
    // has undone itself.
    bool reap() {
        auto jail = find_running(request_.name());
        if (jail && !was_starting(*jail))
            return true;
        std::optional<JailConfiguration> configured;
        request_.guarded([&] {
            configured = request_.read().jail;
            return true;
        });
        if (jail) {
            const std::vector<int32_t> numbers = numbers_of(*jail);
            bool undone = configured ? undo_jail(*configured, jail->jid, output_) : remove_jail(jail->jid);
            end_processes(numbers);
            return undone;
        }
        return !configured || mounted_of(*configured).empty() ||
               undo_remains(*configured, HooksOfEnd::none, output_);
    }

    static bool was_starting(const KernelJail& jail) {
        return std::ranges::any_of(read_registry(), [&](const JailRecord& record) {
            return pty::get_text(record.name) == jail.name && record.jid == static_cast<uint32_t>(jail.jid) &&
                   (record.flags & jail_starting) != 0;
        });
    }

    static void begin() {
        heed_signals();
        adopt_hooks();
    }

    static bool ended_as_told(bool done) {
        if (is_told_to_end())
            end_as_told();
        return done;
    }

    const Request& request_;
    const Options& options_;
    const Output& output_;
};

// jail(8) must not hold the router's, which would take a starter that was killed for one that goes on.
void keep_descriptors() {
    for (int fd = starter_report; fd <= starter_table; ++fd)
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 && errno != EBADF)
            throw pty::StepError(errno, "fcntl", std::to_string(fd));
}

} // namespace

int starter_main(int argc, char** argv) {
    return serve_request(argc, argv, [](const Request& request) {
        keep_descriptors();
        return carry_out<Starter>(request);
    });
}

} // namespace jailcore
