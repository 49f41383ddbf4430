// A worker and the test in the monitor's place.
#include "pty/fdpass.hpp"
#include "router/wire/control.hpp"
#include "router/wire/link.hpp"
#include "router/worker/worker.hpp"
#include "tests/unit/asleep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <linux/sockios.h>
#include <poll.h>
#include <set>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

// A worker in a process of its own, ended with this object.
class Worker {
public:
    Worker() {
        pty::SocketPair pair = pty::seqpacket_pair();
        link_ = std::move(pair.ours);
        child_ = ::fork();
        if (child_ == 0) {
            link_.reset();
            ::alarm(90);
            worker::Worker(std::move(pair.theirs)).run();
            ::_exit(0);
        }
    }
    ~Worker() {
        ::kill(child_, SIGCONT);
        link_.reset();
        ::waitpid(child_, nullptr, 0);
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    [[nodiscard]] int link() const { return link_.get(); }

    // It has read all that was written for it, or waits for room to write.
    [[nodiscard]] bool comes_to_rest() const {
        return await_sleep(child_, [this](pid_t process) {
            int unread = -1;
            return sleeps_without_end(process) ||
                   (::ioctl(link_.get(), SIOCOUTQ, &unread) == 0 && unread == 0 && sleeps_in_epoll(process));
        });
    }
    void stop() const {
        ::kill(child_, SIGSTOP);
        ::waitpid(child_, nullptr, WUNTRACED);
    }
    void go_on() const { ::kill(child_, SIGCONT); }

    // Nothing at the worker's end, or after `patience` milliseconds.
    std::optional<wire::LinkId> next(std::vector<char>& bytes, int patience = 30'000) {
        bytes.resize(wire::max_link_message);
        pollfd ready{link_.get(), POLLIN, 0};
        if (::poll(&ready, 1, patience) != 1)
            return std::nullopt;
        pty::Received received = pty::receive_message(link_.get(), bytes);
        if (received.size < static_cast<ssize_t>(sizeof(wire::LinkHeader)))
            return std::nullopt;
        bytes.resize(static_cast<size_t>(received.size));
        return wire::message_from<wire::LinkHeader>(bytes).id;
    }

private:
    pty::UniqueFd link_;
    pid_t child_ = -1;
};

// A client that has sent its request, and its other end.
pty::SocketPair client_with_request() {
    int ends[2];
    EXPECT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    pty::SocketPair pair{pty::UniqueFd(ends[0]), pty::UniqueFd(ends[1])};
    wire::Open open;
    open.verb = "console";
    open.jail = "web";
    std::string request =
        wire::control_frame(wire::ClientMessage(wire::Hello{wire::protocol_version, "test"})) +
        wire::control_frame(wire::ClientMessage(open));
    EXPECT_EQ(static_cast<ssize_t>(request.size()), ::write(pair.ours.get(), request.data(), request.size()));
    return pair;
}

// Messages of 1.3 KB fill the link long before 500 of them, where the monitor has other things to do.
TEST(WorkerLink, LosesNoRequestWhileTheMonitorIsBusy) {
    constexpr uint64_t count = 500;
    Worker worker;
    std::vector<pty::UniqueFd> clients;
    std::set<uint64_t> asked;
    auto take_one = [&](int patience) {
        std::vector<char> bytes;
        auto id = worker.next(bytes, patience);
        if (id == wire::LinkId::open)
            asked.insert(wire::message_from<wire::LinkOpen>(bytes).connection);
        return id.has_value();
    };
    auto send_client = [&] {
        pty::SocketPair client = client_with_request();
        wire::LinkConnection message;
        message.connection = clients.size() + 1;
        std::ranges::copy(wire::Principal(1000).text(), message.principal);
        int fds[] = {client.theirs.get()};
        if (!pty::send_message(worker.link(), wire::bytes_of(message), fds, MSG_DONTWAIT))
            return false;
        clients.push_back(std::move(client.ours));
        return true;
    };
    while (clients.size() < count && send_client())
        ;
    ASSERT_TRUE(worker.comes_to_rest());
    worker.stop();
    while (take_one(0))
        ;
    EXPECT_GT(asked.size(), 0U);
    EXPECT_LT(asked.size(), clients.size()) << "the link was never full";
    worker.go_on();
    // Both directions can be full.
    while (clients.size() < count)
        ASSERT_TRUE(send_client() || take_one(30'000)) << "at client " << clients.size() + 1;
    while (asked.size() < count)
        ASSERT_TRUE(take_one(30'000)) << asked.size() << " requests came";
}

} // namespace
