#include "router/monitor/jails.hpp"

#include "jailcore/contract/enter_spec.hpp"
#include "jailcore/out_of_memory.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"
#include "pty/memfd.hpp"
#include "router/contract/target.hpp"
#include "router/monitor/log.hpp"
#include "router/monitor/state_file.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <set>
#include <utility>

namespace monitor {
namespace {

constexpr uint32_t last_possible_jid = 999999;
constexpr const char* record_suffix = ".jail";
constexpr const char* spec_suffix = ".spec";

std::string name_of(const jailcore::JailRecord& record) {
    return std::string(pty::get_text(record.name));
}

// Of the process that is meant and no other that has its number now; none: it has ended. The pid is held
// first and its start time looked at afterwards: then both are of the same process. Throws pty::StepError
// where that cannot be told.
jailcore::ProcessHandle find_process(int32_t pid, uint64_t start_time) {
    try {
        jailcore::ProcessHandle process(pid);
        auto started = jailcore::start_time(pid);
        if (!started && errno != ENOENT && errno != ESRCH)
            throw pty::StepError(errno, "read start time of", std::to_string(pid));
        return started == start_time ? process : jailcore::ProcessHandle();
    } catch (const pty::StepError& error) {
        if (error.error() != ESRCH)
            throw;
        return {};
    }
}

struct Found {
    jailcore::Readable readable = jailcore::Readable::nothing;
    jailcore::JailRecord record;
    std::string spec;
};

// Where the record says nothing, the head of the specification names the jail's process.
Found find_record(int state, const std::string& name) {
    Found found;
    found.spec = read_state(state, name + spec_suffix).value_or("");
    if (auto content = read_state(state, name + record_suffix))
        found.readable = jailcore::read_record(*content, found.record);
    jailcore::RecordHead spec;
    if (found.readable == jailcore::Readable::nothing &&
        jailcore::read_head(found.spec, jailcore::enter_spec_kind, spec)) {
        found.record.pid = spec.pid;
        found.record.start_time = spec.start_time;
        found.record.jid = spec.jid;
        pty::set_text(found.record.cgroup, pty::get_text(spec.cgroup));
        found.readable = jailcore::Readable::head;
    }
    // The file's name is what it is asked for by.
    pty::set_text(found.record.name, name);
    found.record.flags &= ~jailcore::passing_flags;
    if (found.readable == jailcore::Readable::head) {
        found.record.flags |= jailcore::jail_unreadable;
        pty::set_text(found.record.hostname, "?");
        pty::set_text(found.record.path, "?");
    }
    return found;
}

} // namespace

void Jails::load() {
    for (const std::string& name : list_state(state_, unfinished_suffix))
        remove_state(state_, name + std::string(unfinished_suffix));
    std::set<std::string> names;
    for (const char* suffix : {record_suffix, spec_suffix})
        for (const std::string& name : list_state(state_, suffix))
            names.insert(name);
    for (const std::string& name : names)
        load_one(name);
}

// Whatever is wrong with its record, a jail is not ended for that.
void Jails::load_one(const std::string& name) {
    Found found = find_record(state_, name);
    jailcore::JailRecord& record = found.record;
    if (found.readable == jailcore::Readable::nothing || !contract::is_jail_name(name)) {
        log::error(
            "jail " + name + ": neither " + name + record_suffix + " nor " + name + spec_suffix +
            " in the state folder says which process it is: they are left there, and the next start of " +
            name + " looks for it");
        return;
    }
    try {
        last_jid_ = std::max(last_jid_, std::min(record.jid, last_possible_jid));
        jailcore::ProcessHandle process = find_process(record.pid, record.start_time);
        if (!process) {
            log::info("jail " + name + ": gone since the last router");
            forget(name);
            if (on_death)
                on_death(record);
            return;
        }
        if (found.readable == jailcore::Readable::head)
            log::error("jail " + name +
                       ": its record cannot be read: it is damaged, or of a router that is too new; "
                       "'jconsole kill -f " +
                       name + "' ends it");
        if (record.jid == 0 || is_jid_taken(record.jid)) {
            log::warn("jail " + name + ": another jail has its number, " + std::to_string(record.jid) +
                      ": it gets a new one");
            record.jid = next_jid();
        }
        await_starter(keep(record, std::move(process), pty::sealed_memfd("enter-spec", found.spec)));
        log::debug("jail " + name + ": there since an earlier router, process " + std::to_string(record.pid));
    } catch (const pty::StepError& error) {
        log::error("jail " + name + ": " + error.what() + ": this router does not know it");
    }
}

// A start that has lost its router is about to fail, and is told to do so now; where it was complete already,
// that ends nothing. Either way the jail's process knows, and ends the jail or does not.
void Jails::await_starter(Jail& jail) {
    if (jail.record.starter <= 0)
        return;
    jail.starter = find_process(jail.record.starter, jail.record.starter_start);
    if (!jail.starter)
        return;
    std::string name = name_of(jail.record);
    jail.record.flags |= jailcore::jail_starting;
    jail.starter_watch =
        std::make_unique<EventLoop::Watch>(loop_, jail.starter.end(), POLLIN, [this, name](short) {
            set_started(name);
        });
    jail.starter.signal(SIGTERM);
}

bool Jails::is_jid_taken(uint32_t jid) const {
    return std::ranges::any_of(jails_, [jid](const auto& item) {
        return item.second.record.jid == jid;
    });
}

bool Jails::can_list(const jailcore::JailRecord& record) const {
    std::string name = name_of(record);
    return contract::is_jail_name(name) && !jails_.contains(name) && !is_jid_taken(record.jid);
}

Jail& Jails::keep(const jailcore::JailRecord& record, jailcore::ProcessHandle process, pty::UniqueFd spec) {
    std::string name = name_of(record);
    Jail& jail = jails_[name];
    jail.record = record;
    jail.process = std::move(process);
    jail.spec = std::move(spec);
    jail.memory_kills = jailcore::out_of_memory_kills(record.pid);
    jail.watch = std::make_unique<EventLoop::Watch>(loop_, jail.process.end(), POLLIN, [this, name](short) {
        jailcore::JailRecord dead = jails_.at(name).record;
        remove(name);
        if (on_death)
            on_death(dead);
    });
    return jail;
}

void Jails::save(const jailcore::JailRecord& record, int spec) {
    std::string name = name_of(record);
    try {
        auto content = pty::read_sealed(spec, jailcore::max_enter_spec);
        if (!content)
            throw pty::StepError(EBADMSG, "read specification of", name);
        write_state(state_, name + spec_suffix, *content);
        write_state(state_, name + record_suffix, {reinterpret_cast<const char*>(&record), sizeof record});
    } catch (...) {
        forget(name);
        throw;
    }
}

void Jails::forget(const std::string& name) {
    remove_state(state_, name + record_suffix);
    remove_state(state_, name + spec_suffix);
}

void Jails::remove(const std::string& name) {
    if (jails_.erase(name) == 0)
        return;
    forget(name);
    log::debug("jail " + name + ": not there any more");
}

void Jails::drop_ended(const std::string& name) {
    if (const Jail* jail = find(name); jail != nullptr && jail->process.has_ended())
        remove(name);
}

void Jails::set_started(const std::string& name) {
    Jail* jail = find(name);
    if (jail == nullptr || (jail->record.flags & jailcore::jail_starting) == 0)
        return;
    jail->record.flags &= ~static_cast<uint32_t>(jailcore::jail_starting);
    jail->starter_watch.reset();
    jail->starter = {};
    log::debug("jail " + name + ": started");
}

void Jails::set_stopping(const std::string& name, bool stopping) {
    Jail* jail = find(name);
    if (jail == nullptr || stopping == is_stopping(name))
        return;
    jail->record.flags ^= jailcore::jail_stopping;
    log::debug("jail " + name + (stopping ? ": stopping" : ": not stopping any more"));
}

bool Jails::is_stopping(const std::string& name) const {
    auto found = jails_.find(name);
    return found != jails_.end() && (found->second.record.flags & jailcore::jail_stopping) != 0;
}

bool Jails::lives(const std::string& name) const {
    auto found = jails_.find(name);
    return found != jails_.end() && !jailcore::has_begun_to_end(found->second.record, found->second.process);
}

bool Jails::ran_out_of_memory(const std::string& name) {
    Jail* jail = find(name);
    if (jail == nullptr)
        return false;
    uint64_t kills = jailcore::out_of_memory_kills(jail->record.pid);
    return kills > std::exchange(jail->memory_kills, kills);
}

Jail* Jails::find(const std::string& name) {
    auto found = jails_.find(name);
    return found == jails_.end() ? nullptr : &found->second;
}

const Jail* Jails::find_jid(const std::string& digits) const {
    if (jails_.contains(digits))
        return nullptr;
    auto found = std::ranges::find_if(jails_, [&](const auto& item) {
        return std::to_string(item.second.record.jid) == digits;
    });
    return found == jails_.end() ? nullptr : &found->second;
}

uint32_t Jails::next_jid() {
    do
        last_jid_ = last_jid_ >= last_possible_jid ? 1 : last_jid_ + 1;
    while (is_jid_taken(last_jid_));
    return last_jid_;
}

pty::UniqueFd Jails::snapshot() const {
    constexpr size_t batch_size = size_t{64} << 10;
    std::vector<const jailcore::JailRecord*> records;
    for (const auto& [name, jail] : jails_)
        records.push_back(&jail.record);
    std::ranges::sort(records, {}, &jailcore::JailRecord::jid);
    // Each start makes one, and hundreds of records are a megabyte: neither moved about nor in new memory.
    pty::UniqueFd snapshot = pty::make_memfd("jails");
    std::string batch;
    for (const jailcore::JailRecord* record : records) {
        batch.append(reinterpret_cast<const char*>(record), sizeof *record);
        if (batch.size() < batch_size && record != records.back())
            continue;
        pty::write_all(snapshot.get(), batch, "the jails");
        batch.clear();
    }
    pty::seal_memfd(snapshot.get(), "jails");
    return snapshot;
}

void Jails::poke(const std::string& name) {
    if (const Jail* jail = find(name))
        jailcore::look_for_end(jail->process);
}

} // namespace monitor
