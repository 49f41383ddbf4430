#include "jailcore/contract/linux/jinit.hpp"

#include "pty/fd.hpp"

#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

// Of the linker: where the program's read-only part begins, at a page, and its code ends (end(3)).
extern "C" char __executable_start, etext; // NOLINT

namespace jailcore {
namespace {

class Init {
public:
    Init(bool own_pids, bool members)
        : own_pids_(own_pids), channel_(jinit_channel), members_(members ? jinit_members : -1) {}

    int run() {
        if (!open_signals() || ::send(channel_.get(), &jinit_ready, 1, MSG_NOSIGNAL) != 1)
            return 1;
        while (wait()) {
            reap();
            bool may_end = complete_ && !persist_;
            if (may_end && is_empty())
                return 0;
            // The last member has died, but its parent, who is outside, may not have collected it yet.
            look_again_ = may_end && own_pids_ && none_left_;
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
        shrink();
        pollfd events[] = {
            {signals_.get(), POLLIN, 0}, {channel_.get(), POLLIN, 0}, {members_.get(), POLLIN, 0}};
        if (::poll(events, 3, look_again_ ? pause : -1) == -1)
            return errno == EINTR;
        if (events[1].revents != 0 && !read_channel())
            return false;
        if (events[2].revents != 0)
            read_members();
        read_signals();
        return true;
    }

    // Where memory is short the kernel takes the largest process first (oom_score_adj may be out of our
    // reach), and most of what we have mapped is our own code, which is in the page cache anyway.
    static void shrink() {
        constexpr uintptr_t page_size = 4096; // or more: then it does nothing
        auto begin = reinterpret_cast<uintptr_t>(&__executable_start);
        auto end = reinterpret_cast<uintptr_t>(&etext) & ~(page_size - 1);
        ::madvise(&__executable_start, end - begin, MADV_DONTNEED);
    }

    bool read_channel() {
        char message = 0;
        if (::recv(channel_.get(), &message, 1, 0) != 1)
            return false;
        complete_ = true;
        persist_ = message == jinit_keep;
        channel_.reset();
        ask_anew();
        return true;
    }

    // Where jkeeper was killed nobody can tell any more, and a jail that shares the host's pids stays.
    void read_members() {
        char word = 0;
        ssize_t length = 0;
        while ((length = ::recv(members_.get(), &word, 1, MSG_DONTWAIT)) == 1) {
            none_left_ = word == members_now_none || word == members_answer_none;
            if (word == members_now_none)
                ask_anew();
            if ((word == members_answer_none || word == members_answer_some) && --questions_ == 0)
                answer_ = word;
        }
        if (length == 0 || errno != EAGAIN) {
            members_.reset();
            none_left_ = false;
        }
    }

    void read_signals() {
        signalfd_siginfo info{};
        while (::read(signals_.get(), &info, sizeof info) == sizeof info)
            if (!own_pids_ || (info.ssi_code == SI_USER && info.ssi_pid == 0))
                obey(static_cast<int>(info.ssi_signo));
    }

    void obey(int signal) {
        if (signal == jinit_terminate && own_pids_) {
            ::kill(-1, SIGTERM);
            ::kill(-1, SIGCONT); // a process that was stopped ends no sooner
        } else if (signal == jinit_persist)
            persist_ = true;
        else if (signal == jinit_no_persist)
            persist_ = false;
        if (signal == jinit_no_persist || signal == jinit_look)
            ask_anew();
    }

    // What has been answered so far may not be true any more.
    void ask_anew() {
        must_ask_ = true;
        answer_ = '\0';
    }

    static void reap() {
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
    }

    // kill(2): -1 means everybody whom we may signal but ourselves, here within our pid namespace; processes
    // whose parent is outside are found too, as no list of children would.
    bool is_empty() { return own_pids_ ? ::kill(-1, 0) == -1 && errno == ESRCH : was_told_so(); }

    // What jkeeper said unasked may be older than the start's last process: only an answer counts.
    bool was_told_so() {
        if (std::exchange(answer_, '\0') == members_answer_none)
            return true;
        if (must_ask_ && ::send(members_.get(), &members_question, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) {
            must_ask_ = false;
            ++questions_;
        }
        return false;
    }

    bool own_pids_;
    pty::UniqueFd channel_;
    pty::UniqueFd members_;
    pty::UniqueFd signals_;
    bool complete_ = false; // the start is
    bool persist_ = true;
    bool must_ask_ = false;
    int questions_ = 0;      // not yet answered
    char answer_ = '\0';     // to the last of them, where it has not been looked at
    bool none_left_ = false; // as far as was told
    bool look_again_ = false;
};

} // namespace

int jinit_main(int argc, char** argv) {
    // The jail's root is of our uid. No jail has CAP_SYS_PTRACE, without which nobody can trace, in any way
    // of ptrace(2), or open /proc/PID/mem and fd of, one that is not dumpable. Until now we were alone.
    ::prctl(PR_SET_DUMPABLE, 0);
    ::prctl(PR_SET_NAME, "jinit"); // executed by descriptor, it is called like that (execveat(2))
    bool own_pids = true;
    bool members = false;
    for (int i = 1; i < argc; ++i) {
        own_pids = own_pids && std::string_view(argv[i]) != "--shared-pids";
        members = members || std::string_view(argv[i]) == "--members";
    }
    return Init(own_pids, members).run();
}

} // namespace jailcore
