#include "jailcore/jinit.hpp"

#include "pty/fd.hpp"

#include <cerrno>
#include <poll.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jailcore {
namespace {

class Init {
public:
    Init(bool own_pids, bool events)
        : own_pids_(own_pids), channel_(jinit_channel), events_(events ? jinit_events : -1) {}

    int run() {
        if (!open_signals() || ::send(channel_.get(), &jinit_ready, 1, MSG_NOSIGNAL) != 1)
            return 1;
        while (wait()) {
            reap();
            if (complete_ && !persist_ && is_empty())
                return 0;
            // The last member has died, but its parent, who is outside, may not have collected it yet.
            look_again_ = complete_ && !persist_ && own_pids_ && events_ && !has_members();
        }
        return 1;
    }

private:
    // Blocked signals are queued even for pid 1, which otherwise gets only those that it has handlers for.
    bool open_signals() {
        sigset_t all;
        ::sigfillset(&all);
        ::sigprocmask(SIG_BLOCK, &all, nullptr);
        signals_.reset(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
        return static_cast<bool>(signals_);
    }

    // Returns after anything has happened; false when the starter died before the start was complete.
    bool wait() {
        constexpr int pause = 100; // milliseconds
        pollfd events[] = {
            {signals_.get(), POLLIN, 0}, {channel_.get(), POLLIN, 0}, {events_.get(), POLLPRI, 0}};
        if (::poll(events, 3, look_again_ ? pause : -1) == -1)
            return errno == EINTR;
        if (events[1].revents != 0 && !read_channel())
            return false;
        if (events[2].revents != 0)
            note_members();
        read_signals();
        return true;
    }

    // A change of cgroup.events is announced again and again until it has been read (fs/kernfs/file.c,
    // kernfs_generic_poll), and so is the removal of the cgroup, which cannot be read.
    void note_members() {
        char text[1];
        if (::pread(events_.get(), text, sizeof text, 0) == -1)
            events_.reset();
    }

    bool read_channel() {
        char message = 0;
        if (::recv(channel_.get(), &message, 1, 0) != 1)
            return false;
        complete_ = true;
        persist_ = message == jinit_keep;
        channel_.reset();
        return true;
    }

    void read_signals() {
        signalfd_siginfo info{};
        while (::read(signals_.get(), &info, sizeof info) == sizeof info)
            if (!own_pids_ || (info.ssi_code == SI_USER && info.ssi_pid == 0))
                obey(static_cast<int>(info.ssi_signo));
    }

    void obey(int signal) {
        if (signal == jinit_terminate && own_pids_)
            ::kill(-1, SIGTERM);
        else if (signal == jinit_persist)
            persist_ = true;
        else if (signal == jinit_no_persist)
            persist_ = false;
    }

    static void reap() {
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
    }

    // kill(2): -1 means everybody whom we may signal but ourselves, here within our pid namespace; processes
    // whose parent is outside are found too, as no list of children would.
    [[nodiscard]] bool is_empty() const {
        return own_pids_ ? ::kill(-1, 0) == -1 && errno == ESRCH : !has_members();
    }

    [[nodiscard]] bool has_members() const {
        char text[64]{};
        if (!events_)
            return false; // the cgroup is gone, and only an empty one can go
        ssize_t length = ::pread(events_.get(), text, sizeof text - 1, 0);
        return length <= 0 || std::string_view(text).find("populated 0") == std::string_view::npos;
    }

    bool own_pids_;
    pty::UniqueFd channel_;
    pty::UniqueFd events_;
    pty::UniqueFd signals_;
    bool complete_ = false; // the start is
    bool persist_ = true;
    bool look_again_ = false;
};

} // namespace

int jinit_main(int argc, char** argv) {
    ::prctl(PR_SET_NAME, "jinit"); // executed by descriptor, it is called like that (execveat(2))
    bool own_pids = true;
    bool events = false;
    for (int i = 1; i < argc; ++i) {
        own_pids = own_pids && std::string_view(argv[i]) != "--shared-pids";
        events = events || std::string_view(argv[i]) == "--events";
    }
    return Init(own_pids, events).run();
}

} // namespace jailcore
