#include "bench/harness_systems.hpp"

#include "bench/harness_others.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace bench {
namespace {

namespace fs = std::filesystem;

Arguments command_of(Program program, const Fixture& fixture) {
    if (program == Program::shell)
        return {"/bin/busybox", "sh"};
    return {(fixture.programs / "inside").string()};
}

Arguments operator+(Arguments left, const Arguments& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

size_t index_of(Program program) {
    return program == Program::shell ? 0 : 1;
}

class Direct : public System {
public:
    explicit Direct(const Fixture& fixture) : fixture_(fixture) {}
    [[nodiscard]] Arguments client(Program program) const override { return command_of(program, fixture_); }

private:
    const Fixture& fixture_;
};

class Nsenter : public System {
public:
    explicit Nsenter(const Fixture& fixture) : fixture_(fixture) {}
    [[nodiscard]] Arguments client(Program program) const override {
        return fixture_.jail.enter(command_of(program, fixture_));
    }

private:
    const Fixture& fixture_;
};

class OneHop : public System {
public:
    explicit OneHop(const Fixture& fixture) : fixture_(fixture) {}
    // Not in the jail: it is the limit for a relay alone, and nsenter's start would be most of its attach.
    [[nodiscard]] Arguments client(Program program) const override {
        return Arguments{(fixture_.programs / "relay-one-hop").string()} + command_of(program, fixture_);
    }

private:
    const Fixture& fixture_;
};

// A server in the jail for each program: the servers of this kind are given one fixed command.
class ServedInJail : public System {
public:
    [[nodiscard]] std::vector<Role> roles(Program program) override {
        std::vector<Role> result;
        for (pid_t pid : pids_[index_of(program)])
            result.push_back({"router", pid});
        return result;
    }

protected:
    void serve(Program program, const Arguments& command, const std::string& socket, const Fixture& fixture) {
        auto& server = servers_[index_of(program)];
        server = std::make_unique<Background>(fixture.jail.enter(command), socket + ".log");
        wait_for_socket(socket, *server);
        sleep_seconds(0.2); // uWSGI binds first and forks the process that serves afterwards
        pids_[index_of(program)] = descendants_of(server->pid());
    }

private:
    std::array<std::unique_ptr<Background>, 2> servers_;
    std::array<std::vector<pid_t>, 2> pids_;
};

class TwoHop : public ServedInJail {
public:
    explicit TwoHop(const Fixture& fixture)
        : relay_((fixture.programs / "relay-two-hop").string()), sockets_{fixture.folder / "two-hop-shell",
                                                                          fixture.folder / "two-hop-inside"} {
        for (Program program : {Program::shell, Program::inside}) {
            const std::string& socket = sockets_[index_of(program)];
            serve(program, Arguments{relay_, "server", socket} + command_of(program, fixture), socket,
                  fixture);
        }
    }
    [[nodiscard]] Arguments client(Program program) const override {
        return {relay_, "client", sockets_[index_of(program)]};
    }

private:
    std::string relay_;
    std::array<std::string, 2> sockets_;
};

struct UwsgiMode {
    const char* name;
    const char* router_option;
    const char* client_option;
};
constexpr UwsgiMode raw_mode{"raw", "--forkpty-router", "--pty-connect"};
constexpr UwsgiMode uwsgi_mode{"uwsgi", "--forkpty-urouter", "--pty-uconnect"};

class Uwsgi : public ServedInJail {
public:
    Uwsgi(const Fixture& fixture, const UwsgiMode& mode)
        : mode_(mode), sockets_{fixture.folder / ("uwsgi-shell-" + std::string(mode.name)),
                                fixture.folder / ("uwsgi-inside-" + std::string(mode.name))} {
        for (Program program : {Program::shell, Program::inside}) {
            const std::string& socket = sockets_[index_of(program)];
            serve(program,
                  {"uwsgi", "--plugins", "corerouter,forkptyrouter", "--master", mode.router_option, socket,
                   "--forkptyrouter-command", program_without_arguments(program, fixture)},
                  socket, fixture);
        }
    }
    [[nodiscard]] Arguments client(Program program) const override {
        return {"uwsgi", "--plugins", "pty", mode_.client_option, sockets_[index_of(program)]};
    }

private:
    // uWSGI's command takes no arguments, and busybox is a shell by its name.
    static std::string program_without_arguments(Program program, const Fixture& fixture) {
        if (program == Program::inside)
            return command_of(program, fixture).at(0);
        const fs::path shell = fixture.folder / "sh";
        if (!fs::exists(shell))
            fs::create_symlink("/bin/busybox", shell);
        return shell;
    }

    UwsgiMode mode_;
    std::array<std::string, 2> sockets_;
};

// jconsole through a router of its own, into the namespaces of the jail's first process.
class Jconsole : public System {
public:
    explicit Jconsole(const Fixture& fixture) : Jconsole(fixture, "jrouterd", {}) {
        jail_ = "pid:" + std::to_string(fixture.jail.init());
    }
    [[nodiscard]] Arguments client(Program program) const override {
        return command({"-t", jail_, "--"}) + command_of(program, fixture_);
    }
    [[nodiscard]] std::vector<Role> roles(Program) override {
        std::vector<Role> result = {{"monitor", router_->pid()}};
        for (pid_t child : children_of(router_->pid()))
            if (command_name(child).starts_with("jworker"))
                result.push_back({"worker", child});
        return result;
    }

protected:
    Jconsole(const Fixture& fixture, const std::string& name, std::string jail)
        : fixture_(fixture), client_((fixture.jconsole / "bin/jconsole").string()),
          socket_(fixture.folder / (name + "/socket")), jail_(std::move(jail)) {
        const std::string router = (fixture.jconsole / "sbin/jrouterd").string();
        for (const std::string& program : {client_, router})
            if (!fs::exists(program))
                throw std::runtime_error(program + " is not built");
        fs::create_directory(fixture.folder / name);
        router_ = std::make_unique<Background>(Arguments{router, "--socket", socket_}, socket_ + ".log");
        wait_for_socket(socket_, *router_);
    }
    // jconsole with `arguments`, through our router.
    [[nodiscard]] Arguments command(const Arguments& arguments) const {
        return Arguments{client_, "--router", socket_} + arguments;
    }
    const Fixture& fixture_;

private:
    std::string client_;
    std::string socket_;
    std::string jail_;
    std::unique_ptr<Background> router_;
};

// jconsole into a jail that it started: a busybox root with everything that the demo's jail has.
class JconsoleJail : public Jconsole {
public:
    explicit JconsoleJail(const Fixture& fixture) : Jconsole(fixture, "jrouterd-jail", "bench") {
        const std::string root = make_root(fixture, "root");
        std::ofstream(configuration()) << "bench { path = \"" << root << "\""
                                       << "; host.hostname = bench.jail;"
                                       << " mount.devfs; mount.procfs; persist;"
                                       << " linux.pty_max = " << most + 64 << "; }\n";
        run_command(command({"-f", configuration(), "start", "bench"}), fixture.folder / "start.log");
    }
    // Not left to the end of its router: jails outlive routers.
    ~JconsoleJail() override {
        try {
            run_command(command({"-f", configuration(), "stop", "bench"}), fixture_.folder / "stop.log");
        } catch (const std::exception& error) {
            std::fprintf(stderr, "jconsole-bench: %s\n", error.what());
        }
    }
    JconsoleJail(const JconsoleJail&) = delete;
    JconsoleJail& operator=(const JconsoleJail&) = delete;
    [[nodiscard]] Arguments client(Program program) const override {
        const Arguments inside = {"/bin/inside"}, shell = {"/bin/busybox", "sh"};
        return command({"-t", "bench", "--"}) + (program == Program::shell ? shell : inside);
    }
    [[nodiscard]] size_t most_sessions() const override { return most; }

private:
    static constexpr size_t most = 1000;
    [[nodiscard]] std::string configuration() const { return fixture_.folder / "jail.conf"; }
};

template <class Kind, class... Extra>
std::function<std::unique_ptr<System>(const Fixture&)> make(Extra... extra) {
    return [extra...](const Fixture& fixture) {
        return std::make_unique<Kind>(fixture, extra...);
    };
}

} // namespace

const std::vector<SystemRow>& system_table() {
    static const std::vector<SystemRow> table = [] {
        std::vector<SystemRow> rows = {
            {"direct", make<Direct>()},
            {"direct again (A/A)", make<Direct>()},
            {"nsenter", make<Nsenter>()},
            {"bare one-hop", make<OneHop>()},
            {"bare two-hop", make<TwoHop>()},
            {"uWSGI raw", make<Uwsgi>(raw_mode)},
            {"uWSGI uwsgi", make<Uwsgi>(uwsgi_mode)},
            {"jconsole pid:N", make<Jconsole>()},
            {"jconsole jail", make<JconsoleJail>()},
        };
        for (SystemRow& row : other_systems())
            rows.push_back(std::move(row));
        return rows;
    }();
    return table;
}

} // namespace bench
