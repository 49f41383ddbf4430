// The statistics of the benchmark: all of them are of medians, because a shared machine disturbs means.
#pragma once

#include <vector>

namespace bench {

// The median; NaN of nothing.
double median(std::vector<double> values);

struct Interval {
    double middle = 0;
    double low = 0;
    double high = 0;
};

// The median of values[i] / references[i] over the pairs, with its 95 % interval by the percentile bootstrap
// (Efron, "Bootstrap Methods", 1979). The resampling has a fixed seed: the same samples give the same
// interval.
Interval median_ratio(const std::vector<double>& values, const std::vector<double>& references);

// The slope of the least-squares line through (x[i], y[i]); NaN where all x are the same.
double slope(const std::vector<double>& x, const std::vector<double>& y);

} // namespace bench
