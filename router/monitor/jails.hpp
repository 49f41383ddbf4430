// The registry of running jails: on Linux those that this router started, on FreeBSD all that the kernel has.
// Each that it started is held by the process that stands for it, written to the state directory, and found
// again by the next router by pid and start time. The monitor reads no field of a record but name, numbers
// and flags, which the starter filled in. A record is written once, and before its jail is known: that a
// start is complete is not written, for that could fail, but seen by the end of its starter.
#pragma once

#include "jailcore/contract/record.hpp"
#include "jailcore/process_handle.hpp"
#include "pty/fd.hpp"
#include "router/monitor/event_loop.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace monitor {

struct Jail {
    jailcore::JailRecord record;
    jailcore::ProcessHandle process;
    pty::UniqueFd spec; // sealed memfd of its EnterSpec
    std::unique_ptr<EventLoop::Watch> watch;
    jailcore::ProcessHandle starter; // of a start that an earlier router began, until it ends
    std::unique_ptr<EventLoop::Watch> starter_watch;
    uint64_t memory_kills = 0; // jailcore::out_of_memory_kills(), as last seen
};

class Jails {
public:
    // `state`: the directory to keep records in; it must outlive this.
    Jails(EventLoop& loop, int state) : loop_(loop), state_(state) {}

    // Called with a jail whose process has ended, or was gone when the router came up; it is not listed any
    // more.
    std::function<void(const jailcore::JailRecord&)> on_death;

    // Looks again which jails there are, where the kernel knows that better than we. Throws pty::StepError.
    void refresh();
    // What an earlier router left in the state directory, of whatever version.
    void load();
    // False where one of that name or jid is there already, or the record is malformed. Throws pty::StepError
    // where it cannot be written to the state directory; then the jail is not taken, and nothing left there.
    bool add(const jailcore::JailRecord& record, jailcore::ProcessHandle process, pty::UniqueFd spec);
    // Stopped by its starter.
    void remove(const std::string& name);
    // Where its process has ended, which has perhaps not been noticed yet.
    void drop_ended(const std::string& name);
    // Its starter has finished well.
    void set_started(const std::string& name);
    // Whether its processes have been told to end.
    void set_stopping(const std::string& name, bool stopping);
    [[nodiscard]] bool is_stopping(const std::string& name) const;
    // Whether there is one of that name, and not about to end.
    [[nodiscard]] bool lives(const std::string& name) const;
    // Whether the kernel has killed processes of it, because its memory was full, since this was last asked.
    bool ran_out_of_memory(const std::string& name);

    [[nodiscard]] Jail* find(const std::string& name);
    // Of that number, where no jail has it for a name; null: none.
    [[nodiscard]] const Jail* find_jid(const std::string& digits) const;
    [[nodiscard]] size_t size() const { return jails_.size(); }
    // The next number, never the lowest free one: a number of a jail that is gone is not soon another's.
    uint32_t next_jid();
    // All records, in a sealed memfd. Throws pty::StepError.
    [[nodiscard]] pty::UniqueFd snapshot() const;
    // Has its process look whether anything is left in it.
    void poke(const std::string& name);

private:
    void load_one(const std::string& name);
    // Its name is one, and neither that nor its number is another's.
    [[nodiscard]] bool can_list(const jailcore::JailRecord& record) const;
    [[nodiscard]] bool is_jid_taken(uint32_t jid) const;
    Jail& keep(const jailcore::JailRecord& record, jailcore::ProcessHandle process, pty::UniqueFd spec);
    void await_starter(Jail& jail);
    void save(const jailcore::JailRecord& record, int spec);
    void forget(const std::string& name);

    EventLoop& loop_;
    int state_;
    std::map<std::string, Jail> jails_;
    uint32_t last_jid_ = 0;
};

} // namespace monitor
