#include "shell/ignored_signals.hpp"

namespace shell {

IgnoredSignals::IgnoredSignals(const std::vector<int>& signals) {
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    for (int signal : signals) {
        struct sigaction before = {};
        ::sigaction(signal, &ignore, &before);
        before_.emplace_back(signal, before);
    }
}

IgnoredSignals::~IgnoredSignals() {
    for (const auto& [signal, before] : before_)
        ::sigaction(signal, &before, nullptr);
}

} // namespace shell
