#include "router/monitor/left_starters.hpp"

#include "jailcore/contract/record.hpp"
#include "pty/error.hpp"
#include "router/contract/target.hpp"
#include "router/monitor/log.hpp"
#include "router/monitor/state_file.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <utility>

namespace monitor {
namespace {

constexpr const char* suffix = ".starter";

std::string file_of(pid_t starter) {
    return std::to_string(starter) + suffix;
}

} // namespace

void LeftStarters::write(pid_t starter, contract::Verb verb, const std::string& jail) const {
    jailcore::StarterRecord record;
    record.pid = starter;
    record.start_time = jailcore::start_time(starter).value_or(0);
    record.verb = static_cast<uint32_t>(verb);
    pty::set_text(record.name, jail);
    try {
        write_state(state_, file_of(starter), {reinterpret_cast<const char*>(&record), sizeof record});
    } catch (const pty::StepError& error) {
        log::warn("jail " + jail + ": " + error.what() + ": a next router would not know of its " +
                  std::string(row_of(verb).name));
    }
}

void LeftStarters::forget(pid_t starter) const {
    remove_state(state_, file_of(starter));
}

std::vector<std::string> LeftStarters::load() {
    std::vector<std::string> ended;
    for (const std::string& name : list_state(state_, suffix)) {
        std::string jail;
        if (load_one(name, jail))
            continue;
        remove_state(state_, name + suffix);
        if (!jail.empty())
            ended.push_back(jail);
    }
    return ended;
}

// False where it has ended, or cannot be found.
bool LeftStarters::load_one(const std::string& name, std::string& jail) {
    auto content = read_state(state_, name + suffix);
    jailcore::StarterRecord record;
    if (content && jailcore::read_record(*content, record) != jailcore::Readable::nothing)
        jail = pty::get_text(record.name);
    if (!contract::is_jail_name(jail)) {
        log::error(name + suffix + ": a starter of an earlier router: its record cannot be read");
        jail.clear();
        return false;
    }
    // One that cannot be understood is none that may be ended.
    auto verb = static_cast<contract::Verb>(record.verb);
    if (!row_of(verb).changes_jail())
        verb = contract::unknown_work;
    try {
        pid_t pid = record.pid;
        jailcore::ProcessHandle process(pid);
        if (jailcore::start_time(pid) != record.start_time)
            throw pty::StepError(ESRCH, "find", name);
        LeftStarter& left = all_[pid];
        left.jail = jail;
        left.verb = verb;
        left.process = std::move(process);
        left.watch =
            std::make_unique<EventLoop::Watch>(loop_, left.process.end(), POLLIN, [this, pid](short) {
                std::string ended = std::move(all_.extract(pid).mapped().jail);
                forget(pid);
                on_end(ended);
            });
        log::info("jail " + jail + ": a " + std::string(row_of(verb).name) +
                  " that an earlier router began goes on, process " + std::to_string(pid));
        if (!row_of(verb).ends_jail)
            end(pid);
        return true;
    } catch (const pty::StepError&) {
        return false;
    }
}

bool LeftStarters::has(std::string_view jail) const {
    return std::ranges::any_of(all_, [jail](const auto& item) {
        return item.second.jail == jail;
    });
}

void LeftStarters::end(pid_t starter) const {
    all_.at(starter).process.signal(SIGTERM);
}

} // namespace monitor
