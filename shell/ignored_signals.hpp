// Signals that are for another program on the terminal, as system(3) ignores them while that has it.
#pragma once

#include <csignal>
#include <utility>
#include <vector>

namespace shell {

class IgnoredSignals {
public:
    explicit IgnoredSignals(const std::vector<int>& signals);
    ~IgnoredSignals();
    IgnoredSignals(const IgnoredSignals&) = delete;
    IgnoredSignals& operator=(const IgnoredSignals&) = delete;

private:
    std::vector<std::pair<int, struct sigaction>> before_;
};

} // namespace shell
