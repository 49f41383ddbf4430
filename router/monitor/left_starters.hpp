// Starters of earlier routers, which go on without them: what one does to its jail must have an end before
// the next begins, for hooks of two would run beside each other. Each starter is written to the state
// directory for the router that comes after this one, and found there by pid and start time. Where it cannot
// be written the next router does not know of it.
#pragma once

#include "jailcore/process_handle.hpp"
#include "router/contract/verbs.hpp"
#include "router/monitor/event_loop.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace monitor {

struct LeftStarter {
    std::string jail;
    contract::Verb verb{}; // one that works on jails
    jailcore::ProcessHandle process;
    std::unique_ptr<EventLoop::Watch> watch;
};

class LeftStarters {
public:
    // `state`: the directory to keep records in; it must outlive this.
    LeftStarters(EventLoop& loop, int state) : loop_(loop), state_(state) {}

    // Called when one has ended; it is not listed any more.
    std::function<void(const std::string& jail)> on_end;

    // A start that has lost its router fails in the end, and is told to end now; the others are waited for.
    // Returns the jails of those that have ended already, and were not cleared up behind.
    std::vector<std::string> load();

    // Of this router's: one has begun, and one has ended.
    void write(pid_t starter, contract::Verb verb, const std::string& jail) const;
    void forget(pid_t starter) const;

    // By pid; those that run.
    [[nodiscard]] const std::map<pid_t, LeftStarter>& all() const { return all_; }
    // Whether any is at work on that jail.
    [[nodiscard]] bool has(std::string_view jail) const;
    void end(pid_t starter) const;

private:
    bool load_one(const std::string& name, std::string& jail);

    EventLoop& loop_;
    int state_;
    std::map<pid_t, LeftStarter> all_;
};

} // namespace monitor
