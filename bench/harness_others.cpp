#include "bench/harness_others.hpp"

#include "bench/harness_served.hpp"
#include "pty/json.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bench {
namespace {

namespace fs = std::filesystem;
using pty::Json;

void require_root() {
    if (::geteuid() != 0)
        throw std::runtime_error("needs root");
}

Arguments in_root(Program program) {
    return program == Program::shell ? Arguments{"/bin/busybox", "sh"} : Arguments{"/bin/inside"};
}

std::string joined(const Arguments& words) {
    std::string text;
    for (const std::string& word : words)
        text.append(text.empty() ? "" : " ").append(word);
    return text;
}

// A listener that forks for each client, in the jail; a client that makes the terminal raw.
class Socat : public ServedInJail {
public:
    explicit Socat(const Fixture& fixture)
        : ServedInJail(fixture, "socat"), socket_(fixture.folder / "socat") {
        require_program("socat");
    }
    void start(Program program) override {
        serve_at(socket_, {"socat", "UNIX-LISTEN:" + socket_ + ",fork",
                           "EXEC:\"" + joined(on_host(program, fixture_)) + "\",pty,setsid,ctty,stderr"});
    }
    [[nodiscard]] Arguments client(Program) const override {
        return {"socat", "-,rawer", "UNIX-CONNECT:" + socket_};
    }

private:
    std::string socket_;
};

// A session of its own for each client, in the jail. It stays behind when its client goes, as dtach is made
// to: the jail's first process inherits it.
class Dtach : public System {
public:
    explicit Dtach(const Fixture& fixture) : fixture_(fixture) { require_program("dtach"); }
    void end() override {
        for (pid_t pid : children_of(fixture_.jail.init()))
            if (command_name(pid) == "dtach")
                ::kill(pid, SIGKILL);
    }
    [[nodiscard]] Arguments client(Program program) const override {
        const std::string socket = fixture_.folder / ("dtach-" + std::to_string(++sessions_));
        return fixture_.jail.enter(Arguments{"dtach", "-c", socket, "-E", "-z"} + on_host(program, fixture_));
    }

private:
    const Fixture& fixture_;
    mutable size_t sessions_ = 0;
};

// One server in the jail; a session of its own for each client, which ends with it.
class Tmux : public ServedInJail {
public:
    explicit Tmux(const Fixture& fixture)
        : ServedInJail(fixture, "server"), socket_(fixture.folder / "tmux"),
          configuration_(fixture.folder / "tmux.conf") {
        require_program("tmux");
        std::ofstream(configuration_) << "set -g destroy-unattached on\nset -g status off\n";
    }
    void start(Program) override { serve_at(socket_, {"tmux", "-D", "-S", socket_, "-f", configuration_}); }
    [[nodiscard]] Arguments client(Program program) const override {
        return Arguments{"tmux", "-S", socket_, "new-session"} + on_host(program, fixture_);
    }
    [[nodiscard]] bool passes_bytes() const override { return false; }

private:
    std::string socket_;
    std::string configuration_;
};

bool same_file(const std::string& left, const std::string& right) {
    struct stat first = {}, second = {};
    return ::stat(left.c_str(), &first) == 0 && ::stat(right.c_str(), &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

// A server for each client, in the jail, which ends with it.
class Screen : public System {
public:
    explicit Screen(const Fixture& fixture) : fixture_(fixture), configuration_(fixture.folder / "screenrc") {
        require_program("screen");
        // Its server sets the mode of /proc/self/fd/0 as if that were a terminal: there it is /dev/null.
        if (::geteuid() == 0 &&
            same_file("/dev/null", "/proc/" + std::to_string(fixture.jail.init()) + "/root/dev/null"))
            throw std::runtime_error("it would change the mode of the host's /dev/null");
        const std::string folder = fixture.folder / "screen";
        fs::create_directory(folder);
        fs::permissions(folder, fs::perms::owner_all);
        directory_ = "SCREENDIR=" + folder;
        std::ofstream(configuration_) << "autodetach off\nstartup_message off\n";
    }
    [[nodiscard]] Arguments client(Program program) const override {
        return fixture_.jail.enter(Arguments{"env", directory_, "screen", "-c", configuration_} +
                                   on_host(program, fixture_));
    }
    [[nodiscard]] bool passes_bytes() const override { return false; }

private:
    const Fixture& fixture_;
    std::string configuration_;
    std::string directory_;
};

int free_port() {
    pty::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* name = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket.get(), name, size) != 0 || ::getsockname(socket.get(), name, &size) != 0)
        throw std::runtime_error("no port is free");
    return ntohs(address.sin_port);
}

// sshd in the jail, with keys of its own; every client is a connection of its own.
class Sshd : public ServedInJail {
public:
    explicit Sshd(const Fixture& fixture)
        : ServedInJail(fixture, "sshd"), configuration_(fixture.folder / "ssh_config") {
        for (const char* program : {"sshd", "ssh", "ssh-keygen"})
            require_program(program);
        require_root();
        make_keys();
        made_folder_ = fs::create_directory(privilege_folder);
    }
    ~Sshd() override {
        std::error_code ignored;
        if (made_folder_)
            fs::remove(privilege_folder, ignored);
    }
    Sshd(const Sshd&) = delete;
    Sshd& operator=(const Sshd&) = delete;
    void start(Program) override {
        // It wants to be called by its whole path, so that it can execute itself anew.
        serve({"/usr/sbin/sshd", "-D", "-e", "-f", fixture_.folder / "sshd_config"},
              fixture_.folder / "sshd.log");
        wait_for_log("Server listening", *server_);
    }
    [[nodiscard]] Arguments client(Program program) const override {
        return Arguments{"ssh", "-F", configuration_, "-tt", "bench"} + on_host(program, fixture_);
    }

private:
    static constexpr const char* privilege_folder = "/run/sshd"; // where its unprivileged half is confined

