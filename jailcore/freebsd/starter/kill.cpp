#include "jailcore/freebsd/jail_members.hpp"
#include "jailcore/freebsd/starter/remains.hpp"
#include "jailcore/freebsd/starter/running.hpp"
#include "jailcore/freebsd/starter/starter.hpp"
#include "jailcore/process_handle.hpp"
#include "jailcore/starter/reports.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/spawn.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace jailcore {
namespace {

constexpr const char* jexec = "/usr/sbin/jexec";
constexpr const char* script = "test ! -r /etc/rc.shutdown || exec /bin/sh /etc/rc.shutdown";

class Kill {
public:
    Kill(const KernelJail& jail, const KillOptions& options, const Output& output)
        : jail_(jail), options_(options), output_(output) {}

    bool run() {
        if (!options_.no_script)
            run_script();
        report_ending();
        for (int round = 0; round < kill_rounds; ++round) {
            signal_members(members_of(numbers_of(jail_)), SIGTERM);
            output_.verbose("sent SIGTERM to its processes");
            if (await_processes())
                return remove();
        }
        if (options_.force) {
            warn("it would not stop: its processes are killed");
            return remove();
        }
        output_.warn("kill: its processes would not end; 'jconsole kill -f " + jail_.name + "' kills them");
        return false;
    }

private:
    // A jail without a shell, or whose script fails or does not end, is killed all the same.
    void run_script() {
        const int output = options_.verbose ? STDOUT_FILENO : -1,
                  error = options_.verbose ? STDERR_FILENO : -1;
        pid_t pid = pty::spawn({-1,
                                {jexec, std::to_string(jail_.jid), "/bin/sh", "-c", script},
                                {"PATH=/sbin:/bin:/usr/sbin:/usr/bin", "HOME=/"},
                                {-1, output, error}});
        int status = 0;
        if (await_script(pid))
            status = pty::wait_for_end(pid);
        else
            warn("/etc/rc.shutdown: it has not ended within " + std::to_string(options_.script_seconds) +
                 " seconds; the kill goes on without it");
        if (status != 0)
            warn("/etc/rc.shutdown: failed");
    }

    [[nodiscard]] bool await_script(pid_t pid) const {
        ProcessHandle process(pid);
        return await(
            [&] {
                return process.has_ended();
            },
            options_.script_seconds);
    }

    [[nodiscard]] bool await_processes() const {
        return await(
            [this] {
                return members_of(numbers_of(jail_)).empty();
            },
            options_.seconds);
    }

    template <class Condition>
    static bool await(Condition holds, int64_t seconds) {
        constexpr std::chrono::milliseconds pause{20};
        auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline)
                return false;
            std::this_thread::sleep_for(pause);
        }
        return true;
    }

    bool remove() {
        const std::vector<int32_t> numbers = numbers_of(jail_);
        if (runs(jail_) && !remove_jail(jail_.jid))
            throw StartFailure(with_cause("jail_remove", errno));
        end_processes(numbers);
        remove_id_file(jail_.name);
        report_removed();
        if (!options_.quiet)
            output_.note("removed");
        tell_of_mounts();
        return true;
    }

    void tell_of_mounts() const {
        constexpr size_t most = 8;
        std::vector<std::string> left = mounted_for_jail(jail_.path);
        if (left.empty())
            return;
        std::string command = "umount";
        for (size_t i = 0; i < left.size() && i < most; ++i)
            command += " " + left[i];
        warn("what is mounted for it stays, as with jkill(8): the next start or '" + command +
             "' unmounts it");
    }

    void warn(const std::string& text) const {
        if (!options_.quiet)
            output_.warn(text);
    }

    const KernelJail& jail_;
    const KillOptions& options_;
    const Output& output_;
};

} // namespace

bool kill_jail(const KernelJail& jail, const KillOptions& options, const Output& output) {
    return Kill(jail, options, output).run();
}

} // namespace jailcore
