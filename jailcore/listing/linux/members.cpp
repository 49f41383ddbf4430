#include "jailcore/listing/members.hpp"

#include "jailcore/contract/linux/record.hpp"
#include "jailcore/listing/linux/cgroup_tree.hpp"
#include "jailcore/listing/linux/pid_namespaces.hpp"
#include "jailcore/listing/linux/proc.hpp"
#include "jailcore/listing/linux/proc_text.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace jailcore {
namespace {

constexpr size_t uid_map_limit = size_t{64} << 10;

struct Jail {
    const JailRecord* record = nullptr;
    size_t level = 0; // of its pid namespace below the reader's
    std::string uid_map;
};

// A process is in the jail whose pid namespace it is in, or that namespace is below; of a jail that shares
// the host's, what is in its cgroup; where it has no cgroup either, its first process and that one's
// descendants.
class Members {
public:
    explicit Members(std::span<const JailRecord> records) {
        for (const JailRecord& record : records)
            add_jail(record);
        for (const auto& [pid, jail] : by_pid_)
            roots_.push_back(pid);
    }

    std::vector<JailProcess> find() {
        if (jails_.empty())
            return {};
        for (int32_t pid : all_pids()) {
            ProcFolder folder(pid);
            if (!folder)
                continue;
            if (auto jail = jail_of(pid, folder))
                add(*jail, folder);
            else if (!roots_.empty())
                add_candidate(pid, folder);
        }
        add_descendants();
        // By the pid that is shown first: the host's may have wrapped in between.
        std::ranges::sort(found_, {}, [](const JailProcess& one) {
            return std::tuple(one.jail->jid, one.jailed_pid, one.process.pid);
        });
        find_parents();
        return std::move(found_);
    }

private:
    // A record whose first process is gone is passed over: its pid and its namespace's inode may be others'
    // by now.
    void add_jail(const JailRecord& record) {
        ProcFolder folder(record.pid);
        if (!folder)
            return;
        auto first = folder.process();
        if (!first || first->start_time != record.start_time)
            return;
        size_t index = jails_.size();
        jails_.push_back(
            {&record, first->pids.size() - 1, folder.read("uid_map", uid_map_limit).value_or("")});
        if ((record.flags & jail_own_pid_namespace) != 0)
            by_namespace_.add(linux_of(record).pid_namespace, index);
        else if (auto pids = pids_of_cgroup(std::string(pty::get_text(record.cgroup))); !pids.empty())
            add_cgroup(pids, record.pid, index);
        else
            by_pid_[record.pid] = index;
    }

    void add_cgroup(const std::vector<int32_t>& pids, int32_t first, size_t index) {
        by_cgroup_[first] = index;
        for (int32_t pid : pids)
            by_cgroup_[pid] = index;
    }

    std::optional<size_t> jail_of(int32_t pid, const ProcFolder& folder) {
        if (auto found = by_cgroup_.find(pid); found != by_cgroup_.end())
            return found->second;
        return by_namespace_.jail_of(folder);
    }

    void add(size_t index, const ProcFolder& folder) {
        if (auto process = folder.process())
            add(index, std::move(*process));
    }

    void add(size_t index, Process process) {
        const Jail& jail = jails_[index];
        bool own = (jail.record->flags & jail_own_pid_namespace) != 0;
        // Entered from outside and not yet in the namespace: it has no pid there.
        if (own && process.pids.size() <= jail.level)
            return;
        int32_t jailed = own ? process.pids[jail.level] : process.pid;
        int64_t user = inner_uid(jail.uid_map, process.user);
        found_.push_back({jail.record, jailed, user, 0, std::move(process), {}});
    }

    void add_candidate(int32_t pid, const ProcFolder& folder) {
        if (auto process = folder.process()) {
            children_[process->parent].push_back(pid);
            candidates_.emplace(pid, std::move(*process));
        }
    }

    void add_descendants() {
        while (!roots_.empty()) {
            int32_t pid = roots_.back();
            roots_.pop_back();
            auto candidate = candidates_.find(pid);
            if (candidate == candidates_.end())
                continue;
            size_t index = by_pid_.at(pid);
            add(index, std::move(candidate->second));
            candidates_.erase(candidate);
            for (int32_t child : children_[pid]) {
                by_pid_.try_emplace(child, index);
                roots_.push_back(child);
            }
        }
    }

    void find_parents() {
        std::unordered_map<int32_t, const JailProcess*> by_pid;
        for (const JailProcess& one : found_)
            by_pid.emplace(one.process.pid, &one);
        for (JailProcess& one : found_)
            if (auto parent = by_pid.find(one.process.parent);
                parent != by_pid.end() && parent->second->jail == one.jail)
                one.jailed_parent = parent->second->jailed_pid;
    }

    std::vector<Jail> jails_;
    PidNamespaces by_namespace_;
    std::unordered_map<int32_t, size_t> by_cgroup_;
    std::unordered_map<int32_t, size_t>
        by_pid_; // jails known by their first process alone, then its descendants
    std::vector<int32_t> roots_;
    std::unordered_map<int32_t, std::vector<int32_t>> children_;
    std::unordered_map<int32_t, Process> candidates_;
    std::vector<JailProcess> found_;
};

} // namespace

std::vector<JailProcess> jail_processes(std::span<const JailRecord> jails) {
    return Members(jails).find();
}

// Of the processes in his own jails there is none that he may not see.
std::string hidden_by() {
    return {};
}

std::optional<Process> program_of(const SessionRecord& session) {
    ProcFolder folder(session.pid);
    return folder ? folder.process() : std::nullopt;
}

} // namespace jailcore
