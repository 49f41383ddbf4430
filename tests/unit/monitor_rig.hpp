// What the tests of the monitor's parts share: a folder, a process to stand for a jail, a loop that ends.
#pragma once

#include "pty/fd.hpp"
#include "router/monitor/event_loop.hpp"

#include <functional>
#include <string>
#include <sys/types.h>

namespace monitor_test {

// Of its own for a test, removed with this object.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::string path(const std::string& name = "") const;
    [[nodiscard]] pty::UniqueFd open() const;

private:
    std::string path_;
};

// A child that waits for its end; killed and reaped with this object.
class Sleeper {
public:
    Sleeper();
    ~Sleeper();
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    pid_t pid_;
};

// Runs the loop until `done`, at most two seconds.
void run_until(monitor::EventLoop& loop, const std::function<bool()>& done);

} // namespace monitor_test
