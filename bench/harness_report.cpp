#include "bench/harness_report.hpp"

#include "bench/harness_statistics.hpp"
#include "bench/harness_stream.hpp"
#include "pty/json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sys/utsname.h>
#include <unistd.h>

namespace bench {
namespace {

using pty::Json;
using Column = std::vector<double> Samples::*;
using Cost = double IdleCost::*;

std::string number(double value) {
    if (std::isnan(value))
        return "n/a";
    const int digits =
        std::abs(value) < 9.95 ? (std::abs(value) < 0.995 ? 3 : 2) : (std::abs(value) < 99.5 ? 1 : 0);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

std::string ratio(const Interval& interval) {
    return number(interval.middle) + " [" + number(interval.low) + ", " + number(interval.high) + "]";
}

std::string row(const std::vector<std::string>& cells) {
    std::string result = "|";
    for (const std::string& cell : cells)
        result.append(" ").append(cell).append(" |");
    return result + "\n";
}

std::string heading(const std::vector<std::string>& cells) {
    std::string line = "|";
    for (size_t i = 0; i < cells.size(); ++i)
        line += i == 0 ? " --- |" : " ---: |";
    return row(cells) + line + "\n";
}

// Where one line of a table must stay one line.
std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    std::replace(text.begin(), text.end(), '\r', ' ');
    std::replace(text.begin(), text.end(), '|', '/');
    return text;
}

std::string machine() {
    utsname name{};
    ::uname(&name);
    double load = 0;
    std::ifstream("/proc/loadavg") >> load;
    return std::string("Linux ") + name.release + ", " + std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) +
           " processors, load at the end " + number(load);
}

std::string times_table(const std::vector<Contestant>& all) {
    std::string text = heading({"system", "throughput MB/s", "ratio to direct [95 %]", "echo p50 µs",
                                "ratio to direct [95 %]", "attach p50 ms", "ratio to direct [95 %]"});
    for (const Contestant& each : all) {
        if (!each.system) {
            text += row({each.name, "not available: " + one_line(each.unavailable), "", "", "", "", ""});
            continue;
        }
        std::vector<std::string> cells = {each.name};
        for (Column column : {&Samples::throughput, &Samples::echo, &Samples::attach}) {
            cells.push_back(number(median(each.samples.*column)));
            cells.push_back(ratio(median_ratio(each.samples.*column, all.front().samples.*column)));
        }
        text += row(cells);
    }
    return text;
}

const Contestant* find(const std::vector<Contestant>& all, std::string_view name) {
    auto found = std::find_if(all.begin(), all.end(), [&](const Contestant& each) {
        return each.name == name && each.system;
    });
    return found == all.end() ? nullptr : &*found;
}

// The figure against another system's; nothing where that one is not there.
std::string ratio_to(const Contestant* other, const Contestant& each, Column column) {
    return other == nullptr ? "-" : ratio(median_ratio(each.samples.*column, other->samples.*column));
}

std::string streams_table(const std::vector<Contestant>& all) {
    std::string text = heading(
        {"what is written", "system", "MB/s", "ratio to direct [95 %]", "to bare two-hop", "to uWSGI raw"});
    for (const Stream& stream : streams())
        for (const Contestant& each : all) {
            if (!each.system || !each.all_streams || stream.column == streams().front().column)
                continue;
            text += row({stream.name, each.name, number(median(each.samples.*stream.column)),
                         ratio_to(&all.front(), each, stream.column),
                         ratio_to(find(all, "bare two-hop"), each, stream.column),
                         ratio_to(find(all, "uWSGI raw"), each, stream.column)});
        }
    return text;
}

std::string idle_text(const Figures& figures, Cost what) {
    std::string text;
    for (const auto& [role, cost] : figures.idle)
        text += (text.empty() ? "" : ", ") + role + " " + number(cost.*what);
    return text.empty() ? "-" : text;
}

std::vector<std::string> counts_cells(const Counts& counts, bool available) {
    if (!available)
        return {"n/a", "n/a", "n/a"};
    return {number(counts.system_calls), number(counts.context_switches), number(counts.processor_ms)};
}

std::string counts_table(const std::vector<Contestant>& all) {
    std::string text =
        heading({"system", "system calls / MB", "context switches / MB", "processor ms / MB",
                 "system calls / attach", "context switches / attach", "processor ms / attach"});
    for (const Contestant& each : all) {
        if (!each.system)
            continue;
        std::vector<std::string> cells = {each.name};
        for (const Counts& counts : {each.figures.per_megabyte, each.figures.per_attach})
            for (std::string& cell : counts_cells(counts, each.figures.counts_unavailable.empty()))
                cells.push_back(std::move(cell));
        text += row(cells);
    }
    return text;
}

std::string idle_table(const std::vector<Contestant>& all) {
    std::string text = heading({"for each idle session", "PSS KiB", "fds", "wake-ups / s"});
    for (const Contestant& each : all)
        if (each.system)
            text += row({each.name, idle_text(each.figures, &IdleCost::set_size),
                         idle_text(each.figures, &IdleCost::descriptors), number(each.figures.idle_wakeups)});
    return text;
}

std::string attach_table(const std::vector<Contestant>& all) {
    std::string text =
        heading({"attach beside live sessions", "ms at the fewest", "sessions", "ms at the most", "ratio"});
    for (const Contestant& each : all) {
        if (!each.system || each.figures.attach.empty())
            continue;
        const auto& [fewest, first] = *each.figures.attach.begin();
        const auto& [most, last] = *each.figures.attach.rbegin();
        text += row({each.name, number(first), std::to_string(fewest) + " to " + std::to_string(most),
                     number(last), number(last / first)});
    }
    return text;
}

struct Goal {
    const char* name;
    Column column;
    const char* against;
    bool at_least; // of the ratio; otherwise at most
    double limit;
};

std::vector<Goal> goals() {
    std::vector<Goal> result = {
        {"throughput", &Samples::throughput, "uWSGI raw", true, 1.0},
        {"throughput", &Samples::throughput, "bare two-hop", true, 0.9},
        {"echo p50", &Samples::echo, "uWSGI raw", false, 1.0},
        {"echo p50", &Samples::echo, "bare two-hop", false, 1 / 0.9},
        {"attach p50", &Samples::attach, "uWSGI raw", false, 1.0},
        {"attach p50", &Samples::attach, "nsenter", false, 1.5},
    };
    for (size_t i = 1; i < streams().size(); ++i) {
        const Stream& stream = streams()[i];
        result.push_back({stream.name, stream.column, "uWSGI raw", true, 1.0});
        result.push_back({stream.name, stream.column, "bare two-hop", true, 0.95});
    }
    return result;
}

// An attach beside 1,000 live sessions costs at most half as much again as one beside a single one.
std::string sessions_goals(const std::vector<Contestant>& all) {
    constexpr size_t many = 1000;
    constexpr double limit = 1.5;
    std::string text;
    for (const Contestant& each : all) {
        const auto& attach = each.figures.attach;
        if (!each.system || !attach.contains(1) || !attach.contains(many))
            continue;
        const double middle = attach.at(many) / attach.at(1);
        text += row({each.name, "attach at 1,000 sessions", "at one", number(middle), "≤ " + number(limit),
                     middle <= limit ? "yes" : "no"});
    }
    return text;
}

std::string goals_table(const std::vector<Contestant>& all) {
    std::string text;
    for (const Contestant& each : all) {
        if (!each.system || !each.name.starts_with("jconsole"))
            continue;
        for (const Goal& goal : goals()) {
            const Contestant* other = find(all, goal.against);
            if (other == nullptr)
                continue;
            const Interval interval = median_ratio(each.samples.*goal.column, other->samples.*goal.column);
            const bool met = goal.at_least ? interval.middle >= goal.limit : interval.middle <= goal.limit;
            text += row({each.name, goal.name, goal.against, ratio(interval),
                         (goal.at_least ? "≥ " : "≤ ") + number(goal.limit), met ? "yes" : "no"});
        }
    }
    text += sessions_goals(all);
    return text.empty()
               ? text
               : "\n" + heading({"system", "figure", "against", "ratio [95 %]", "goal", "met"}) + text;
}

Json number_or_null(double value) {
    return std::isnan(value) ? Json() : Json(value);
}

Json samples_json(const std::vector<double>& samples) {
    Json json = Json::array();
    for (double sample : samples)
        json.add(sample);
    return json;
}

Json counts_json(const Counts& counts) {
    return Json::object({{"system_calls", counts.system_calls},
                         {"context_switches", counts.context_switches},
                         {"processor_ms", counts.processor_ms}});
}

Json figures_json(const Figures& figures) {
    Json attaches = Json::object();
    for (const auto& [sessions, time] : figures.attach)
        attaches.set(std::to_string(sessions), time);
    Json idle = Json::object();
    for (const auto& [role, cost] : figures.idle)
        idle.set(role, Json::object({{"pss_kib_per_session", number_or_null(cost.set_size)},
                                     {"fds_per_session", number_or_null(cost.descriptors)}}));
    Json result = Json::object({{"idle_wakeups_per_second_and_session", number_or_null(figures.idle_wakeups)},
                                {"attach_ms_beside_sessions", std::move(attaches)},
                                {"idle", std::move(idle)}});
    if (!figures.counts_unavailable.empty()) {
        result.set("counts_unavailable", figures.counts_unavailable);
        return result;
    }
    result.set("per_megabyte", counts_json(figures.per_megabyte));
    result.set("per_attach", counts_json(figures.per_attach));
    return result;
}

} // namespace

