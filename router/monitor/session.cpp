#include "router/monitor/session.hpp"

#include "router/monitor/log.hpp"

#include <array>
#include <utility>

namespace monitor {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<Session::Stage>> stage_names = {
    "entering", "running", "hanging up", "draining"};

} // namespace

std::string Session::text() const {
    return "session " + std::to_string(number) + " of " + owner.text() + ", " + std::string(row().name) +
           (name.empty() ? "" : " " + name);
}

void Session::enter(Stage next) {
    stage = std::move(next);
    log::debug(text() + ": " + std::string(stage_names[stage.index()]));
}

pid_t Session::leader() const {
    if (const auto* entering = in<Entering>())
        return entering->leader;
    if (const auto* running = in<Running>())
        return running->leader;
    if (const auto* ending = in<HangingUp>())
        return ending->leader;
    return -1;
}

std::unique_ptr<Watched>* Session::reports() {
    if (auto* entering = in<Entering>())
        return &entering->reports;
    if (auto* work = task<JailWork>())
        return &work->reports;
    if (auto* ending = in<HangingUp>())
        return &ending->reports;
    return nullptr;
}

void Session::lead_by(pid_t leader) {
    if (auto* entering = in<Entering>())
        entering->leader = leader;
    else if (auto* running = in<Running>())
        running->leader = leader;
    else if (auto* ending = in<HangingUp>())
        ending->leader = leader;
}

void Session::forget_helper(pid_t helper) {
    if (auto* entering = in<Entering>(); entering != nullptr && entering->helper == helper)
        entering->helper = -1;
    if (auto* ending = in<HangingUp>(); ending != nullptr && ending->helper == helper)
        ending->helper = -1;
}

} // namespace monitor