    void make_keys() {
        const std::string host = fixture_.folder / "host_key", user = fixture_.folder / "user_key";
        for (const std::string& key : {host, user})
            run_command({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key}, key + ".log");
        const std::string port = std::to_string(free_port());
        std::ofstream(fixture_.folder / "sshd_config")
            << "Port " << port << "\nListenAddress 127.0.0.1\nHostKey " << host << "\nAuthorizedKeysFile "
            << user
            << ".pub\nPermitRootLogin prohibit-password\nPasswordAuthentication no\nUsePAM no\nStrictModes "
               "no\n"
            << "PidFile none\nPrintMotd no\nPrintLastLog no\nMaxStartups 100\n";
        std::ofstream(configuration_)
            << "Host bench\n HostName 127.0.0.1\n Port " << port << "\n IdentityFile " << user
            << "\n IdentitiesOnly yes\n StrictHostKeyChecking no\n"
            << " UserKnownHostsFile /dev/null\n LogLevel ERROR\n";
    }

    std::string configuration_;
    bool made_folder_ = false;
};

// A container of lxc's, with the same root as jconsole's own jail.
class LxcAttach : public System {
public:
    explicit LxcAttach(const Fixture& fixture)
        : folder_(fixture.folder / "lxc"), configuration_(folder_ + "/bench/config") {
        for (const char* program : {"lxc-start", "lxc-wait", "lxc-attach"})
            require_program(program);
        require_root();
        const std::string root = make_root(fixture, "lxc-root");
        fs::create_directories(folder_ + "/bench");
        std::ofstream(configuration_)
            << "lxc.rootfs.path = dir:" << root
            << "\nlxc.uts.name = bench\nlxc.net.0.type = none\nlxc.mount.auto = proc\n"
            << "lxc.autodev = 1\nlxc.pty.max = 1024\n"
            << "lxc.init.cmd = /bin/busybox sleep 1000000\n";
    }
    ~LxcAttach() override { LxcAttach::end(); }
    LxcAttach(const LxcAttach&) = delete;
    LxcAttach& operator=(const LxcAttach&) = delete;
    // What starts the container also answers each lxc-attach.
    void start(Program) override {
        container_ = std::make_unique<Background>(
            Arguments{"lxc-start", "-F", "-P", folder_, "-n", "bench", "-f", configuration_},
            folder_ + "/log");
        try {
            run_command({"lxc-wait", "-P", folder_, "-n", "bench", "-s", "RUNNING", "-t", "10"},
                        folder_ + "/wait");
        } catch (const std::exception&) {
            throw std::runtime_error("did not start: " + container_->log());
        }
    }
    void end() override {
        if (!container_)
            return;
        try {
            run_command({"lxc-stop", "-k", "-P", folder_, "-n", "bench"}, folder_ + "/stop");
        } catch (const std::exception& error) {
            std::fprintf(stderr, "jconsole-bench: %s\n", error.what());
        }
        container_.reset();
    }
    [[nodiscard]] Arguments client(Program program) const override {
        return Arguments{"lxc-attach", "-P", folder_, "-n", "bench", "--"} + in_root(program);
    }

private:
    std::string folder_;
    std::string configuration_;
    std::unique_ptr<Background> container_;
};

// A container of runc's, with the same root as jconsole's own jail.
class RuncExec : public System {
public:
    explicit RuncExec(const Fixture& fixture) : state_(fixture.folder / "runc-state") {
        require_program("runc");
        require_root();
        const std::string bundle = fixture.folder / "runc";
        fs::create_directories(bundle);
        run_command({"runc", "spec", "--bundle", bundle}, bundle + "/log");
        write_configuration(bundle + "/config.json", make_root(fixture, "runc-root"));
        run_command({"runc", "--root", state_, "run", "--detach", "--bundle", bundle, name_},
                    bundle + "/log");
    }
    ~RuncExec() override {
        try {
            run_command({"runc", "--root", state_, "delete", "--force", name_}, state_ + "/log");
        } catch (const std::exception& error) {
            std::fprintf(stderr, "jconsole-bench: %s\n", error.what());
        }
    }
    RuncExec(const RuncExec&) = delete;
    RuncExec& operator=(const RuncExec&) = delete;
    [[nodiscard]] Arguments client(Program program) const override {
        return Arguments{"runc", "--root", state_, "exec", "--tty", name_} + in_root(program);
    }

private:
    static void write_configuration(const std::string& path, const std::string& root) {
        std::ifstream file(path);
        std::string text(std::istreambuf_iterator<char>(file), {});
        Json configuration = Json::parse(text).value();
        Json process = configuration.at("process");
        process.set("terminal", false);
        process.set("args", std::vector<std::string>{"/bin/busybox", "sleep", "1000000"});
        configuration.set("process", std::move(process));
        configuration.set("root", Json::object({{"path", root}, {"readonly", false}}));
        std::ofstream(path) << configuration.utf8_text();
    }

    std::string state_;
    std::string name_ = "jconsole-bench-" + std::to_string(::getpid());
};

template <class Kind>
SystemRow row(const char* name) {
    return {name, [](const Fixture& fixture) -> std::unique_ptr<System> {
                return std::make_unique<Kind>(fixture);
            }};
}

} // namespace

std::vector<SystemRow> other_systems() {
    return {row<Socat>("socat"),       row<Dtach>("dtach"), row<Tmux>("tmux"),
            row<Screen>("screen"),     row<Sshd>("sshd"),   row<LxcAttach>("lxc-attach"),
            row<RuncExec>("runc exec")};
}

} // namespace bench
