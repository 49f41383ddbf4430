#include "tests/unit/monitor_rig.hpp"

#include "pty/signals.hpp"
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

namespace monitor_test {

using namespace std::chrono_literals;
using monitor::EventLoop;

Folder::Folder() {
    char name[] = "/tmp/jconsole-test-XXXXXX";
    path_ = ::mkdtemp(name);
}

Folder::~Folder() {
    std::filesystem::remove_all(path_);
}

std::string Folder::path(const std::string& name) const {
    return name.empty() ? path_ : path_ + "/" + name;
}

pty::UniqueFd Folder::open() const {
    return pty::UniqueFd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Sleeper::Sleeper() : pid_(::fork()) {
    if (pid_ == 0) {
        pty::reset_signals(); // as a loop has left them, a SIGTERM would not end it
        ::pause();
        ::_exit(0);
    }
}

Sleeper::~Sleeper() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

void run_until(EventLoop& loop, const std::function<bool()>& done) {
    EventLoop::Timer limit(loop, 2s, [&] {
        loop.stop();
    });
    std::unique_ptr<EventLoop::Timer> look;
    std::function<void()> again = [&] {
        if (done())
            loop.stop();
        else
            look = std::make_unique<EventLoop::Timer>(loop, 1ms, again);
    };
    look = std::make_unique<EventLoop::Timer>(loop, 1ms, again);
    loop.on_child = loop.on_child ? loop.on_child : [] {};
    loop.run();
}

} // namespace monitor_test
