#include "router/monitor/jails.hpp"

#include "jailcore/jinit.hpp"
#include "jailcore/names.hpp"
#include "jailcore/target.hpp"
#include "pty/error.hpp"
#include "pty/memfd.hpp"
#include "router/monitor/state_file.hpp"

#include <algorithm>
#include <cstring>
#include <spdlog/spdlog.h>

namespace monitor {
namespace {

constexpr uint32_t last_possible_jid = 999999;
constexpr size_t max_spec = size_t{64} << 10; // bytes

std::string name_of(const jailcore::JailRecord& record) {
    return std::string(jailcore::get_text(record.name));
}

} // namespace

void Jails::load() {
    for (const std::string& name : list_state(state_, ".jail"))
        load_one(name);
}

void Jails::load_one(const std::string& name) {
    auto content = read_state(state_, name + ".jail");
    auto spec = read_state(state_, name + ".spec");
    jailcore::JailRecord record;
    if (!content || content->size() != sizeof record) {
        spdlog::warn("jail {}: its record cannot be read; it is forgotten", name);
        forget(name);
        return;
    }
    std::memcpy(static_cast<void*>(&record), content->data(), sizeof record);
    last_jid_ = std::max(last_jid_, record.jid);
    // The pid is held first and its start time looked at afterwards: then both are of the same process.
    try {
        pty::UniqueFd process = jailcore::open_process(record.pid);
        bool complete = (record.flags & jailcore::jail_starting) == 0;
        if (spec && jailcore::start_time(record.pid) == record.start_time) {
            if (complete && can_list(record)) {
                add(record, std::move(process), pty::sealed_memfd("enter-spec", *spec));
                return;
            }
            // Its starter died with the router before it was complete, or nobody could ever stop it by name.
            jailcore::signal_process(process.get(), SIGKILL);
        }
    } catch (const pty::StepError& error) {
        spdlog::info("jail {}: gone since the last router: {}", name, error.what());
    }
    forget(name);
    if (on_death)
        on_death(record);
}

bool Jails::can_list(const jailcore::JailRecord& record) const {
    std::string name = name_of(record);
    bool jid_taken = std::ranges::any_of(jails_, [&](const auto& item) {
        return item.second.record.jid == record.jid;
    });
    return jailcore::valid_jail_name(name) && !jails_.contains(name) && !jid_taken;
}

bool Jails::add(const jailcore::JailRecord& record, pty::UniqueFd process, pty::UniqueFd spec) {
    if (!can_list(record) || !process || !spec)
        return false;
    Jail& jail = jails_[name_of(record)];
    jail.record = record;
    jail.process = std::move(process);
    jail.spec = std::move(spec);
    watch(jail);
    save(jail);
    return true;
}

void Jails::watch(Jail& jail) {
    std::string name = name_of(jail.record);
    jail.watch = std::make_unique<EventLoop::Watch>(loop_, jail.process.get(), POLLIN, [this, name](short) {
        jailcore::JailRecord record = jails_.at(name).record;
        remove(name);
        if (on_death)
            on_death(record);
    });
}

void Jails::save(const Jail& jail) {
    std::string name = name_of(jail.record);
    try {
        if (auto spec = pty::read_sealed(jail.spec.get(), max_spec))
            write_state(state_, name + ".spec", *spec);
        write_state(state_, name + ".jail",
                    {reinterpret_cast<const char*>(&jail.record), sizeof jail.record});
    } catch (const pty::StepError& error) {
        spdlog::error("jail {}: {}: the next router will not find it", name, error.what());
    }
}

void Jails::forget(const std::string& name) {
    remove_state(state_, name + ".jail");
    remove_state(state_, name + ".spec");
}

void Jails::remove(const std::string& name) {
    if (jails_.erase(name) > 0)
        forget(name);
}

void Jails::set_started(const std::string& name) {
    Jail* jail = find(name);
    if (jail == nullptr || (jail->record.flags & jailcore::jail_starting) == 0)
        return;
    jail->record.flags &= ~static_cast<uint32_t>(jailcore::jail_starting);
    save(*jail);
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
    auto taken = [this](uint32_t jid) {
        return std::ranges::any_of(jails_, [&](const auto& item) {
            return item.second.record.jid == jid;
        });
    };
    do
        last_jid_ = last_jid_ >= last_possible_jid ? 1 : last_jid_ + 1;
    while (taken(last_jid_));
    return last_jid_;
}

pty::UniqueFd Jails::snapshot() const {
    std::vector<jailcore::JailRecord> records;
    for (const auto& [name, jail] : jails_)
        records.push_back(jail.record);
    std::ranges::sort(records, {}, &jailcore::JailRecord::jid);
    return pty::sealed_memfd("jails", {reinterpret_cast<const char*>(records.data()),
                                       records.size() * sizeof(jailcore::JailRecord)});
}

void Jails::poke(const std::string& name) {
    if (const Jail* jail = find(name))
        jailcore::signal_process(jail->process.get(), jailcore::jinit_look);
}

} // namespace monitor
