// What jails use, measured again and again. Where a jail has a cgroup with the controllers cpu, memory and
// pids, the kernel has added it up already: three small files a jail. Elsewhere the processes are looked at
// one by one, each through a file that stays open from round to round.
#pragma once

#include "jailcore/listing/linux/kept_file.hpp"
#include "jailcore/listing/linux/pid_namespaces.hpp"
#include "jailcore/listing/live.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace jailcore {

class UsageMeter {
public:
    // One round. In the order of `jails`. Reads nothing that a jail can make wait: no command line, no memory
    // of a process. Throws StepError where /proc is not there.
    std::vector<JailUsage> measure(std::span<const JailRecord> jails);

private:
    using Clock = std::chrono::steady_clock;
    struct Cgroup {
        KeptFile cpu, memory, processes;
    };
    enum class Source : uint8_t { controllers, pid_namespace, cgroup_members, descendants };
    struct Jail {
        uint32_t jid = 0;
        int32_t pid = 0; // of its first process
        uint64_t start_time = 0;
        Source source{};
        std::string directory; // of its cgroup
        std::unique_ptr<Cgroup> cgroup;
        std::optional<uint64_t> cpu; // µs used up to the last round; of controllers only
        bool measured = false;       // in a round before this one
    };
    struct Member {
        size_t jail;
        KeptFile stat;
        uint64_t ticks; // used up to the last round
    };
    struct Seen {
        uint64_t round = 0;
        std::optional<Member> member; // nothing: in no jail
    };

    void take_jails(std::span<const JailRecord> records);
    Jail make_jail(const JailRecord& record);
    void take_namespaces(std::span<const JailRecord> records);
    void measure_controllers(size_t index);
    void measure_processes();
    void measure_process(int32_t pid);
    void measure_member(Member& member, const Process& process);
    std::optional<size_t> jail_of(int32_t pid, const Process& process);
    std::optional<Process> read_process(KeptFile& stat);

    uint64_t round_ = 0;
    Clock::time_point last_;
    std::vector<Jail> jails_;
    std::vector<JailUsage> usage_; // of this round; `cpu` in µs until it is divided
    PidNamespaces namespaces_;
    bool scan_ = false;                             // some jail's processes are looked for among all
    bool descendants_ = false;                      // and some jail's by who their parents are
    std::unordered_map<int32_t, size_t> in_cgroup_; // of this round
    std::unordered_map<int32_t, Seen> seen_;
};

} // namespace jailcore
