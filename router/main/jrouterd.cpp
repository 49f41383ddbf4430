// jrouterd: the console router's monitor. See jrouterd(8).
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"
#include "pty/own_program.hpp"
#include "router/main/inheritance.hpp"
#include "router/monitor/log.hpp"
#include "router/monitor/monitor.hpp"
#include "router/monitor/orphans.hpp"
#include "router/wire/meeting.hpp"

#include <boost/program_options.hpp>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <libutil.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

namespace options = boost::program_options;

struct Arguments {
    monitor::Settings settings;
    bool debug = false;
    bool daemon = false;
};

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::string default_socket() {
    if (::geteuid() == 0)
        return std::string(wire::system_socket);
    std::string runtime = environment("XDG_RUNTIME_DIR");
    if (!runtime.empty())
        return runtime + "/jconsole/socket";
    return "/tmp/jconsole-" + std::to_string(::geteuid()) + "/socket";
}

std::string default_config() {
    if (::geteuid() == 0)
        return std::string(wire::system_configuration) + "/jail.conf";
    std::string folder = environment("XDG_CONFIG_HOME");
    return (folder.empty() ? environment("HOME") + "/.config" : folder) + "/jconsole/jail.conf";
}

// The file `name` in the folder of the socket.
std::string beside(const std::string& socket, const char* name) {
    return socket.substr(0, socket.rfind('/') + 1) + name;
}

// Nothing: help was asked for and given.
std::optional<Arguments> parse(int argc, char** argv) {
    Arguments arguments;
    options::options_description description("jrouterd, the console router for jails: options");
    auto add = description.add_options();
    add("socket", options::value(&arguments.settings.socket)->default_value(default_socket()), "listen here");
    add("config,f", options::value(&arguments.settings.config)->default_value(default_config()),
        "the jails' configuration");
    add("daemon", options::bool_switch(&arguments.daemon), "go to the background once it listens");
    add("idle-exit", options::bool_switch(&arguments.settings.idle_exit),
        "end when there is no client, session or jail");
    add("debug", options::bool_switch(&arguments.debug),
        "log each change of a session's, worker's or jail's state");
    add("help,h", "show this");
    options::variables_map values;
    options::store(options::command_line_parser(argc, argv).options(description).positional({}).run(),
                   values);
    options::notify(values);
    if (values.count("help") != 0) {
        std::cout << description;
        return std::nullopt;
    }
    arguments.settings.socket = std::filesystem::absolute(arguments.settings.socket).string();
    arguments.settings.config = std::filesystem::absolute(arguments.settings.config).string();
    if (arguments.daemon)
        arguments.settings.log = beside(arguments.settings.socket, "state/log");
    std::filesystem::path installation =
        std::filesystem::path(pty::own_program()).parent_path().parent_path();
    arguments.settings.libexec = (installation / "libexec/jconsole").string();
    return arguments;
}

// Who the router is, for scripts: `jrouterd.pid` beside the socket, a file that is new each time. The lock on
// it that pidfile(3) takes says nothing: whoever may read a file may lock it (flock(2)), so that one of a
// router that was killed is removed first, and the new one can be read once it is locked. That there is one
// router is seen to by RuntimeDirectory.
class PidFile {
public:
    explicit PidFile(const std::string& socket) {
        std::string path = beside(socket, "jrouterd.pid");
        ::unlink(path.c_str());
        file_ = ::pidfile_open(path.c_str(), 0600, nullptr);
        if (file_ == nullptr)
            throw pty::StepError(errno, "pid file", path);
        ::fchmod(::pidfile_fileno(file_), 0644);
        ::fcntl(::pidfile_fileno(file_), F_SETFD, FD_CLOEXEC);
    }
    ~PidFile() { ::pidfile_remove(file_); }
    PidFile(const PidFile&) = delete;
    PidFile& operator=(const PidFile&) = delete;
    // A line, as shells read it, which pidfile_write(3) does not write. A router
    // whose disk is full is of more use than none.
    void write() {
        std::string line = std::to_string(::getpid()) + "\n";
        if (kernel::write(::pidfile_fileno(file_), line.data(), line.size()) == -1)
            monitor::log::warn(std::string("its pid file cannot be written: ") +
                               pty::StepError(errno, "write", "jrouterd.pid").what());
    }

private:
    pidfh* file_ = nullptr;
};

// The process that was called leaves when the daemon listens and its number can be read, so that whoever
// called can connect, or look for it, at once.
class Background {
public:
    // Before anything is opened that a fork would not leave to the daemon: on FreeBSD a kqueue is none's but
    // its maker's. What the daemon complains of is still seen.
    Background() : ready_(pty::make_pipe()) {
        if (pty::check(::fork(), "fork") > 0) {
            ready_.write.reset();
            char byte = 0;
            ::_exit(kernel::read(ready_.read.get(), &byte, 1) == 1 ? 0 : 1);
        }
        pty::check(::daemon(0, 1), "daemon");
    }
    void listens() {
        pty::UniqueFd nothing(pty::check(kernel::open("/dev/null", O_RDWR), "open", "/dev/null"));
        for (int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
            pty::check(::dup2(nothing.get(), standard), "dup2", "/dev/null");
        kernel::write(ready_.write.get(), "r", 1);
        ready_ = {};
    }

private:
    pty::Pipe ready_;
};

} // namespace

int main(int argc, char** argv) {
    // On demand it is executed by descriptor, and would be called like that.
    ::pthread_setname_np(::pthread_self(), "jrouterd");
    try {
        auto arguments = parse(argc, argv);
        if (!arguments)
            return 0;
        // Whatever we were started with stays ours: nothing inherited reaches a helper or a jail.
        ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        for (const std::string& note : inheritance::give_up({arguments->settings.socket, !arguments->daemon}))
            std::fprintf(stderr, "jrouterd: %s\n", note.c_str());
        if (arguments->debug)
            monitor::log::show_debug();
        std::optional<Background> background;
        if (arguments->daemon)
            background.emplace();
        monitor::Monitor monitor(arguments->settings);
        PidFile pid_file(arguments->settings.socket);
        if (arguments->daemon)
            monitor::log::to_file(arguments->settings.log);
        pid_file.write();
        if (background)
            background->listens();
        monitor::adopt_orphans();
        monitor.run();
        return 0;
    } catch (const pty::StepError& error) {
        bool locked = std::string_view(error.step()) == "lock";
        std::fprintf(stderr, "jrouterd: %s%s\n", error.what(),
                     locked ? "; another router is running there" : "");
        return 1;
    } catch (const inheritance::Refusal& refusal) {
        std::fprintf(stderr, "jrouterd: %s\n", refusal.what());
        return 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "jrouterd: %s; see jrouterd --help\n", error.what());
        return 1;
    }
}
