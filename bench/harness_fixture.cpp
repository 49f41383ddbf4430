#include "bench/harness_fixture.hpp"

#include "pty/error.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace bench {

namespace fs = std::filesystem;

namespace {

// Where routers keep their sockets and state on a real system: in memory, not on a disk. TMPDIR overrides.
fs::path runtime_folder() {
    const char* chosen = std::getenv("TMPDIR");
    const char* runtime = ::geteuid() == 0 ? "/run" : std::getenv("XDG_RUNTIME_DIR");
    if (chosen == nullptr && runtime != nullptr && ::access(runtime, W_OK) == 0)
        return runtime;
    return fs::temp_directory_path();
}

} // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (runtime_folder() / "jconsole-bench.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw pty::StepError(errno, "make folder", name);
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

Jail::Jail(const TemporaryFolder& folder) {
    // The host's /dev/null is out of its reach, for not everything that runs in here leaves it as it is.
    // Where no device can be made, it is the host's, and out of reach for that reason: we are not its root.
    // Whoever ignores SIGCHLD leaves no zombies, also of the orphans that sleep(1) as a first process
    // inherits.
    static constexpr const char* set_up =
        "mount -t tmpfs -o mode=0755 tmpfs /mnt && "
        "if mknod -m 0666 /mnt/null c 1 3 2>&-; then mount --bind /mnt/null /dev/null; fi && umount -l /mnt "
        "&& "
        "mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts /dev/pts && "
        "hostname bench.jail && echo ready && trap '' CHLD && exec sleep infinity";
    Arguments command = {"unshare", "--mount", "--pid",        "--uts",
                         "--ipc",   "--fork",  "--kill-child", "--mount-proc"};
    if (::geteuid() != 0)
        command.insert(command.end(), {"--user", "--map-root-user"});
    command.insert(command.end(), {"sh", "-c", set_up});
    unshare_ = std::make_unique<Background>(command, folder / "unshare.log");
    wait_for_log("ready\n", *unshare_);
    init_ = children_of(unshare_->pid()).at(0);
}

Arguments Jail::enter(const Arguments& command) const {
    Arguments result = {"nsenter", "--target", std::to_string(init_), "--mount", "--pid", "--uts", "--ipc"};
    if (::geteuid() != 0)
        result.insert(result.end(), {"--user", "--preserve-credentials"});
    result.emplace_back("--");
    result.insert(result.end(), command.begin(), command.end());
    return result;
}

namespace {

// Between bind(2) and listen(2) the socket is there and refuses. /proc/net/unix tells (its flags are
// __SO_ACCEPTCON); a connection to try it would be a session.
bool listens(const std::string& path) {
    std::ifstream sockets("/proc/net/unix");
    for (std::string line; std::getline(sockets, line);)
        if (line.ends_with(" " + path) && line.find(" 00010000 ") != std::string::npos)
            return true;
    return false;
}

template <class Condition>
void wait_until(Condition serves, Background& server) {
    for (int tries = 0; tries < 1000; ++tries) {
        if (serves())
            return;
        if (!server.running())
            break;
        sleep_seconds(0.005);
    }
    throw std::runtime_error("did not start: " + server.log());
}

// GNU's programs are dynamic: their libraries come along.
void copy_program(const std::string& program, const fs::path& root, const std::string& log) {
    if (!fs::exists(program))
        return;
    std::istringstream words(program + " " + run_command({"ldd", program}, log));
    for (std::string word; words >> word;) {
        if (!word.starts_with("/") || word.ends_with(":"))
            continue;
        fs::create_directories((root / word.substr(1)).parent_path());
        fs::copy_file(word, root / word.substr(1), fs::copy_options::skip_existing);
    }
}

} // namespace

void wait_for_socket(const std::string& path, Background& server) {
    wait_until(
        [&] {
            return listens(path);
        },
        server);
}

void wait_for_log(std::string_view text, Background& server) {
    wait_until(
        [&] {
            return server.log().find(text) != std::string::npos;
        },
        server);
}

std::string make_root(const Fixture& fixture, std::string_view name) {
    const fs::path root = fixture.folder / name;
    for (const char* folder : {"bin", "dev", "etc", "proc", "root", "sys", "tmp"})
        fs::create_directories(root / folder);
    fs::copy_file("/bin/busybox", root / "bin/busybox");
    fs::copy_file(fixture.programs / "inside", root / "bin/inside");
    for (const char* program : {"/usr/bin/yes", "/usr/bin/head"})
        copy_program(program, root, fixture.folder / "ldd.log");
    std::ofstream(root / "etc/passwd") << "root:x:0:0:root:/root:/bin/busybox\n";
    std::ofstream(root / "etc/group") << "root:x:0:\n";
    return root;
}

} // namespace bench
