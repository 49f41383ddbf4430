#include "jailcore/conf/order.hpp"

#include "jailcore/conf/names.hpp"
#include "router/contract/target.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace jailcore::conf {
namespace {

using Names = std::vector<std::string>;

void add_once(Names& names, const std::string& name) {
    if (std::ranges::find(names, name) == names.end())
        names.push_back(name);
}

bool holds(const std::vector<Step>& steps, std::string_view verb, const std::string& jail) {
    return std::ranges::any_of(steps, [&](const Step& step) {
        return step.verb == verb && step.jail == jail;
    });
}

class Orderer {
public:
    Orderer(const std::vector<JailConfiguration>& jails, const std::set<std::string>& running)
        : running_(running) {
        for (const JailConfiguration& jail : jails)
            if (needs_.try_emplace(jail.name).second)
                configured_.push_back(jail.name);
        for (const JailConfiguration& jail : jails)
            add_needs(jail);
        known_ = configured_;
        for (const std::string& name : running)
            if (needs_.try_emplace(name).second)
                known_.push_back(name);
        for (const std::string& name : known_)
            add_parent(name);
        for (const std::string& name : known_)
            for (const std::string& need : needs_.at(name))
                needed_by_[need].push_back(name);
    }

    Order start(const Names& names) {
        Names all = expanded(names, [this](const std::string& jail) {
            return !running_.contains(jail);
        });
        for (const std::string& name : all)
            visit_start(name);
        if (!order_.errors.empty())
            leave_out_what_nobody_needs(all);
        return std::move(order_);
    }

    Order stop(const Names& names) {
        for (const std::string& name : expanded(names, [this](const std::string& jail) {
                 return running_.contains(jail);
             }))
            visit_stop(name);
        return std::move(order_);
    }

    Order kill(const Names& names) {
        end_by_ = "kill";
        for (const std::string& name : names)
            visit_stop(name);
        return std::move(order_);
    }

    Order restart(const Names& names) {
        Names all = expanded(names, [](const std::string&) {
            return true;
        });
        for (const std::string& name : all)
            if (running_.contains(name) && std::ranges::find(configured_, name) == configured_.end())
                report_unconfigured(name);
            else if (running_.contains(name) || std::ranges::find(names, name) != names.end())
                visit_stop(name);
        std::vector<Step> stops = std::move(order_.steps);
        // What is named and does not run is left to the restart itself to refuse, and nothing is done for it.
        for (Step& step : stops)
            if (!running_.contains(step.jail))
                step.verb = "restart";
        std::erase_if(all, [&](const std::string& name) {
            return holds(stops, "restart", name);
        });
        for (const Step& step : stops)
            running_.erase(step.jail);
        order_.steps.clear();
        done_.clear();
        for (const std::string& name : all)
            visit_start(name);
        if (order_.errors.empty())
            join(std::move(stops));
        else
            order_.steps.clear();
        return std::move(order_);
    }

private:
    void add_needs(const JailConfiguration& jail) {
        Names& needs = needs_[jail.name];
        if (const Parameter* depend = jail.find("depend"))
            for (const std::string& name : depend->values)
                add_once(needs, name);
    }

    // The nearest there is: `a.b.c` may be there without `a.b`.
    void add_parent(const std::string& name) {
        for (size_t dot = name.rfind('.'); dot != std::string::npos && dot > 0;
             dot = name.rfind('.', dot - 1))
            if (std::string parent = name.substr(0, dot); needs_.contains(parent))
                return add_once(needs_.at(name), parent);
    }

    // Wildcards become the configured jails that match, in file order, and that `wanted` wants.
    template <class Wanted>
    [[nodiscard]] Names expanded(const Names& names, Wanted wanted) const {
        Names all;
        for (const std::string& name : names) {
            if (!is_wildcard(name)) {
                add_once(all, name);
                continue;
            }
            for (const std::string& jail : configured_)
                if (wildcard_matches(name, jail) && wanted(jail))
                    add_once(all, jail);
        }
        return all;
    }

    void visit_start(const std::string& name) {
        if (!done_.insert(name).second || refuse(name))
            return;
        Step step{"start", name, {}};
        path_.push_back(name);
        auto found = needs_.find(name);
        for (const std::string& need : found == needs_.end() ? Names() : found->second) {
            if (running_.contains(need))
                continue;
            if (!needs_.contains(need)) {
                report_undefined(name, need);
                step.verb = "refuse";
                continue;
            }
            if (std::ranges::find(path_, need) != path_.end()) {
                report_loop(name, need);
                step.verb = "refuse";
                continue;
            }
            step.after.push_back(need);
            visit_start(need);
        }
        path_.pop_back();
        if (step.verb == "refuse")
            step.after.clear();
        order_.steps.push_back(std::move(step));
    }

