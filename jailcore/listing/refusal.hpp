// What a listing cannot do, as the user reads it: `JAIL: STEP: CAUSE; MEND`, without what is empty.
#pragma once

#include <stdexcept>

namespace jailcore {

class ListingRefusal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace jailcore
