#include "bench/harness_process.hpp"

#include "pty/error.hpp"
#include "pty/spawn.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sstream>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>

namespace bench {
namespace {

namespace fs = std::filesystem;

fs::path proc(pid_t pid) {
    return fs::path("/proc") / std::to_string(pid);
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The number behind the first "name" at the beginning of a line.
std::optional<double> field(const std::string& text, const std::string& name) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(name))
            return std::stod(line.substr(name.size()));
    return std::nullopt;
}

struct SpawnFiles {
    SpawnFiles() { posix_spawn_file_actions_init(&actions); }
    ~SpawnFiles() { posix_spawn_file_actions_destroy(&actions); }
    SpawnFiles(const SpawnFiles&) = delete;
    SpawnFiles& operator=(const SpawnFiles&) = delete;
    posix_spawn_file_actions_t actions{};
};

// As a session leader, so that its first open of a terminal makes that the controlling one.
pid_t spawn(const Arguments& argv, const char* input, const char* output, int output_flags) {
    SpawnFiles files;
    posix_spawn_file_actions_addopen(&files.actions, 0, input, O_RDWR, 0);
    posix_spawn_file_actions_addopen(&files.actions, 1, output, output_flags, 0600);
    posix_spawn_file_actions_adddup2(&files.actions, 1, 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = -1;
    int error = posix_spawnp(&pid, argv.at(0).c_str(), &files.actions, &attributes,
                             pty::exec_pointers(argv).data(), pty::exec_pointers(environment()).data());
    posix_spawnattr_destroy(&attributes);
    if (error != 0)
        throw pty::StepError(error, "start", argv[0]);
    return pid;
}

pid_t spawn_logged(const Arguments& argv, const std::string& log) {
    fs::remove(log);
    return spawn(argv, "/dev/null", log.c_str(), O_WRONLY | O_CREAT | O_APPEND);
}

// Zombies have no command line, and take no time.
bool is_there(pid_t pid) {
    return !command_name(pid).empty();
}

volatile std::sig_atomic_t interrupted = 0;

} // namespace

void catch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = [](int) {
        interrupted = 1;
    };
    for (int signal : {SIGINT, SIGTERM, SIGHUP})
        ::sigaction(signal, &action, nullptr);
}

void throw_if_interrupted() {
    if (interrupted != 0)
        throw Interrupted();
}

void raise_descriptor_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

const std::vector<std::string>& environment() {
    static const std::vector<std::string> variables = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "TERM=xterm",
        "LANG=C.UTF-8"};
    return variables;
}

pid_t spawn_on_terminal(const Arguments& argv, const std::string& path) {
    return spawn(argv, path.c_str(), path.c_str(), O_RDWR);
}

Background::Background(const Arguments& argv, std::string log)
    : pid_(spawn_logged(argv, log)), log_(std::move(log)) {}

Background::~Background() {
    if (reaped_)
        return;
    // The youngest first, so that each is reaped by its parent: an orphan would be left to the host's init.
    std::vector<pid_t> pids = descendants_of(pid_);
    std::for_each(pids.rbegin(), pids.rend(), [](pid_t pid) {
        ::kill(pid, SIGKILL);
    });
    end_process(pid_, pids.empty() ? 0 : 0.5);
    // Orphans by now. Until they have ended they would stand beside whatever is measured next.
    for (int tries = 0; tries < 1000 && std::any_of(pids.begin(), pids.end(), is_there); ++tries)
        sleep_seconds(0.001);
}

bool Background::running() {
    reaped_ = reaped_ || ::waitpid(pid_, nullptr, WNOHANG) == pid_;
    return !reaped_;
}

void Background::terminate() {
    if (!running())
        return;
    ::kill(pid_, SIGTERM);
    end_process(pid_, 5);
    reaped_ = true;
}

std::string Background::log() const {
    return content_of(log_);
}

void end_process(pid_t pid, double seconds) {
    const double deadline = seconds_now() + seconds;
    while (::waitpid(pid, nullptr, WNOHANG) == 0) {
        if (seconds_now() > deadline) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
            return;
        }
        sleep_seconds(0.0002);
    }
}

std::string run_command(const Arguments& argv, const std::string& log) {
    const pid_t pid = spawn_logged(argv, log);
    int status = 0;
    while (::waitpid(pid, &status, 0) == -1 && errno == EINTR) {
    }
    std::string output = content_of(log);
    if (status != 0)
        throw std::runtime_error(argv[0] + " failed: " + output);
    return output;
}

std::vector<pid_t> children_of(pid_t pid) {
    std::vector<pid_t> result;
    for (pid_t thread : threads_of(pid)) {
        std::istringstream text(content_of(proc(pid) / "task" / std::to_string(thread) / "children"));
        result.insert(result.end(), std::istream_iterator<pid_t>(text), {});
    }
    return result;
}

std::vector<pid_t> descendants_of(pid_t pid) {
    std::vector<pid_t> result = children_of(pid);
    for (size_t i = 0; i < result.size(); ++i) {
        const std::vector<pid_t> next = children_of(result[i]);
        result.insert(result.end(), next.begin(), next.end());
    }
    return result;
}

std::vector<pid_t> threads_of(pid_t pid) {
    std::vector<pid_t> result;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(proc(pid) / "task", error))
        result.push_back(std::stoi(entry.path().filename()));
    return result;
}

std::string command_name(pid_t pid) {
    std::string command = content_of(proc(pid) / "cmdline");
    command.resize(std::min(command.find('\0'), command.size()));
    return command.substr(command.rfind('/') + 1);
}

std::optional<double> proportional_set_size(pid_t pid) {
    const std::string rollup = content_of(proc(pid) / "smaps_rollup");
    const auto anonymous = field(rollup, "Pss_Anon:");
    const auto shared = field(rollup, "Pss_Shmem:");
    if (!anonymous || !shared)
        return std::nullopt;
    return *anonymous + *shared;
}

std::optional<double> open_descriptors(pid_t pid) {
    std::error_code error;
    fs::directory_iterator entries(proc(pid) / "fd", error);
    if (error)
        return std::nullopt;
    return static_cast<double>(std::distance(begin(entries), end(entries)));
}

std::optional<double> context_switches(pid_t pid) {
    double sum = 0;
    for (pid_t thread : threads_of(pid)) {
        const std::string status = content_of(proc(pid) / "task" / std::to_string(thread) / "status");
        const auto voluntary = field(status, "voluntary_ctxt_switches:");
        const auto involuntary = field(status, "nonvoluntary_ctxt_switches:");
        if (!voluntary || !involuntary)
            return std::nullopt;
        sum += *voluntary + *involuntary;
    }
    return sum;
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void sleep_seconds(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

} // namespace bench