    // What was not asked for is started for the sake of what will be, not of what is refused or skipped.
    void leave_out_what_nobody_needs(const Names& asked_for) {
        std::set<std::string> doomed;
        for (const Step& step : order_.steps)
            if (step.verb == "refuse" || std::ranges::any_of(step.after, [&](const std::string& jail) {
                    return doomed.contains(jail);
                }))
                doomed.insert(step.jail);
        std::set<std::string> needed(asked_for.begin(), asked_for.end());
        for (auto step = order_.steps.rbegin(); step != order_.steps.rend(); ++step)
            if (needed.contains(step->jail) && !doomed.contains(step->jail))
                needed.insert(step->after.begin(), step->after.end());
        std::erase_if(order_.steps, [&](const Step& step) {
            return !doomed.contains(step.jail) && !needed.contains(step.jail);
        });
    }

    bool refuse(const std::string& name) {
        constexpr size_t longest_path = 1000; // a longer one is a mistake, or made to use up the stack
        std::string why;
        if (!contract::is_jail_name(name))
            why = std::string("that is no name of a jail; ") + contract::jail_name_rule;
        else if (path_.size() >= longest_path)
            why = "at the end of a chain of more than " + std::to_string(longest_path) + " dependencies";
        else
            return false;
        order_.errors.push_back(name + ": " + why);
        stopped_.insert(name);
        order_.steps.push_back({"refuse", name, {}});
        return true;
    }

    void report_unconfigured(const std::string& name) {
        order_.errors.push_back(name +
                                ": it is not in the configuration, so that it could not be started again; "
                                "-f names another file, and 'jconsole stop " +
                                name + "' stops it");
    }

    void report_undefined(const std::string& name, const std::string& need) {
        order_.errors.push_back(name + ": depends on undefined jail \"" + need + "\"");
    }

    // `name` is the last of the path, and needs `first`, which the path has passed.
    void report_loop(const std::string& name, const std::string& first) {
        std::string jails = name;
        for (auto jail = std::ranges::find(path_, first); jail != path_.end(); ++jail)
            jails += ", " + *jail;
        order_.errors.push_back(name + ": dependency loop: " + jails);
    }

    // A loop of what runs all the same is passed over: whoever wants a jail stopped gets it stopped.
    void visit_stop(const std::string& name) {
        if (!done_.insert(name).second || refuse(name))
            return;
        Step step{end_by_, name, {}};
        path_.push_back(name);
        auto found = needed_by_.find(name);
        const Names& needed_by = found == needed_by_.end() ? Names() : found->second;
        for (const std::string& other : needed_by) {
            if (!running_.contains(other) || done_.contains(other))
                continue;
            step.after.push_back(other);
            visit_stop(other);
        }
        path_.pop_back();
        // What another way here has put into the order is waited for, too.
        for (const std::string& other : needed_by)
            if (stopped_.contains(other))
                add_once(step.after, other);
        stopped_.insert(name);
        order_.steps.push_back(std::move(step));
    }

    // What is stopped and started with nothing in between is restarted.
    void join(std::vector<Step> stops) {
        if (stops.size() == 1 && order_.steps.size() == 1 && stops[0].jail == order_.steps[0].jail) {
            order_.steps[0].verb = "restart";
            return;
        }
        for (Step& step : order_.steps)
            if (holds(stops, "stop", step.jail))
                add_once(step.after, step.jail);
        order_.steps.insert(order_.steps.begin(), std::make_move_iterator(stops.begin()),
                            std::make_move_iterator(stops.end()));
    }

    std::string end_by_ = "stop"; // how jails end
    std::set<std::string> running_;
    Names configured_; // in file order
    Names known_;      // and behind them what runs besides
    std::map<std::string, Names> needs_;
    std::map<std::string, Names> needed_by_; // in the order of known_
    std::set<std::string> stopped_;          // they have their step
    std::set<std::string> done_;
    Names path_; // from what was asked for to what is looked at
    Order order_;
};

} // namespace

Order order_jails(std::string_view verb, const std::vector<std::string>& names,
                  const std::vector<JailConfiguration>& jails, const std::set<std::string>& running) {
    constexpr std::pair<std::string_view, Order (Orderer::*)(const Names&)> orders[] = {
        {"start", &Orderer::start},
        {"stop", &Orderer::stop},
        {"restart", &Orderer::restart},
        {"kill", &Orderer::kill}};
    Orderer orderer(jails, running);
    for (const auto& [name, make] : orders)
        if (name == verb)
            return (orderer.*make)(names);
    return {};
}

} // namespace jailcore::conf
