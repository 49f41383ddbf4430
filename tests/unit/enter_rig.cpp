#include "tests/unit/enter_rig.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/linux/program_copies.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/memfd.hpp"
#include "pty/spawn.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace enter_test {
namespace {

using pty::check;

constexpr const char* staging = "/tmp";
constexpr std::array applets{"sh",     "cat",      "chmod",  "cut",   "echo",  "env",  "grep",   "hostname",
                             "id",     "kill",     "ls",     "mkdir", "mount", "nice", "ps",     "pwd",
                             "printf", "readlink", "sed",    "sleep", "stat",  "stty", "tail",   "test",
                             "true",   "tty",      "ulimit", "umask", "wc",    "head", "umount", "ln",
                             "rm",     "tr",       "seq",    "touch", "mknod"};

void make_programs() {
    pty::UniqueFd source(check(::open("/bin/busybox", O_RDONLY | O_CLOEXEC), "open", "busybox"));
    std::string program = pty::read_all(source.get(), "busybox");
    std::string bin = std::string(staging) + "/bin/";
    ::mkdir(bin.c_str(), 0755);
    pty::UniqueFd copy(
        check(::open((bin + "busybox").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0755), "open", "busybox"));
    pty::write_all(copy.get(), program, "busybox");
    for (const char* applet : applets)
        check(::symlink("busybox", (bin + applet).c_str()), "symlink", applet);
}

void make_device(const std::string& name) {
    std::string host = "/dev/" + name;
    std::string path = staging + host;
    struct stat facts = {};
    check(::stat(host.c_str(), &facts), "stat", host);
    if (::mknod(path.c_str(), S_IFCHR | 0666, facts.st_rdev) == 0) {
        ::chmod(path.c_str(), 0666);
        return;
    }
    write_file(path, "");
    check(::mount(host.c_str(), path.c_str(), nullptr, MS_BIND, nullptr), "bind", host);
}

void make_devices() {
    for (const char* name : {"null", "zero", "urandom", "tty"})
        make_device(name);
    std::string pts = std::string(staging) + "/dev/pts";
    check(::mkdir(pts.c_str(), 0755), "mkdir", pts);
    if (::mount("devpts", pts.c_str(), "devpts", 0, "newinstance,ptmxmode=0666,mode=620,gid=5") == -1)
        check(::mount("devpts", pts.c_str(), "devpts", 0, "newinstance,ptmxmode=0666,mode=620"), "mount",
              "devpts");
    int number = 0;
    for (const char* name : {"stdin", "stdout", "stderr"}) {
        std::string target = "/proc/self/fd/" + std::to_string(number++);
        check(::symlink(target.c_str(), (std::string(staging) + "/dev/" + name).c_str()), "symlink", name);
    }
    check(::symlink("pts/ptmx", (std::string(staging) + "/dev/ptmx").c_str()), "symlink", "ptmx");
}

void make_root(const JailOptions& options) {
    if (!options.chroot)
        check(::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private", "/");
    if (!options.own_root)
        return;
    check(::mount("root", staging, "tmpfs", 0, "mode=755"), "mount", staging);
    make_programs();
    std::string root(staging);
    for (const char* folder : {"/dev", "/etc", "/proc", "/root", "/home", "/home/alice", "/tmp"})
        check(::mkdir((root + folder).c_str(), 0755), "mkdir", folder);
    write_file(root + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n"
                                     "gone:x:1001:1001::/nowhere:/bin/missing\n");
    write_file(root + "/etc/group", "root:x:0:\ntty:x:5:\ngames:x:60:alice\nalice:x:1000:\n");
    if (options.devices)
        make_devices();
    check(::mount("proc", (root + "/proc").c_str(), "proc", 0, nullptr), "mount", "proc");
    if (options.stage)
        options.stage(staging);
    check(::chdir(staging), "chdir", staging);
    if (options.chroot) {
        check(::chroot("."), "chroot", staging);
        return;
    }
    check(static_cast<int>(::syscall(SYS_pivot_root, ".", ".")), "pivot_root");
    check(::umount2(".", MNT_DETACH), "umount", "/");
    check(::chdir("/"), "chdir", "/");
}

// `go`: the holder has told our pid.
[[noreturn]] void run_jail(const JailOptions& options, int ready, int go) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    char word = 0;
    if (::read(go, &word, 1) != 1)
        ::_exit(1);
    ::close(go);
    try {
        if ((options.namespaces & CLONE_NEWNS) != 0 || options.chroot)
            make_root(options);
        if (options.prepare)
            options.prepare();
    } catch (const std::exception& error) {
        std::string text = std::string("the test's jail: ") + error.what() + "\n";
        [[maybe_unused]] auto written = ::write(2, text.data(), text.size());
        ::_exit(1);
    }
    [[maybe_unused]] auto written = ::write(ready, "u", 1);
    ::close(ready);
    ::signal(SIGCHLD, SIG_IGN);
    if (options.live)
        options.live();
    for (;;)
        ::pause();
}

// Holder: makes the namespaces, then forks the first process of the pid namespace.
[[noreturn]] void hold_jail(const JailOptions& options, int to_parent, int from_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    char word = 0;
    if (!options.id_map.empty() && ::unshare(CLONE_NEWUSER) == -1)
        ::_exit(1);
    if (::write(to_parent, "n", 1) != 1 || ::read(from_parent, &word, 1) != 1)
        ::_exit(1);
    auto id =
        static_cast<uid_t>(std::strtol(options.id_map.c_str(), nullptr, 10)); // the first that is mapped
    if (!options.id_map.empty() && (::setresgid(id, id, id) == -1 || ::setresuid(id, id, id) == -1))
        ::_exit(1);
    if (::unshare(options.namespaces) == -1)
        ::_exit(1);
    pid_t pid = ::fork();
    if (pid == 0)
        run_jail(options, to_parent, from_parent);
    if (::write(to_parent, &pid, sizeof pid) != sizeof pid)
        ::_exit(1);
    ::close(to_parent);
    int status = 0;
    ::waitpid(pid, &status, 0);
    ::_exit(0);
}

void write_maps(pid_t pid, const std::string& map) {
    std::string folder = "/proc/" + std::to_string(pid) + "/";
    if (::geteuid() != 0)
        write_file(folder + "setgroups", "deny");
    write_file(folder + "uid_map", map);
    write_file(folder + "gid_map", map);
}

class Monitor {
public:
    Monitor(int pidfd, const Entry& entry) : entry_(entry) { start(pidfd); }

