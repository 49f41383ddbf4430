// What jails use and what runs in sessions, as the kernel has it, asked again and again.
#pragma once

#include "jailcore/listing/live.hpp"

#include <memory>
#include <span>
#include <vector>

namespace jailcore {

class LiveKernel {
public:
    // To be made before the sandbox: it may have more descriptors open than others from then on.
    LiveKernel();
    ~LiveKernel();
    LiveKernel(const LiveKernel&) = delete;
    LiveKernel& operator=(const LiveKernel&) = delete;

    // One round, in the order of what is asked for. They read nothing that a jail can make wait. Throw
    // StepError where the kernel tells nothing at all.
    std::vector<JailUsage> usage(std::span<const JailRecord> jails);
    std::vector<LiveSession> sessions(std::span<const SessionRecord> sessions);

private:
    struct Kept; // from round to round
    std::unique_ptr<Kept> kept_;
};

} // namespace jailcore
