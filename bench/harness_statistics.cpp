#include "bench/harness_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace bench {

double median(std::vector<double> values) {
    if (values.empty())
        return std::numeric_limits<double>::quiet_NaN();
    auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1)
        return *middle;
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

Interval median_ratio(const std::vector<double>& values, const std::vector<double>& references) {
    constexpr size_t resamples = 4000;
    std::vector<double> ratios;
    for (size_t i = 0; i < std::min(values.size(), references.size()); ++i)
        ratios.push_back(values[i] / references[i]);
    Interval result{median(ratios), median(ratios), median(ratios)};
    if (ratios.size() < 2)
        return result;
    std::mt19937_64 random(20240229);
    std::uniform_int_distribution<size_t> pick(0, ratios.size() - 1);
    std::vector<double> medians(resamples), resample(ratios.size());
    for (double& middle : medians) {
        std::generate(resample.begin(), resample.end(), [&] {
            return ratios[pick(random)];
        });
        middle = median(resample);
    }
    std::sort(medians.begin(), medians.end());
    result.low = medians[resamples / 40];
    result.high = medians[resamples - 1 - resamples / 40];
    return result;
}

double slope(const std::vector<double>& x, const std::vector<double>& y) {
    const auto count = static_cast<double>(x.size());
    double sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
    for (size_t i = 0; i < x.size(); ++i) {
        sum_x += x[i];
        sum_y += y[i];
        sum_xx += x[i] * x[i];
        sum_xy += x[i] * y[i];
    }
    return (count * sum_xy - sum_x * sum_y) / (count * sum_xx - sum_x * sum_x);
}

} // namespace bench
