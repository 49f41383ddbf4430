#include "bench/harness_systems.hpp"

#include "bench/harness_others.hpp"
#include "bench/harness_served.hpp"

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace bench {
namespace {

namespace fs = std::filesystem;

class Direct : public System {
public:
    explicit Direct(const Fixture& fixture) : fixture_(fixture) {}
    [[nodiscard]] Arguments client(Program program) const override { return on_host(program, fixture_); }

private:
    const Fixture& fixture_;
};

class Nsenter : public System {
public:
    explicit Nsenter(const Fixture& fixture) : fixture_(fixture) {}
    [[nodiscard]] Arguments client(Program program) const override {
        return fixture_.jail.enter(on_host(program, fixture_));
    }

private:
    const Fixture& fixture_;
};

class OneHop : public System {
public:
    explicit OneHop(const Fixture& fixture) : fixture_(fixture) {}
    // Not in the jail: it is the limit for a relay alone, and nsenter's start would be most of its attach.
    [[nodiscard]] Arguments client(Program program) const override {
        return Arguments{(fixture_.programs / "relay-one-hop").string()} + on_host(program, fixture_);
    }

private:
    const Fixture& fixture_;
};

class TwoHop : public ServedInJail {
public:
    explicit TwoHop(const Fixture& fixture)
        : ServedInJail(fixture, "router"), relay_((fixture.programs / "relay-two-hop").string()),
          socket_(fixture.folder / "two-hop") {}
    void start(Program program) override {
        serve_at(socket_, Arguments{relay_, "server", socket_} + on_host(program, fixture_));
    }
    [[nodiscard]] Arguments client(Program) const override { return {relay_, "client", socket_}; }

private:
    std::string relay_;
    std::string socket_;
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
        : ServedInJail(fixture, "router"), mode_(mode),
          socket_(fixture.folder / ("uwsgi-" + std::string(mode.name))) {
        require_program("uwsgi");
    }
    void start(Program program) override {
        serve_at(socket_, {"uwsgi", "--plugins", "corerouter,forkptyrouter", "--master", mode_.router_option,
                           socket_, "--forkptyrouter-command", program_without_arguments(program)});
        // It binds first, and forks the process that serves afterwards.
        wait_for_log("spawned uWSGI forkpty", *server_);
    }
    [[nodiscard]] Arguments client(Program) const override {
        return {"uwsgi", "--plugins", "pty", mode_.client_option, socket_};
    }

private:
    // uWSGI's command takes no arguments, and busybox is a shell by its name.
    [[nodiscard]] std::string program_without_arguments(Program program) const {
        if (program == Program::inside)
            return on_host(program, fixture_).at(0);
        const fs::path shell = fixture_.folder / "sh";
        if (!fs::exists(shell))
            fs::create_symlink("/bin/busybox", shell);
        return shell;
    }

    UwsgiMode mode_;
    std::string socket_;
};

// jconsole through a router of its own, into the namespaces of the jail's first process.
class Jconsole : public System {
public:
    explicit Jconsole(const Fixture& fixture) : Jconsole(fixture, "jrouterd", {}) {
        jail_ = "pid:" + std::to_string(fixture.jail.init());
    }
    [[nodiscard]] Arguments client(Program program) const override {
        return command({"-t", jail_, "--"}) + on_host(program, fixture_);
    }
    void start(Program) override {
        router_ =
            std::make_unique<Background>(Arguments{router_program_, "--socket", socket_}, socket_ + ".log");
        wait_for_socket(socket_, *router_);
    }
    // Not killed: its sessions would be left to their jail.
    void end() override {
        if (router_)
            router_->terminate();
        router_.reset();
    }
    [[nodiscard]] std::vector<Role> roles() override {
        std::vector<Role> result = {{"monitor", router_->pid()}};
        for (pid_t child : children_of(router_->pid()))
            if (command_name(child).starts_with("jworker"))
                result.push_back({"worker", child});
        return result;
    }

protected:
    Jconsole(const Fixture& fixture, const std::string& name, std::string jail)
        : fixture_(fixture), client_((fixture.jconsole / "bin/jconsole").string()),
          router_program_((fixture.jconsole / "sbin/jrouterd").string()),
          socket_(fixture.folder / (name + "/socket")), jail_(std::move(jail)) {
        for (const std::string& program : {client_, router_program_})
            if (!fs::exists(program))
                throw std::runtime_error(program + " is not built");
        fs::create_directory(fixture.folder / name);
    }
    // jconsole with `arguments`, through our router.
    [[nodiscard]] Arguments command(const Arguments& arguments) const {
        return Arguments{client_, "--router", socket_} + arguments;
    }
    const Fixture& fixture_;

private:
    std::string client_;
    std::string router_program_;
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
        ask_router("start");
    }
    // Jails outlive routers: it stands while none of ours runs.
    ~JconsoleJail() override {
        try {
            ask_router("stop");
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
    void ask_router(const std::string& verb) {
        const Started started(*this, Program::shell);
        run_command(command({"-f", configuration(), verb, "bench"}), fixture_.folder / (verb + ".log"));
    }
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
            {"direct", make<Direct>(), true},
            {"direct again (A/A)", make<Direct>(), true},
            {"nsenter", make<Nsenter>()},
            {"bare one-hop", make<OneHop>()},
            {"bare two-hop", make<TwoHop>(), true},
            {"uWSGI raw", make<Uwsgi>(raw_mode), true},
            {"uWSGI uwsgi", make<Uwsgi>(uwsgi_mode)},
            {"jconsole pid:N", make<Jconsole>(), true},
            {"jconsole jail", make<JconsoleJail>(), true},
        };
        for (SystemRow& row : other_systems())
            rows.push_back(std::move(row));
        return rows;
    }();
    return table;
}

} // namespace bench
