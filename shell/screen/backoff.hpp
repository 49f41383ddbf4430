// How long to wait before what has failed is tried again: twice as long each time, until it succeeds. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

namespace top {

class Backoff {
public:
    std::chrono::seconds after_failure() { return std::exchange(next_, std::min(next_ * 2, most)); }
    void succeeded() { next_ = least; }

private:
    static constexpr std::chrono::seconds least{2};
    static constexpr std::chrono::seconds most{60};
    std::chrono::seconds next_ = least;
};

} // namespace top
