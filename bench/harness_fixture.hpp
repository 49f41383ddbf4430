// What the benchmark makes for itself and removes again: a temporary folder and a set of namespaces.
#pragma once

#include "bench/harness_process.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] std::string operator/(std::string_view name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

// Mount, pid, uts and ipc namespaces that unshare(1) makes, on the host's root directory but with a devpts
// and a /proc of their own. Without root also a user namespace. Its end ends every process in it.
class Jail {
public:
    // Throws where unshare(1) fails, with what it printed.
    explicit Jail(const TemporaryFolder& folder);
    // The pid of its first process, as the host sees it.
    [[nodiscard]] pid_t init() const { return init_; }
    // The command line of nsenter(1) that runs `command` in it.
    [[nodiscard]] Arguments enter(const Arguments& command) const;

private:
    std::unique_ptr<Background> unshare_;
    pid_t init_ = -1;
};

// Each waits for at most 5 s, until a server listens at `path` or its log holds `text`; throws with its log
// where that does not come.
void wait_for_socket(const std::string& path, Background& server);
void wait_for_log(std::string_view text, Background& server);

struct Fixture;

// A root directory of its own for a jail, with busybox and `inside` in /bin and GNU's yes and head, if the
// host has them, where it has them; returns its path.
std::string make_root(const Fixture& fixture, std::string_view name);

struct Fixture {
    TemporaryFolder folder;
    Jail jail{folder};
    std::filesystem::path programs; // where inside and the bare relays are
    std::filesystem::path jconsole; // where bin/jconsole and sbin/jrouterd are
};

} // namespace bench