std::string markdown_report(const std::vector<Contestant>& all, const Sizes& sizes) {
    const std::string plan = std::to_string(sizes.pairs) + " interleaved pairs of " +
                             number(static_cast<double>(sizes.bytes) / 1e6) + " MB, " +
                             std::to_string(sizes.echoes) + " round trips and " +
                             std::to_string(sizes.attaches) + " attaches; " + machine() + ".\n\n";
    return plan + times_table(all) + "\n" + streams_table(all) + "\n" + counts_table(all) + "\n" +
           idle_table(all) + "\n" + attach_table(all) + goals_table(all);
}

std::string json_report(const std::vector<Contestant>& all, const Sizes& sizes) {
    Json systems = Json::array();
    for (const Contestant& each : all) {
        Json entry = Json::object({{"name", each.name}});
        if (each.system) {
            for (const Stream& stream : streams())
                entry.set(stream.key, samples_json(each.samples.*stream.column));
            entry.set("echo_us", samples_json(each.samples.echo));
            entry.set("attach_ms", samples_json(each.samples.attach));
            entry.set("figures", figures_json(each.figures));
        } else {
            entry.set("unavailable", each.unavailable);
        }
        systems.add(std::move(entry));
    }
    return Json::object({{"machine", machine()},
                         {"pairs", sizes.pairs},
                         {"bytes", sizes.bytes},
                         {"systems", std::move(systems)}})
               .text(2) +
           "\n";
}

} // namespace bench
