// Who may stay, what those read who may not, and when one is over.
#include "router/monitor/clients.hpp"
#include "router/monitor/runtime_directory.hpp"
#include "tests/unit/monitor_rig.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using monitor::Client;
using monitor::EventLoop;
using monitor_test::Folder;
using monitor_test::run_until;

const wire::Principal us(::geteuid()), another(::geteuid() + 1);

std::string read_all(int socket) {
    std::string all(4096, '\0');
    ssize_t size = ::recv(socket, all.data(), all.size(), MSG_DONTWAIT);
    all.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return all;
}

// A process that has connected, and does nothing more.
class Caller {
public:
    explicit Caller(const std::string& path) : pid_(::fork()) {
        if (pid_ != 0)
            return;
        int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
            ::pause();
        ::_exit(0);
    }
    ~Caller() { end(); }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;
    void end() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        pid_ = -1;
    }

private:
    pid_t pid_;
};

class Clients : public testing::Test {
protected:
    Clients() {
        serve_as(us);
        int ends[2];
        EXPECT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
        router.reset(ends[0]);
        peer.reset(ends[1]);
    }
    ~Clients() override { clients->close(); }

    void serve_as(wire::Principal principal) {
        clients = std::make_unique<monitor::Clients>(loop, principal, nullptr);
        clients->on_client = [this](uint64_t number, wire::Principal who) {
            EXPECT_EQ(us, who);
            stay.push_back(number);
        };
        clients->on_over = [this](uint64_t number, const Client& client) {
            EXPECT_EQ(nullptr, clients->find(number));
            over.push_back(client.stage);
        };
    }

    EventLoop loop;
    std::unique_ptr<monitor::Clients> clients;
    pty::UniqueFd router, peer;
    std::vector<uint64_t> stay;
    std::vector<Client::Stage> over;
};

TEST_F(Clients, MayStayWhereTheRouterIsTheirs) {
    EXPECT_TRUE(clients->admit(std::move(router)));
    ASSERT_EQ(1U, stay.size());
    const Client* client = clients->find(stay[0], us);
    ASSERT_NE(nullptr, client);
    EXPECT_TRUE(client->is_there());
    EXPECT_EQ(Client::Stage::waiting, client->stage);
    EXPECT_EQ(nullptr, clients->find(stay[0], another)) << "another's worker cannot speak of it";
    EXPECT_TRUE(clients->has_any_of(us));
    EXPECT_FALSE(clients->has_any_of(another));
    EXPECT_EQ("", read_all(peer.get()));
    clients->over(stay[0]);
    EXPECT_EQ(std::vector{Client::Stage::waiting}, over);
    EXPECT_TRUE(clients->empty());
}

TEST_F(Clients, OfAnotherAreToldSoAndLetGo) {
    serve_as(another);
    EXPECT_FALSE(clients->admit(std::move(router)));
    EXPECT_TRUE(stay.empty());
    EXPECT_TRUE(clients->empty());
    std::string frame = read_all(peer.get());
    EXPECT_NE(std::string::npos, frame.find("may not use this router")) << frame;
    char byte;
    EXPECT_EQ(0, ::recv(peer.get(), &byte, 1, MSG_DONTWAIT)) << "the connection ends";
}

TEST_F(Clients, ThatNoWorkerCanTakeAreTold) {
    clients->admit(std::move(router));
    clients->refuse(stay.at(0), "no worker can be started", "look at the log");
    EXPECT_NE(std::string::npos, read_all(peer.get()).find("no worker can be started"));
    EXPECT_TRUE(clients->empty());
    EXPECT_TRUE(over.empty()) << "nobody had it";
}

TEST_F(Clients, OfAWorkerThatHasDiedAreForgottenAndTheOthersWait) {
    clients->admit(std::move(router));
    int ends[2];
    ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    pty::UniqueFd second_peer(ends[1]);
    clients->admit(pty::UniqueFd(ends[0]));
    ASSERT_EQ(2U, stay.size());
    monitor::Clients::serve(*clients->find(stay[0]));
    clients->forget_served(us);
    EXPECT_EQ(nullptr, clients->find(stay[0]));
    EXPECT_NE(nullptr, clients->find(stay[1]));
}

TEST_F(Clients, WhoseProcessEndsAreOverUnlessTheirWorkerHasTheLastWord) {
    Folder folder;
    monitor::RuntimeDirectory directory(folder.path("run/socket"), false);
    clients->listen(directory.listener());
    Caller waits(folder.path("run/socket")), served(folder.path("run/socket"));
    run_until(loop, [&] {
        return stay.size() == 2;
    });
    ASSERT_EQ(2U, stay.size());
    monitor::Clients::serve(*clients->find(stay[0]));
    waits.end();
    served.end();
    run_until(loop, [&] {
        return !over.empty() && !clients->find(stay[0])->is_there();
    });
    EXPECT_EQ(std::vector{Client::Stage::waiting}, over);
    Client* last = clients->find(stay[0]);
    ASSERT_NE(nullptr, last);
    EXPECT_FALSE(last->is_there());
    clients->over(stay[0]);
    EXPECT_EQ((std::vector{Client::Stage::waiting, Client::Stage::served}), over);
}

} // namespace
