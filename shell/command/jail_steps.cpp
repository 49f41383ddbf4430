#include "shell/command/jail_steps.hpp"

#include "router/contract/verbs.hpp"
#include "shell/command/request.hpp"
#include "shell/command/session.hpp"
#include "shell/report.hpp"
#include "shell/syntax/verbs.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <sstream>

namespace shell {
namespace {

bool is_forced(const contract::VerbRow& verb, const Options& options) {
    return verb.forcible && std::ranges::find(options.words, "-f") != options.words.end();
}

int take_step(const Options& options, const JailStep& step, const std::set<std::string>& failed,
              Meanwhile& meanwhile) {
    const contract::VerbRow* verb = contract::find(step.verb);
    if (verb == nullptr)
        return 1; // it is refused, and the order has said why
    // What is killed by force is killed whatever became of the jails in it.
    if (!is_forced(*verb, options) && std::ranges::any_of(step.after, [&](const std::string& jail) {
            return failed.contains(jail);
        })) {
        print_line(step.jail + ": skipped"); // jail(8)'s word
        return 1;
    }
    wire::Open open = request_for(step.verb, options);
    open.jail = step.jail;
    if (verb->configuration != contract::Configuration::none)
        open.arguments.emplace_back("--as-ordered");
    return run_one_of_several(options, open, meanwhile);
}

// A list for people: who has hundreds of jails does not want all of them in a line.
void tell_not_begun(std::span<const JailStep> steps) {
    constexpr size_t most = 8;
    std::string list;
    for (const JailStep& step : steps.first(std::min(most, steps.size())))
        list.append(list.empty() ? "" : ", ").append(step.verb).append(" ").append(step.jail);
    if (steps.size() > most)
        list.append(" and ").append(std::to_string(steps.size() - most)).append(" more");
    if (!list.empty())
        print_line(error_line({{}, "interrupted", "not begun: " + list, {}}));
}

// By force each is killed as it is named, where the router cannot begin a process that would say in which
// order: a jail may be what leaves no room for one.
bool goes_without_order(const Options& options, const Failure& failure) {
    return failure.step == "spawn" && is_forced(*contract::find(options.verb->name), options);
}

// Empty where the order has said that there is nothing to do, or `status` is not 0.
std::vector<JailStep> ordered_steps(const Options& options, int& status) {
    std::string verb(options.verb->name);
    wire::Open question = request_for("order", options);
    question.arguments = {verb};
    question.arguments.insert(question.arguments.end(), options.names.begin(), options.names.end());
    try {
        std::string answer = output_of(options, question, status);
        return status == 0 ? parse_steps(answer) : std::vector<JailStep>();
    } catch (const FailureError& error) {
        if (!goes_without_order(options, error.failure()))
            throw;
    }
    std::vector<JailStep> steps;
    for (const std::string& name : options.names)
        steps.push_back({verb, name, {}});
    return steps;
}

} // namespace

std::vector<JailStep> parse_steps(std::string_view text) {
    std::vector<JailStep> steps;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        JailStep step;
        words >> step.verb >> step.jail;
        for (std::string jail; words >> jail;)
            step.after.push_back(jail);
        steps.push_back(std::move(step));
    }
    return steps;
}

int take_steps(const Options& options) {
    int status = 0;
    std::vector<JailStep> steps = ordered_steps(options, status);
    if (status != 0)
        return status;
    std::set<std::string> failed;
    Meanwhile meanwhile;
    for (size_t i = 0; i < steps.size() && meanwhile.signal == 0; ++i) {
        int result = take_step(options, steps[i], failed, meanwhile);
        if (result != 0)
            failed.insert(steps[i].jail);
        status = status == 0 ? result : status;
        if (meanwhile.signal != 0)
            tell_not_begun(std::span(steps).subspan(i + 1));
    }
    return end_several(status, meanwhile);
}

} // namespace shell
