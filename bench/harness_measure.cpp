#include "bench/harness_measure.hpp"

#include "bench/harness_idle.hpp"
#include "bench/harness_session.hpp"
#include "bench/harness_statistics.hpp"
#include "bench/harness_stream.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <limits>

namespace bench {
namespace {

constexpr std::string_view ready = "@inside@";
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

// After its first client a server may still prepare itself for the next ones.
constexpr double to_come_to_rest = 0.05; // seconds

std::unique_ptr<Session> session_at_rest(const System& system) {
    auto session = std::make_unique<Session>(system.client(Program::inside));
    session->wait_for(ready);
    sleep_seconds(to_come_to_rest);
    return session;
}

double throughput(System& system, const Stream& stream, size_t bytes) {
    const Started started(system, Program::inside);
    const auto session = session_at_rest(system);
    const double start = seconds_now();
    pour(*session, stream, bytes);
    return static_cast<double>(bytes) / 1e6 / (seconds_now() - start);
}

double echo(System& system, size_t rounds) {
    const Started started(system, Program::inside);
    const auto session = session_at_rest(system);
    std::vector<double> times;
    for (size_t i = 0; i < 2 * rounds; ++i) {
        const double start = seconds_now();
        session->type("e");
        session->read_bytes(1);
        if (i >= rounds)
            times.push_back((seconds_now() - start) * 1e6);
    }
    return median(times);
}

// What a server starts for its first client is not what an attach costs.
void attach_first(const System& system) {
    median_attach(system, 1);
    sleep_seconds(to_come_to_rest);
}

double attach(System& system, size_t count) {
    const Started started(system, Program::shell);
    attach_first(system);
    return median_attach(system, count);
}

std::vector<pid_t> pids_of(const std::vector<Role>& roles) {
    std::vector<pid_t> result;
    result.reserve(roles.size());
    for (const Role& role : roles)
        result.push_back(role.pid);
    return result;
}

Counts divided(const Counts& counts, double by) {
    return {counts.system_calls / by, counts.context_switches / by, counts.processor_ms / by};
}

// What stands between the program inside and the terminal: neither of the two is counted.
Counts count_relaying(System& system, size_t bytes) {
    const Started started(system, Program::inside);
    const auto session = session_at_rest(system);
    std::vector<pid_t> relaying = pids_of(system.roles());
    relaying.push_back(session->client());
    for (size_t i = 0, known = relaying.size(); i < known; ++i) {
        const std::vector<pid_t> below = descendants_of(relaying[i]);
        relaying.insert(relaying.end(), below.begin(), below.end());
    }
    std::erase_if(relaying, [](pid_t pid) {
        return command_name(pid) == "inside";
    });
    std::sort(relaying.begin(), relaying.end());
    relaying.erase(std::unique(relaying.begin(), relaying.end()), relaying.end());
    const Counters counters(relaying, false);
    pour(*session, streams().front(), bytes);
    return divided(counters.read(), static_cast<double>(bytes) / 1e6);
}

Counts count_attach(System& system, size_t count) {
    const Started started(system, Program::shell);
    attach_first(system);
    Counts sum;
    for (size_t i = 0; i < count; ++i) {
        const Counters counters(pids_of(system.roles()), true);
        Session session(system.client(Program::shell));
        session.wait_for_prompt();
        const Counts counts = counters.read();
        sum.system_calls += counts.system_calls;
        sum.context_switches += counts.context_switches;
        sum.processor_ms += counts.processor_ms;
    }
    return divided(sum, static_cast<double>(count));
}

Figures figures_of(System& system, const Sizes& sizes) {
    Figures result;
    if (Counters({}, true).usable()) {
        result.per_megabyte = system.passes_bytes() ? count_relaying(system, sizes.counted_bytes)
                                                    : Counts{nothing, nothing, nothing};
        result.per_attach = count_attach(system, sizes.attaches);
    } else {
        result.counts_unavailable = "the kernel does not let this user count (perf_event_open)";
    }
    const Started started(system, Program::shell);
    measure_idle(system, sizes, result);
    return result;
}

template <class Step>
void attempt(Contestant& contestant, Step step) {
    throw_if_interrupted();
    if (!contestant.system)
        return;
    try {
        step(*contestant.system);
    } catch (const Interrupted&) {
        throw;
    } catch (const std::exception& error) {
        contestant.unavailable = error.what();
        contestant.system.reset();
    }
}

// Every second block runs backwards, and each begins with another system: no system always follows the same
// one.
std::vector<size_t> order_of_block(size_t block, size_t count) {
    std::vector<size_t> order;
    for (size_t i = 0; i < count; ++i)
        order.push_back((i + block) % count);
    if (block % 2 == 1)
        std::reverse(order.begin(), order.end());
    return order;
}

template <class Sample>
void sample_all(std::vector<Contestant>& all, size_t block, Sample sample) {
    for (size_t index : order_of_block(block, all.size()))
        attempt(all[index], [&](System& system) {
            sample(system, all[index]);
        });
}

void sample_block(std::vector<Contestant>& all, size_t block, const Sizes& sizes) {
    sample_all(all, block, [&](System& system, Contestant& each) {
        each.samples.attach.push_back(attach(system, sizes.attaches));
    });
    sample_all(all, block, [&](System& system, Contestant& each) {
        if (system.passes_bytes())
            each.samples.echo.push_back(echo(system, sizes.echoes));
    });
    for (const Stream& stream : streams())
        sample_all(all, block, [&](System& system, Contestant& each) {
            if (each.all_streams || (system.passes_bytes() && stream.column == streams().front().column))
                (each.samples.*stream.column)
                    .push_back(throughput(system, stream, sizes.bytes / stream.part));
        });
}

} // namespace

std::vector<Contestant> contestants(const Fixture& fixture, const std::vector<std::string>& only) {
    std::vector<Contestant> result;
    for (const SystemRow& row : system_table()) {
        const bool wanted =
            only.empty() || std::any_of(only.begin(), only.end(), [&](const std::string& part) {
                return row.name.find(part) != std::string::npos;
            });
        if (!wanted && !result.empty())
            continue;
        throw_if_interrupted();
        Contestant& contestant = result.emplace_back();
        contestant.name = row.name;
        contestant.all_streams = row.all_streams;
        try {
            contestant.system = row.make(fixture);
        } catch (const std::exception& error) {
            contestant.unavailable = error.what();
        }
    }
    return result;
}

double median_attach(const System& system, size_t count) {
    std::vector<double> times;
    for (size_t i = 0; i < count; ++i) {
        Session session(system.client(Program::shell));
        times.push_back((session.wait_for_prompt() - session.started()) * 1e3);
    }
    return median(times);
}

void measure(std::vector<Contestant>& all, const Sizes& sizes) {
    for (size_t block = 0; block < sizes.pairs; ++block) {
        std::fprintf(stderr, "\rpair %zu of %zu", block + 1, sizes.pairs);
        sample_block(all, block, sizes);
    }
    for (Contestant& contestant : all) {
        std::fprintf(stderr, "\rcounting: %-30s", contestant.name.c_str());
        attempt(contestant, [&](System& system) {
            contestant.figures = figures_of(system, sizes);
        });
    }
    std::fprintf(stderr, "\r%40s\r", "");
}

} // namespace bench
