#include "tests/unit/start_rig.hpp"

#include "jailcore/contract/linux/jinit.hpp"
#include "jailcore/contract/linux/record.hpp"
#include "jailcore/contract/starter.hpp"
#include "jailcore/linux/program_copies.hpp"
#include "jailcore/plan/jail_configuration.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/memfd.hpp"
#include "pty/program.hpp"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace {

const std::string binaries = JC_BINARY_DIR;

std::string slurp(const std::string& path) {
    std::ifstream file(path);
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
}

pty::UniqueFd program(const std::string& name) {
    std::string folder = binaries + "/twin/libexec/jconsole";
    return fs::exists(folder + "/" + name) ? std::move(jailcore::copy_programs(folder, {name}).files[0])
                                           : pty::UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void make_root(const std::string& root) {
    for (const char* directory : {"bin", "dev", "proc", "sys", "etc", "tmp", "mnt", "home/user"})
        fs::create_directories(root + "/" + directory);
    fs::copy_file("/usr/bin/busybox", root + "/bin/busybox");
    for (const char* applet : {"sh", "cat", "hostname", "sleep", "id", "touch", "env", "pwd", "true", "false",
                               "echo", "ls", "mount", "grep", "kill", "unshare"})
        fs::create_symlink("busybox", root + "/bin/" + std::string(applet));
    std::ofstream(root + "/etc/passwd") << "root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n";
    std::ofstream(root + "/etc/group") << "root:x:0:\nuser:x:1000:\n";
}

// In the child, between fork and exec.
void become(uid_t uid) {
    if (uid == 0 || uid == ::geteuid())
        return;
    if (::setgroups(0, nullptr) != 0 || ::setresgid(uid, uid, uid) != 0 || ::setresuid(uid, uid, uid) != 0)
        ::_exit(126);
}

bool user_namespaces_are_allowed() {
    pid_t pid = ::fork();
    if (pid == 0)
        ::_exit(::unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
    int status = -1;
    return ::waitpid(pid, &status, 0) == pid && status == 0;
}

void place(const std::vector<int>& fds) {
    std::vector<int> high;
    for (int fd : fds)
        high.push_back(::fcntl(fd, F_DUPFD, 100));
    for (size_t i = 0; i < high.size(); ++i)
        ::dup2(high[i], static_cast<int>(i));
    ::close_range(static_cast<unsigned>(fds.size()), ~0U, 0);
}

} // namespace

void StartRig::SetUp() {
    if (::geteuid() != 0 && needs_root())
        GTEST_SKIP() << "it takes root to make root's jails";
    if (::geteuid() != 0 && !user_namespaces_are_allowed())
        GTEST_SKIP() << "this kernel lets no ordinary user make a user namespace";
    ASSERT_TRUE(fs::exists("/usr/bin/busybox")) << "needs the package busybox-static";
    char pattern[] = "/tmp/jc-start-XXXXXX";
    folder_ = ::mkdtemp(pattern);
    ::chmod(folder_.c_str(), 0755);
    name = "start" + std::to_string(::getpid());
    fs::create_directories(folder_ + "/libexec");
    fs::create_directories(folder_ + "/jails");
    ::chmod((folder_ + "/jails").c_str(), 0700);
    fs::copy_file(binaries + "/twin/libexec/jconsole/jstarter", folder_ + "/libexec/jstarter");
    fs::copy_file(binaries + "/twin/libexec/jconsole/jkeeper", folder_ + "/libexec/jkeeper");
    fs::copy_file(binaries + "/tests/table_reader", folder_ + "/libexec/jreader");
    make_root(root());
    parameters = {{"path", {root()}}, {"persist", {}}};
}

void StartRig::TearDown() {
    if (folder_.empty())
        return;
    kill_jail();
    await_death();
    run("reap");
    std::vector<std::string> left = leftovers();
    EXPECT_TRUE(left.empty()) << ::testing::PrintToString(left);
    fs::remove_all(folder_);
}

uid_t StartRig::ordinary() const {
    return ::geteuid() == 0 ? 65533 : ::geteuid();
}

void StartRig::make_unprivileged() {
    gid_t group = ::geteuid() == 0 ? ordinary() : ::getegid();
    for (const auto& entry : fs::recursive_directory_iterator(folder_ + "/jails"))
        EXPECT_EQ(0, ::lchown(entry.path().c_str(), ordinary(), group));
    EXPECT_EQ(0, ::chown((folder_ + "/jails").c_str(), ordinary(), group));
}

void StartRig::write_table() const {
    std::vector<jailcore::JailConfiguration> jails;
    if (configured) {
        jails.push_back({name, {}, {}, fstab});
        for (const auto& [parameter, values] : parameters)
            jails.back().parameters.push_back({parameter, values});
    }
    std::ofstream(folder_ + "/table.json")
        << jailcore::to_table({folder_ + "/jail.conf", folder_ + "/*.conf"}, {}, jails);
}

Outcome StartRig::run(const std::string& verb, const Run& how) {
    if (verb != "reap")
        write_table();
    std::vector<jailcore::JailRecord> records = others;
    if (jail)
        records.push_back(*jail);
    pty::UniqueFd registry = pty::sealed_memfd("registry", {reinterpret_cast<const char*>(records.data()),
                                                            records.size() * sizeof(jailcore::JailRecord)});
    pty::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    pty::UniqueFd output(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    pty::UniqueFd errors(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    ::fcntl(output.get(), F_SETFL, O_APPEND);
    ::fcntl(errors.get(), F_SETFL, O_APPEND);
    pty::UniqueFd jenter = program("jenter"), jinit = program("jinit");
    pty::SocketPair reports = pty::seqpacket_pair();
    std::vector<std::string> argv{"jstarter", verb, name, "--config=" + folder_ + "/table.json",
                                  "--jid=" + std::to_string(how.jid)};
    pty::Program words;
    if (how.verbose)
        words.argv.emplace_back("--verbose");
    words.argv.insert(words.argv.end(), how.words.begin(), how.words.end());
    pty::UniqueFd client =
        pty::sealed_memfd("words", how.garbled ? "garbled" : pty::encode_program(words).value());
    std::vector<std::string> environment = how.environment;
    environment.push_back("JCONSOLE_TWIN=" + how.plan);
    std::vector<char*> arguments, variables;
    for (std::string& argument : argv)
        arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    for (std::string& variable : environment)
        variables.push_back(variable.data());
    variables.push_back(nullptr);
    std::string path = folder_ + "/libexec/jstarter";
    pid_t pid = ::fork();
    if (pid == 0) {
        place({null.get(), output.get(), errors.get(), reports.theirs.get(), registry.get(), jenter.get(),
               jinit.get(), pidfd ? pidfd.get() : null.get(), spec ? spec.get() : null.get(), client.get(),
               null.get()});
        become(how.uid);
        ::execve(path.c_str(), arguments.data(), variables.data());
        ::_exit(127);
    }
    reports.theirs.reset();
    Outcome outcome;
    for (;;) {
        char buffer[sizeof(jailcore::Report) + sizeof(jailcore::JailRecord)];
        pty::Received received = pty::receive_message(reports.ours.get(), buffer);
        if (received.size <= 0)
            break;
        jailcore::Report report;
        std::memcpy(&report, buffer, sizeof report);
        if (report.kind == jailcore::ReportKind::removed) {
            outcome.removed = true;
            jail.reset();
        } else if (report.kind == jailcore::ReportKind::created && received.fds.size() == 2) {
            outcome.created = true;
            jail.emplace();
            std::memcpy(&*jail, buffer + sizeof report, sizeof *jail);
            pidfd = std::move(received.fds[0]);
            spec = std::move(received.fds[1]);
            if (!how.taken)
                break;
            pty::send_message(reports.ours.get(), "k");
            if (how.dies) {
                reports.ours.reset();
                std::ofstream(folder_ + "/dead").close();
                break;
            }
        }
    }
    reports.ours.reset();
    ::waitpid(pid, &outcome.status, 0);
    outcome.output = slurp("/proc/self/fd/" + std::to_string(output.get()));
    outcome.errors = slurp("/proc/self/fd/" + std::to_string(errors.get()));
    return outcome;
}

Outcome StartRig::kill(const jailcore::KillOptions& options) {
    pty::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    pty::UniqueFd output(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600));
    pty::UniqueFd errors(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600));
    pty::UniqueFd jenter = program("jenter");
    pty::SocketPair reports = pty::seqpacket_pair();
    pid_t pid = ::fork();
    if (pid == 0) {
        place({null.get(), output.get(), errors.get(), reports.theirs.get(), null.get(), jenter.get(),
               null.get(), pidfd.get(), spec.get()});
        bool killed = jailcore::kill_jail(*jail, options, jailcore::Output(name, options.verbose));
        ::_exit(killed ? 0 : 1);
    }
    Outcome outcome;
    ::waitpid(pid, &outcome.status, 0);
    outcome.output = slurp("/proc/self/fd/" + std::to_string(output.get()));
    outcome.errors = slurp("/proc/self/fd/" + std::to_string(errors.get()));
    jailcore::Report report;
    std::span<char> bytes(reinterpret_cast<char*>(&report), sizeof report);
    while (!outcome.removed && pty::receive_message(reports.ours.get(), bytes, MSG_DONTWAIT).size > 0)
        outcome.removed = report.kind == jailcore::ReportKind::removed;
    return outcome;
}

std::string StartRig::inside(const std::string& script) const {
    std::string target = std::to_string(jail->pid);
    struct stat owner = {};
    ::stat(("/proc/" + target).c_str(), &owner);
    std::string as = owner.st_uid == ::geteuid() ? "" : "setpriv --reuid 65533 --regid 65533 --clear-groups ";
    std::string user =
        (jail->flags & jailcore::jail_own_user_namespace) != 0 ? " -U --preserve-credentials" : "";
    std::string command =
        as + "nsenter -t " + target + " -m -i -p -u -n" + user + " /bin/sh -c '" + script + "' 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string output = pty::read_all(::fileno(pipe), "nsenter");
    ::pclose(pipe);
    return output;
}

bool StartRig::is_gone() {
    if (!pidfd)
        return true;
    pollfd ended{pidfd.get(), POLLIN, 0};
    return ::poll(&ended, 1, 0) == 1;
}

void StartRig::await_gone() {
    pollfd ended{pidfd.get(), POLLIN, 0};
    ASSERT_EQ(1, ::poll(&ended, 1, 60000)) << "the jail did not end";
    jail.reset();
}

// Every other child has been waited for: what is left was made by CLONE_PARENT.
void StartRig::await_death() {
    for (int i = 0; i < 6000; ++i) {
        pid_t pid = ::waitpid(-1, nullptr, WNOHANG);
        if (pid == -1)
            return;
        if (pid == 0)
            ::usleep(10000);
    }
    ADD_FAILURE() << "a jail's first process lives on";
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
}

void StartRig::kill_jail() {
    if (pidfd)
        ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
    jail.reset();
}

std::string StartRig::read(const std::string& file) const {
    return slurp(folder_ + "/" + file);
}

std::string StartRig::cgroup() const {
    return "/jconsole/" + name;
}

std::vector<std::string> StartRig::leftovers() const {
    std::vector<std::string> left = found_now();
    for (int i = 0; i < 6000 && !left.empty(); ++i) {
        ::usleep(10000);
        left = found_now();
    }
    return left;
}

std::vector<std::string> StartRig::found_now() const {
    std::vector<std::string> left;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        std::string pid = entry.path().filename();
        if (pid.find_first_not_of("0123456789") != std::string::npos)
            continue;
        std::istringstream mounts(slurp(entry.path() / "mountinfo"));
        for (std::string line; std::getline(mounts, line);)
            if (line.find(folder_) != std::string::npos)
                left.push_back("mount in process " + pid + " " + slurp(entry.path() / "comm") + line);
        if (slurp(entry.path() / "status").find("\nState:\tZ") != std::string::npos)
            continue; // dead; whoever adopted it has yet to collect it
        std::string group = slurp(entry.path() / "cgroup");
        if (group.find(cgroup() + "\n") != std::string::npos ||
            group.find(cgroup() + "/") != std::string::npos)
            left.push_back("process in the cgroup: " + pid + " " + slurp(entry.path() / "comm"));
    }
    std::istringstream mounts(slurp("/proc/self/mountinfo"));
    for (std::string line; std::getline(mounts, line);) {
        if (line.find(" - cgroup") == std::string::npos)
            continue;
        std::istringstream fields(line);
        std::string point;
        for (int i = 0; i < 5; ++i)
            fields >> point;
        if (fs::exists(point + cgroup()))
            left.push_back(point + cgroup());
    }
    return left;
}
