#include "bench/harness_others.hpp"

#include <cstdio>
#include <fstream>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bench {
namespace {

namespace fs = std::filesystem;

// Throws where no such program is in the PATH that every program of the benchmark gets.
void require_program(const std::string& name) {
    for (const std::string& variable : environment()) {
        if (!variable.starts_with("PATH="))
            continue;
        std::istringstream folders(variable.substr(5));
        for (std::string folder; std::getline(folders, folder, ':');)
            if (::access((fs::path(folder) / name).c_str(), X_OK) == 0)
                return;
    }
    throw std::runtime_error(name + " is not installed");
}

void require_root() {
    if (::geteuid() != 0)
        throw std::runtime_error("needs root");
}

Arguments on_host(Program program, const Fixture& fixture) {
    if (program == Program::shell)
        return {"/bin/busybox", "sh"};
    return {(fixture.programs / "inside").string()};
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

Arguments operator+(Arguments left, const Arguments& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

// The processes below `server` that are none of the programs that the sessions run.
std::vector<Role> roles_below(const char* name, pid_t server) {
    std::vector<Role> result;
    for (pid_t pid : descendants_of(server)) {
        const std::string command = command_name(pid);
        if (command != "busybox" && command != "sh" && command != "inside")
            result.push_back({name, pid});
    }
    return result;
}

// A listener that forks for each client, in the jail; a client that makes the terminal raw.
class Socat : public System {
public:
    explicit Socat(const Fixture& fixture)
        : sockets_{fixture.folder / "socat-shell", fixture.folder / "socat-inside"} {
        require_program("socat");
        for (Program program : {Program::shell, Program::inside}) {
            const std::string& socket = sockets_[index(program)];
            auto& server = servers_[index(program)];
            server = std::make_unique<Background>(
                fixture.jail.enter(
                    {"socat", "UNIX-LISTEN:" + socket + ",fork",
                     "EXEC:\"" + joined(on_host(program, fixture)) + "\",pty,setsid,ctty,stderr"}),
                socket + ".log");
            wait_for_socket(socket, *server);
        }
    }
    [[nodiscard]] Arguments client(Program program) const override {
        return {"socat", "-,rawer", "UNIX-CONNECT:" + sockets_[index(program)]};
    }
    [[nodiscard]] std::vector<Role> roles(Program program) override {
        return roles_below("socat", servers_[index(program)]->pid());
    }

private:
    static size_t index(Program program) { return program == Program::shell ? 0 : 1; }
    std::string sockets_[2];
    std::unique_ptr<Background> servers_[2];
};

// A session of its own for each client, in the jail. It stays behind when its client goes, as dtach is made
// to; the jail's end ends it.
class Dtach : public System {
public:
    explicit Dtach(const Fixture& fixture) : fixture_(fixture) { require_program("dtach"); }
    [[nodiscard]] Arguments client(Program program) const override {
        const std::string socket = fixture_.folder / ("dtach-" + std::to_string(++sessions_));
        return fixture_.jail.enter(Arguments{"dtach", "-c", socket, "-E", "-z"} + on_host(program, fixture_));
    }

private:
    const Fixture& fixture_;
    mutable size_t sessions_ = 0;
};

// One server in the jail; a session of its own for each client, which ends with it.
class Tmux : public System {
public:
    explicit Tmux(const Fixture& fixture) : fixture_(fixture), socket_(fixture.folder / "tmux") {
        require_program("tmux");
        const std::string configuration = fixture.folder / "tmux.conf";
        std::ofstream(configuration) << "set -g destroy-unattached on\nset -g status off\n";
        server_ = std::make_unique<Background>(
            fixture.jail.enter({"tmux", "-D", "-S", socket_, "-f", configuration}), socket_ + ".log");
        wait_for_socket(socket_, *server_);
    }
    [[nodiscard]] Arguments client(Program program) const override {
        return Arguments{"tmux", "-S", socket_, "new-session"} + on_host(program, fixture_);
    }
    [[nodiscard]] bool passes_bytes() const override { return false; }
    [[nodiscard]] std::vector<Role> roles(Program) override { return roles_below("server", server_->pid()); }

private:
    const Fixture& fixture_;
    std::string socket_;
    std::unique_ptr<Background> server_;
};

bool same_file(const std::string& left, const std::string& right) {
    struct stat first {
    }, second{};
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
class Sshd : public System {
public:
    explicit Sshd(const Fixture& fixture) : fixture_(fixture), configuration_(fixture.folder / "ssh_config") {
        for (const char* program : {"sshd", "ssh", "ssh-keygen"})
            require_program(program);
        require_root();
        make_keys();
        const std::string log = fixture.folder / "sshd.log";
        made_folder_ = fs::create_directory(privilege_folder);
        // It wants to be called by its whole path, so that it can execute itself anew.
        server_ = std::make_unique<Background>(
            fixture.jail.enter({"/usr/sbin/sshd", "-D", "-e", "-f", fixture.folder / "sshd_config"}), log);
        for (int tries = 0; server_->log().find("Server listening") == std::string::npos; ++tries) {
            if (!server_->running() || tries == 500)
                throw std::runtime_error("did not start: " + server_->log());
            sleep_seconds(0.01);
        }
    }
    ~Sshd() override {
        std::error_code ignored;
        if (made_folder_)
            fs::remove(privilege_folder, ignored);
    }
    Sshd(const Sshd&) = delete;
    Sshd& operator=(const Sshd&) = delete;
    [[nodiscard]] Arguments client(Program program) const override {
        return Arguments{"ssh", "-F", configuration_, "-tt", "bench"} + on_host(program, fixture_);
    }
    [[nodiscard]] std::vector<Role> roles(Program) override { return roles_below("sshd", server_->pid()); }

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

    const Fixture& fixture_;
    std::string configuration_;
    bool made_folder_ = false;
    std::unique_ptr<Background> server_;
};

// A container of lxc's, with the same root as jconsole's own jail.
class LxcAttach : public System {
public:
    explicit LxcAttach(const Fixture& fixture) : folder_(fixture.folder / "lxc") {
        for (const char* program : {"lxc-start", "lxc-wait", "lxc-attach"})
            require_program(program);
        require_root();
        const std::string root = make_root(fixture, "lxc-root"), configuration = folder_ + "/bench/config";
        fs::create_directories(folder_ + "/bench");
        std::ofstream(configuration)
            << "lxc.rootfs.path = dir:" << root
            << "\nlxc.uts.name = bench\nlxc.net.0.type = none\nlxc.mount.auto = proc\n"
            << "lxc.autodev = 1\nlxc.pty.max = 1024\n"
            << "lxc.init.cmd = /bin/busybox sleep 1000000\n";
        container_ = std::make_unique<Background>(
            Arguments{"lxc-start", "-F", "-P", folder_, "-n", "bench", "-f", configuration},
            folder_ + "/log");
        try {
            run_command({"lxc-wait", "-P", folder_, "-n", "bench", "-s", "RUNNING", "-t", "10"},
                        folder_ + "/wait");
        } catch (const std::exception&) {
            end();
            throw std::runtime_error("did not start: " + container_->log());
        }
    }
    ~LxcAttach() override { end(); }
    LxcAttach(const LxcAttach&) = delete;
    LxcAttach& operator=(const LxcAttach&) = delete;
    [[nodiscard]] Arguments client(Program program) const override {
        return Arguments{"lxc-attach", "-P", folder_, "-n", "bench", "--"} + in_root(program);
    }

private:
    void end() {
        try {
            run_command({"lxc-stop", "-k", "-P", folder_, "-n", "bench"}, folder_ + "/stop");
        } catch (const std::exception& error) {
            std::fprintf(stderr, "jconsole-bench: %s\n", error.what());
        }
    }
    std::string folder_;
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
        nlohmann::json configuration = nlohmann::json::parse(std::ifstream(path));
        configuration["process"]["terminal"] = false;
        configuration["process"]["args"] = {"/bin/busybox", "sleep", "1000000"};
        configuration["root"] = {{"path", root}, {"readonly", false}};
        std::ofstream(path) << configuration;
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
