#include "router/monitor/sessions.hpp"

#include "jailcore/process_handle.hpp"
#include "pty/error.hpp"
#include "pty/memfd.hpp"
#include "pty/terminal.hpp"
#include "router/monitor/log.hpp"
#include "router/monitor/state_file.hpp"
#include "router/wire/ring.hpp"

#include <csignal>
#include <ctime>
#include <vector>

namespace monitor {
namespace {

constexpr const char* suffix = ".session";

std::string file_of(uint32_t number) {
    return std::to_string(number) + suffix;
}

jailcore::SessionRecord record_of(const Session& console) {
    jailcore::SessionRecord record;
    record.number = console.place;
    record.pid = console.leader();
    record.terminal = console.terminal ? 1 : 0;
    record.created = console.created;
    record.owner = console.owner.uid();
    record.attached = console.connection != 0 ? 1 : 0;
    if (const auto* running = console.in<Running>()) {
        record.start_time = running->leader_start;
        if (running->master) {
            pty::WindowSize size = pty::window_size(running->master.get());
            record.rows = size.rows;
            record.columns = size.columns;
        }
        if (running->ring)
            record.output = wire::Ring::head_of(running->ring.get());
    } else if (const auto* ending = console.in<HangingUp>()) {
        record.start_time = ending->leader_start;
    }
    pty::set_text(record.name, console.target.name);
    return record;
}

bool is_listed(const Session& session) {
    const auto* ending = session.in<HangingUp>();
    return session.is_console() &&
           (session.in<Running>() != nullptr || (ending != nullptr && ending->leader_start != 0));
}

} // namespace

Session& Sessions::add() {
    auto session = std::make_unique<Session>();
    session->number = ++last_number_;
    session->begun = EventLoop::Clock::now();
    session->created = static_cast<uint64_t>(::time(nullptr));
    Session& added = *session;
    sessions_[added.number] = std::move(session);
    return added;
}

void Sessions::drop(uint32_t number) {
    auto found = sessions_.find(number);
    if (found == sessions_.end())
        return;
    log::debug(found->second->text() + ": over");
    sessions_.erase(found);
}

Session* Sessions::find(uint32_t number) const {
    auto found = sessions_.find(number);
    return found == sessions_.end() ? nullptr : found->second.get();
}

Session* Sessions::find(uint32_t number, wire::Principal owner) const {
    Session* session = find(number);
    return session != nullptr && session->owner == owner ? session : nullptr;
}

std::vector<Session*> Sessions::those(const std::function<bool(const Session&)>& which) const {
    std::vector<Session*> found;
    for (const auto& [number, session] : sessions_)
        if (which(*session))
            found.push_back(session.get());
    return found;
}

void Sessions::name(Session& console) {
    console.place = ++last_places_[console.target.name];
    std::string before = console.text();
    console.name = console.target.name + ":" + std::to_string(console.place);
    log::debug(before + ": named " + console.name);
}

pty::UniqueFd Sessions::snapshot() const {
    std::vector<jailcore::SessionRecord> records;
    for (const auto& [number, session] : sessions_)
        if (is_listed(*session))
            records.push_back(record_of(*session));
    return pty::sealed_memfd("sessions", {reinterpret_cast<const char*>(records.data()),
                                          records.size() * sizeof(jailcore::SessionRecord)});
}

void Sessions::record(const Session& console) const {
    jailcore::SessionRecord kept = record_of(console);
    try {
        write_state(state_, file_of(console.number), {reinterpret_cast<const char*>(&kept), sizeof kept});
    } catch (const pty::StepError& error) {
        log::warn("session " + console.name + ": " + error.what());
    }
}

void Sessions::forget_record(const Session& session) const {
    remove_state(state_, file_of(session.number));
}

void Sessions::end_recorded() const {
    for (const std::string& name : list_state(state_, suffix)) {
        auto content = read_state(state_, name + suffix);
        jailcore::SessionRecord kept;
        if (!content || jailcore::read_record(*content, kept) == jailcore::Readable::nothing)
            log::error("session " + name +
                       " of an earlier router: its record cannot be read; what runs of it is left");
        remove_state(state_, name + suffix);
        try {
            jailcore::ProcessHandle process(kept.pid);
            if (jailcore::start_time(kept.pid) == kept.start_time)
                process.signal(SIGKILL);
        } catch (const pty::StepError&) {
            continue; // it has ended
        }
    }
}

} // namespace monitor
