#include "jailcore/contract/linux/keeper.hpp"

#include "jailcore/contract/linux/jinit.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sched.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace jailcore {
namespace {

// A change of cgroup.events is announced again and again until it has been read (fs/kernfs/file.c,
// kernfs_generic_poll). The removal of the cgroup is, too, and cannot be read: only an empty one can go.
class Members {
public:
    [[nodiscard]] int events() const { return removed_ ? -1 : keeper_events; }

    bool has_some() {
        char text[64]{};
        ssize_t length = removed_ ? -1 : ::pread(keeper_events, text, sizeof text - 1, 0);
        removed_ = length == -1;
        return !removed_ && std::string_view(text).find("populated 0") == std::string_view::npos;
    }

private:
    bool removed_ = false;
};

// jinit asks, and waits for each answer; it may have been killed, and its jail may have filled the socket.
void tell(char word) {
    ::send(keeper_jinit, &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int keep_members() {
    Members members;
    for (;;) {
        pollfd events[] = {{keeper_jinit, POLLIN, 0}, {members.events(), POLLPRI, 0}};
        if (::poll(events, 2, -1) == -1)
            return 1;
        if (events[0].revents != 0) {
            char question = 0;
            if (::recv(keeper_jinit, &question, 1, 0) != 1)
                return 0;
            tell(members.has_some() ? members_answer_some : members_answer_none);
        }
        if (events[1].revents != 0)
            tell(members.has_some() ? members_now_some : members_now_none);
    }
}

// What the log cannot take, because its disk is full for instance, is lost; what comes later may find room.
// Returns how much it was; 0: nothing more will come.
size_t copy_piece() {
    static char buffer[65536]; // a pipe's whole content
    ssize_t got = ::read(keeper_pipe, buffer, sizeof buffer);
    if (got <= 0)
        return 0;
    try {
        pty::write_all(keeper_log, {buffer, static_cast<size_t>(got)}, "console log");
    } catch (const pty::StepError&) {
    }
    return static_cast<size_t>(got);
}

// What is in the pipe now was printed before the question. False when there will be none any more.
bool answer() {
    char question = 0;
    int waiting = 0;
    if (::recv(keeper_asker, &question, 1, 0) != 1)
        return false;
    if (::ioctl(keeper_pipe, FIONREAD, &waiting) == -1)
        waiting = 0;
    for (size_t copied = 0, piece = 1; copied < static_cast<size_t>(waiting) && piece != 0; copied += piece)
        piece = copy_piece();
    ::send(keeper_asker, &question, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    return true;
}

int copy_log() {
    // Without privilege it has to stay where it is.
    if (::setns(keeper_host_mounts, CLONE_NEWNS) == 0 && ::chdir("/") == -1)
        return 1;
    ::close(keeper_host_mounts);
    for (int asker = keeper_asker;;) {
        pollfd events[] = {{keeper_pipe, POLLIN, 0}, {asker, POLLIN, 0}};
        if (::poll(events, 2, -1) == -1)
            return 1;
        if (events[1].revents != 0 && !answer())
            asker = -1;
        else if (events[1].revents == 0 && copy_piece() == 0)
            return 0;
    }
}

int keep_mounts() {
    pollfd jail{keeper_jail, POLLIN, 0};
    while (::poll(&jail, 1, -1) == -1)
        if (errno != EINTR)
            return 1;
    return 0;
}

} // namespace

int keeper_main(int argc, char** argv) {
    ::prctl(PR_SET_DUMPABLE, 0); // a jail that shares the host's pids sees us, and its root may have our uid
    ::prctl(PR_SET_NAME, "jkeeper"); // executed by descriptor, it is called like that (execveat(2))
    ::setsid();
    ::signal(SIGPIPE, SIG_IGN);
    std::string_view word = argc == 2 ? argv[1] : "";
    if (word == "members")
        return keep_members();
    if (word == "mounts")
        return keep_mounts();
    return word == "log" ? copy_log() : 1;
}

} // namespace jailcore