    Outcome run() {
        for (;;) {
            if (!report_ && !jenter_running() && !program_running() && !master_ && !output_ && !errors_)
                return std::move(outcome_);
            step();
        }
    }

private:
    void start(int pidfd) {
        static const pty::UniqueFd program = std::move(
            jailcore::copy_programs(std::string(JC_BINARY_DIR) + "/twin/libexec/jconsole", {"jenter"})
                .files[0]);
        pty::UniqueFd what = pty::sealed_memfd("program", pty::encode_program(entry_.program).value());
        pty::UniqueFd spec(check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open"));
        if (entry_.spec)
            spec = pty::sealed_memfd("spec",
                                     {reinterpret_cast<const char*>(&*entry_.spec), sizeof *entry_.spec});
        pty::SocketPair socket = pty::seqpacket_pair();
        report_ = std::move(socket.ours);
        pty::Spawn spawn{program.get(), {"jenter", "--jail", "web1"}, {}, {-1, -1, -1}};
        spawn.argv.insert(spawn.argv.end(), entry_.mode.begin(), entry_.mode.end());
        if (!entry_.twin.empty())
            spawn.environment.push_back("JCONSOLE_TWIN=" + entry_.twin);
        pty::Pipe in, out, err;
        if (entry_.mode[0] != "tty") {
            in = pty::make_pipe();
            out = pty::make_pipe();
            err = pty::make_pipe();
            spawn.fds = {in.read.get(), out.write.get(), err.write.get()};
            pty::write_all(in.write.get(), entry_.input, "input");
            output_ = std::move(out.read);
            errors_ = std::move(err.read);
        }
        spawn.fds.insert(spawn.fds.end(),
                         {entry_.silent ? -1 : socket.theirs.get(), what.get(), pidfd, spec.get()});
        if (entry_.extra_fd >= 0)
            spawn.fds.push_back(entry_.extra_fd);
        jenter_ = pty::spawn(spawn);
    }

    bool reap(pid_t pid, int& status) { return ::waitpid(pid, &status, WNOHANG) == pid; }
    bool jenter_running() {
        if (jenter_ > 0 && reap(jenter_, outcome_.jenter))
            jenter_ = -1;
        return jenter_ > 0;
    }
    bool program_running() {
        int status = 0;
        if (program_ > 0 && reap(program_, status)) {
            program_ = -1;
            outcome_.program = status;
        }
        return program_ > 0;
    }

    void step() {
        std::array<pollfd, 4> waiting{{{report_.get(), POLLIN, 0},
                                       {master_.get(), POLLIN, 0},
                                       {output_.get(), POLLIN, 0},
                                       {errors_.get(), POLLIN, 0}}};
        ::poll(waiting.data(), waiting.size(), 2); // an end of a process is no event here
        if (waiting[0].revents != 0)
            receive_report();
        if (waiting[1].revents != 0)
            receive(master_, outcome_.output);
        if (waiting[2].revents != 0)
            receive(output_, outcome_.output);
        if (waiting[3].revents != 0)
            receive(errors_, outcome_.errors);
    }

    void receive_report() {
        jailcore::Report report;
        pty::Received got =
            pty::receive_message(report_.get(), {reinterpret_cast<char*>(&report), sizeof report});
        if (got.size != sizeof report) {
            report_.reset();
            return;
        }
        if (report.kind == jailcore::ReportKind::terminal) {
            master_ = std::move(got.fds.at(0));
            if (!entry_.input.empty())
                pty::write_all(master_.get(), entry_.input, "input");
        }
        if (report.kind == jailcore::ReportKind::entered)
            program_ = report.pid;
        outcome_.reports.push_back(report);
    }

    // The first EIO of a pty can come with data still behind it.
    void receive(pty::UniqueFd& fd, std::string& text) {
        std::array<char, 65536> buffer;
        ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got == -1 && errno == EIO)
            got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got > 0)
            text.append(buffer.data(), static_cast<size_t>(got));
        else
            fd.reset();
    }

