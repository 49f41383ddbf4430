// One run of jail(8): what it is given, what it says, and its end.
#pragma once

#include "jailcore/freebsd/starter/relay.hpp"
#include "jailcore/starter/output.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace jailcore {

class Jail8 {
public:
    // `name`: of the block in what it is given.
    Jail8(std::string name, const Output& output, bool verbose)
        : name_(std::move(name)), output_(output), verbose_(verbose) {}

    // Called with what it tells of the jail.
    std::function<void(News)> on_news;
    bool steps_back = false; // what is not mounted is not to be complained of
    bool silent = false;     // but for complaints

    // Runs `jail OPTION... -f - ACTION NAME` with `text` for its input. False where it has failed, which has
    // been said. Where this process is told to end meanwhile, the commands that jail(8) waits for are killed.
    // Throws pty::StepError.
    bool run(std::vector<std::string> action, std::string_view text);

private:
    std::string news(std::string_view line);
    std::string complaint(std::string_view line);
    void relay(pid_t jail, int output, int error);

    std::string name_;
    const Output& output_;
    bool verbose_;
    bool complained_ = false;
};

} // namespace jailcore
