// jconsole-bench: jconsole beside what else gives a terminal in a jail, each through its own client on a real
// pty.
#include "bench/harness_measure.hpp"
#include "bench/harness_report.hpp"

#include <boost/program_options.hpp>
#include <cstdio>
#include <exception>
#include <iostream>

namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

struct Options {
    bench::Sizes sizes;
    std::vector<std::string> only;
    bool json = false;
    bool help = false;
};

bench::Sizes quick_sizes() {
    return {2, 2'000'000, 50, 2, 2'000'000, {1, 4}, 0.2};
}

po::options_description description() {
    po::options_description all("Use: jconsole-bench [OPTION...]");
    all.add_options()("help", "print this");
    all.add_options()("quick", "small sizes: does it work at all?");
    all.add_options()("pairs", po::value<size_t>(), "interleaved pairs (21)");
    all.add_options()("megabytes", po::value<size_t>(), "of one throughput sample (50)");
    all.add_options()("only", po::value<std::vector<std::string>>()->composing(),
                      "only systems whose name holds this, beside the reference; may be repeated");
    all.add_options()("json", "print JSON with every sample");
    return all;
}

Options parse(int argc, char** argv) {
    po::variables_map values;
    po::store(po::command_line_parser(argc, argv).options(description()).positional({}).run(), values);
    Options options;
    if (values.count("quick") != 0)
        options.sizes = quick_sizes();
    if (values.count("pairs") != 0)
        options.sizes.pairs = values["pairs"].as<size_t>();
    if (values.count("megabytes") != 0)
        options.sizes.bytes = values["megabytes"].as<size_t>() * 1'000'000;
    if (values.count("only") != 0)
        options.only = values["only"].as<std::vector<std::string>>();
    options.json = values.count("json") != 0;
    options.help = values.count("help") != 0;
    return options;
}

int run(const Options& options) {
    bench::catch_interrupts();
    bench::raise_descriptor_limit();
    bench::Fixture fixture;
    fixture.programs = fs::read_symlink("/proc/self/exe").parent_path();
    fixture.jconsole = fixture.programs.parent_path();
    std::vector<bench::Contestant> all = bench::contestants(fixture, options.only);
    bench::measure(all, options.sizes);
    std::cout << (options.json ? json_report(all, options.sizes) : markdown_report(all, options.sizes));
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        const Options options = parse(argc, argv);
        if (options.help) {
            std::cout << description();
            return 0;
        }
        return run(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "jconsole-bench: %s\n", error.what());
        return 1;
    }
}
