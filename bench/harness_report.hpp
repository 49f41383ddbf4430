// The report, as Markdown tables or as JSON.
#pragma once

#include "bench/harness_measure.hpp"

#include <string>

namespace bench {

std::string markdown_report(const std::vector<Contestant>& all, const Sizes& sizes);
std::string json_report(const std::vector<Contestant>& all, const Sizes& sizes);

} // namespace bench
