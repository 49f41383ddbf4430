#include "bench/harness_idle.hpp"

#include "bench/harness_session.hpp"
#include "bench/harness_statistics.hpp"

#include <limits>
#include <list>

namespace bench {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

struct Points {
    std::vector<double> sessions;
    std::vector<double> set_size;
    std::vector<double> descriptors;
};

// A system may have several processes of one role: what they hold together counts.
void take_points(System& system, size_t sessions, std::map<std::string, Points>& points) {
    std::map<std::string, IdleCost> sums;
    for (const Role& role : system.roles()) {
        IdleCost& sum = sums[role.name];
        sum.set_size += proportional_set_size(role.pid).value_or(nothing);
        sum.descriptors += open_descriptors(role.pid).value_or(nothing);
    }
    for (const auto& [name, sum] : sums) {
        points[name].sessions.push_back(static_cast<double>(sessions));
        points[name].set_size.push_back(sum.set_size);
        points[name].descriptors.push_back(sum.descriptors);
    }
}

double switches_of(const std::vector<pid_t>& pids) {
    double sum = 0;
    for (pid_t pid : pids)
        sum += context_switches(pid).value_or(nothing);
    return sum;
}

double wakeups(System& system, const std::list<Session>& sessions, double duration) {
    std::vector<pid_t> pids;
    for (const Role& role : system.roles())
        pids.push_back(role.pid);
    for (const Session& session : sessions)
        pids.push_back(session.client());
    const double before = switches_of(pids);
    sleep_seconds(duration);
    return (switches_of(pids) - before) / duration / static_cast<double>(sessions.size());
}

} // namespace

void measure_idle(System& system, const Sizes& sizes, Figures& figures) {
    std::list<Session> sessions;
    std::map<std::string, Points> points;
    for (size_t count : sizes.idle_sessions) {
        if (count > system.most_sessions())
            break;
        while (sessions.size() < count) {
            sessions.emplace_back(system.client(Program::shell));
            sessions.back().wait_for_prompt();
        }
        sleep_seconds(0.3);
        take_points(system, count, points);
        figures.attach[count] = median_attach(system, sizes.attaches);
    }
    figures.idle_wakeups = wakeups(system, sessions, sizes.idle_seconds);
    for (const auto& [name, line] : points)
        figures.idle[name] = {slope(line.sessions, line.set_size), slope(line.sessions, line.descriptors)};
}

} // namespace bench
