// What is measured of one system, and the plan that measures all of them side by side.
#pragma once

#include "bench/harness_counters.hpp"
#include "bench/harness_systems.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bench {

struct Sizes {
    size_t pairs = 21;         // blocks: in each, every system is measured once, back to back
    size_t bytes = 50'000'000; // of one throughput sample; other streams take their part of it
    size_t echoes = 500;       // round trips of one echo sample; as many more warm it up
    size_t attaches = 10;      // of one attach sample
    size_t counted_bytes = 20'000'000;
    std::vector<size_t> idle_sessions = {1, 8, 16, 32, 100, 316, 1000}; // as far as the system goes
    double idle_seconds = 2;                                            // for which wake-ups are counted
};

// Samples of one system, one for each block: the i-th of all systems were taken next to each other.
struct Samples {
    std::vector<double> echo;   // µs, the median of the sample's round trips
    std::vector<double> attach; // ms, the median of the sample's attaches
    // MB/s of each stream: see streams().
    std::vector<double> throughput;
    std::vector<double> writes_64, writes_1024, writes_4096;
    std::vector<double> cooked_lines;
    std::vector<double> gnu_pipeline, busybox_pipeline;
};

// Of one process of a router, for each idle session; NaN where /proc does not let us read it.
struct IdleCost {
    double set_size = 0; // KiB of PSS
    double descriptors = 0;
};

struct Figures {
    std::string counts_unavailable;       // why there are no counts; empty: there are
    Counts per_megabyte;                  // of client and router
    Counts per_attach;                    // of client, router and shell
    double idle_wakeups = 0;              // of client and router, per second and session
    std::map<std::string, IdleCost> idle; // by the role of the process
    std::map<size_t, double> attach;      // ms, beside so many idle sessions
};

// One system. It is dropped, with the reason, at its first failure.
struct Contestant {
    std::string name;
    std::unique_ptr<System> system; // null: not available
    std::string unavailable;
    bool all_streams = false; // see SystemRow
    Samples samples;
    Figures figures;
};

// The systems of the table whose names hold one of `only`, or all. The reference is always among them.
std::vector<Contestant> contestants(const Fixture& fixture, const std::vector<std::string>& only);

// Milliseconds, the median of so many attaches, one after the other, to a system that is started.
double median_attach(const System& system, size_t count);

// Takes the samples of all in interleaved blocks, then the counts of each. A system is started while it is
// measured itself. Says on stderr how far it is.
void measure(std::vector<Contestant>& all, const Sizes& sizes);

} // namespace bench
