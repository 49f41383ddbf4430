// Mending a jail's /dev/ptmx and /dev/pts from inside it, by the descriptors that the look at them left, so
// that no link of the jail leads a mend elsewhere.
#pragma once

#include "jailcore/enter/linux/ptmx_facts.hpp"

#include <string>
#include <vector>

namespace jailcore {

// Does what `finding.by` says. Throws StepError, EnterFailure where it cannot be done.
void mend_ptmx(const PtmxPlace& place, const PtmxFinding& finding, const Target& target);

struct MendedPtmx {
    PtmxPlace place; // as it is now
    std::vector<PtmxFinding> findings;
    std::vector<PtmxFinding> mended;
    std::string obstacle; // why the first finding that is left could not be mended; "": it has no mend
};

// Looks, and as long as `repair` is set and there is something that can be mended, mends and looks again.
MendedPtmx examine_ptmx(const Target& target, const HostDevices& host, bool repair);

} // namespace jailcore
