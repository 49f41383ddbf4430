#include "bench/harness_statistics.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace {

TEST(Median, IsTheMiddleOrTheMeanOfTheTwoMiddles) {
    EXPECT_EQ(bench::median({3, 1, 2}), 2);
    EXPECT_EQ(bench::median({4, 1, 3, 2}), 2.5);
    EXPECT_EQ(bench::median({7}), 7);
    EXPECT_TRUE(std::isnan(bench::median({})));
}

TEST(MedianRatio, ComparesPairByPair) {
    // Load doubles both sides of a pair: the medians of the sides differ from run to run, the ratio does not.
    const bench::Interval ratio = bench::median_ratio({2, 4, 40, 6}, {1, 2, 20, 3});
    EXPECT_EQ(ratio.middle, 2);
    EXPECT_EQ(ratio.low, 2);
    EXPECT_EQ(ratio.high, 2);
}

TEST(MedianRatio, IntervalHoldsTheMedianAndNarrowsWithThePairs) {
    auto interval = [](int pairs) {
        std::vector<double> values, references;
        for (int i = 0; i < pairs; ++i) {
            values.push_back(10 + i % 5);
            references.push_back(10);
        }
        return bench::median_ratio(values, references);
    };
    const bench::Interval few = interval(10), many = interval(1000);
    EXPECT_LE(few.low, few.middle);
    EXPECT_GE(few.high, few.middle);
    EXPECT_DOUBLE_EQ(many.middle, 1.2);
    EXPECT_LT(many.high - many.low, few.high - few.low);
}

TEST(MedianRatio, OfOnePairHasNoSpread) {
    const bench::Interval ratio = bench::median_ratio({3}, {2});
    EXPECT_EQ(ratio.low, 1.5);
    EXPECT_EQ(ratio.high, 1.5);
}

TEST(Slope, IsOfTheLeastSquaresLine) {
    EXPECT_DOUBLE_EQ(bench::slope({1, 8, 16, 32}, {12, 33, 57, 105}), 3);
    EXPECT_DOUBLE_EQ(bench::slope({0, 1, 2}, {0, 1, 0}), 0);
    EXPECT_TRUE(std::isnan(bench::slope({1, 1}, {1, 2})));
}

} // namespace