    const Entry& entry_;
    Outcome outcome_;
    pid_t jenter_ = -1;
    pid_t program_ = -1;
    pty::UniqueFd report_, master_, output_, errors_;
};

} // namespace

// Making these jails takes root; what an ordinary user sees is tested from there (as_user). GoogleTest would
// count the tests of an environment that skips as passed; ctest knows this status.
constexpr int skipped = 77;
class RootOnly : public testing::Environment {
public:
    void SetUp() override {
        if (::geteuid() == 0)
            return;
        std::puts("skipped: these tests make jails as root, and as an ordinary user from there");
        std::fflush(stdout);
        ::_exit(skipped);
    }
};
const testing::Environment* const root_only = testing::AddGlobalTestEnvironment(new RootOnly);

TestJail::TestJail(const JailOptions& options) {
    pty::Pipe up = pty::make_pipe();
    pty::Pipe down = pty::make_pipe();
    holder_ = check(::fork(), "fork");
    if (holder_ == 0)
        hold_jail(options, up.write.get(), down.read.get());
    up.write.reset();
    char word = 0;
    check(::read(up.read.get(), &word, 1) == 1 ? 0 : -1, "make jail");
    if (!options.id_map.empty())
        write_maps(holder_, options.id_map);
    pty::write_all(down.write.get(), "g", "pipe");
    check(::read(up.read.get(), &pid_, sizeof pid_) == sizeof pid_ ? 0 : -1, "make jail");
    pty::write_all(down.write.get(), "g", "pipe");
    pidfd_.reset(check(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open"));
    check(::read(up.read.get(), &word, 1) == 1 ? 0 : -1, "make jail");
}

void TestJail::kill() {
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
    int status = 0;
    if (holder_ > 0)
        ::waitpid(holder_, &status, 0);
    holder_ = -1;
}

TestJail::~TestJail() {
    kill();
}

jailcore::EnterSpec spec_with(uint64_t bounding_set) {
    jailcore::EnterSpec spec;
    spec.bounding_set = bounding_set;
    return spec;
}

const jailcore::Report* Outcome::find(jailcore::ReportKind kind) const {
    for (const jailcore::Report& report : reports)
        if (report.kind == kind)
            return &report;
    return nullptr;
}

std::string Outcome::failure() const {
    const auto* report = find(jailcore::ReportKind::failed);
    if (report == nullptr)
        return {};
    return std::string(pty::get_text(report->step)) + ": " + std::string(pty::get_text(report->cause)) +
           "; " + std::string(pty::get_text(report->mend));
}

std::string Outcome::notice() const {
    const auto* report = find(jailcore::ReportKind::terminal);
    return report == nullptr ? "no terminal" : std::string(pty::get_text(report->cause));
}

Outcome enter(int pidfd, const Entry& entry) {
    return Monitor(pidfd, entry).run();
}

Entry on_terminal(std::vector<std::string> command, std::vector<std::string> environment) {
    Entry entry;
    entry.program.argv = std::move(command);
    entry.program.environment = std::move(environment);
    return entry;
}

Entry on_pipes(std::vector<std::string> command) {
    Entry entry;
    entry.mode = {"pipe"};
    entry.program.argv = std::move(command);
    return entry;
}

Entry shell(const std::string& script) {
    return on_terminal({"sh", "-c", script});
}

bool as_user(uid_t uid, const std::function<void()>& body) {
    pid_t pid = check(::fork(), "fork");
    if (pid == 0) {
        if (::setgroups(0, nullptr) == -1 || ::setresgid(uid, uid, uid) == -1 ||
            ::setresuid(uid, uid, uid) == -1)
            ::_exit(2);
        ::prctl(PR_SET_DUMPABLE, 1);
        try {
            body();
        } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
        }
        ::_exit(testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    check(::waitpid(pid, &status, 0), "waitpid");
    return status == 0;
}

void write_file(const std::string& path, const std::string& content) {
    pty::UniqueFd file(check(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644), "open", path));
    pty::write_all(file.get(), content, path);
}

} // namespace enter_test
