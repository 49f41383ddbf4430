// How much work a configuration may cause. jail.conf(5) can ask for any amount of it with few bytes
// (variables that double, wildcards times jails, includes of includes); every loop over hostile input pays
// here, and whoever finds the budget spent reports it and stops.
#pragma once

#include <cstddef>

namespace jailcore::conf {

class Budget {
public:
    explicit Budget(size_t amount) : left_(amount) {}

    // False from the first time on that more is asked for than is left.
    bool spend(size_t amount) {
        if (amount > left_)
            spent_ = true;
        left_ -= amount > left_ ? left_ : amount;
        return !spent_;
    }
    [[nodiscard]] bool spent() const { return spent_; }

private:
    size_t left_;
    bool spent_ = false;
};

struct Limits {
    size_t include_depth = 32;           // as in jail(8)
    size_t files = 4096;                 // opened, includes counted each time
    size_t bytes = size_t{32} << 20;     // read, of all files together
    size_t statements = 3'000'000;       // values and blocks counted
    size_t merged = 8'000'000;           // statements that reach some jail, comparisons, looks at wildcards
    size_t expanded = size_t{128} << 20; // bytes of values, after variables
    size_t messages = 1000;
};

} // namespace jailcore::conf
