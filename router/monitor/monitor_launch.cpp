// Starting the helper of each verb. What a client wrote goes to it as the sealed memfd that the worker made,
// unread.
#include "router/monitor/monitor.hpp"

#include "jailcore/target.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "pty/memfd.hpp"
#include "pty/spawn.hpp"
#include "pty/terminal.hpp"
#include "router/wire/ring.hpp"

#include <algorithm>
#include <csignal>
#include <iterator>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

namespace monitor {
namespace {

constexpr std::chrono::seconds attach_time{10}; // before an attach counts as hanging
constexpr std::chrono::seconds kill_time{10};   // before what was killed counts as hanging
constexpr std::chrono::seconds live_pace{1};    // between two snapshots for a live reader

void append_flags(pty::Spawn& spawn, uint32_t flags) {
    for (const auto& [name, flag] : wire::flag_names)
        if ((flags & flag) != 0)
            spawn.argv.emplace_back(name);
}

// Returns the helper's ends of three pipes; ours go into the session.
Session::Pipes make_pipes(Session& session) {
    pty::Pipe input = pty::make_pipe();
    pty::Pipe output = pty::make_pipe();
    pty::Pipe error = pty::make_pipe();
    session.pipes = {std::move(input.write), std::move(output.read), std::move(error.read)};
    return {std::move(input.read), std::move(output.write), std::move(error.write)};
}

} // namespace

// The verb's helper is what the session is.
void Monitor::lead_by(Session& session, pid_t helper) {
    session.helper = session.leader = helper;
    children_[helper] = session.number;
}

void Monitor::launch_console(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& program) {
    int spec = -1;
    pty::UniqueFd target = target_of(session.jail, spec);
    const pty::WindowSize& size = message.size;
    std::string words = "--jail " + session.jail + " ";
    Session::Pipes pipes;
    if (session.terminal) {
        words += fmt::format("tty {} {} {} {}", size.rows, size.columns, size.x_pixels, size.y_pixels);
    } else {
        words += "pipe";
        pipes = make_pipes(session);
    }
    WaitingJenter::Entering jenter = jenter_.order(
        words, {pipes.input.get(), pipes.output.get(), pipes.error.get(), program.get(), target.get(), spec});
    session.target = std::move(target);
    session.helper = jenter.pid;
    children_[jenter.pid] = session.number;
    uint32_t number = session.number;
    session.timer = std::make_unique<EventLoop::Timer>(loop_, attach_time, [this, number] {
        attach_deadline(number);
    });
    watch_report(session, std::move(jenter.report));
}

void Monitor::launch_check(Session& session, const wire::LinkOpen& message) {
    int spec = -1;
    pty::UniqueFd target = target_of(session.jail, spec);
    Session::Pipes pipes = make_pipes(session);
    pty::Spawn spawn{programs_.jenter.get(), {"jenter", "--jail", session.jail, "check"}, {}, {}};
    append_flags(spawn, message.flags);
    spawn.fds = {-1, pipes.output.get(), pipes.error.get(), -1, -1, target.get(), spec};
    lead_by(session, pty::spawn(spawn));
    uint32_t number = session.number;
    session.timer = std::make_unique<EventLoop::Timer>(loop_, attach_time, [this, number] {
        attach_deadline(number);
    });
    answer_opened(session);
}

// The router's own need not be there for a stop: what the client named must.
std::vector<std::string> Monitor::config_words(const wire::LinkOpen& message) const {
    std::string named(jailcore::get_text(message.config));
    if (named.empty())
        return {"--default-config", settings_.config};
    return {"--config", named};
}

void Monitor::launch_starter(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& words) {
    pty::Spawn spawn{programs_.jstarter.get(),
                     {"jstarter", std::string(wire::name_of(message.verb)), session.jail},
                     {},
                     {}};
    std::ranges::move(config_words(message), std::back_inserter(spawn.argv));
    if (message.verb == wire::Verb::start || message.verb == wire::Verb::restart)
        spawn.argv.insert(spawn.argv.end(), {"--jid", std::to_string(jails_.next_jid())});
    spawn.environment.emplace_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    append_flags(spawn, message.flags & ~uint32_t{wire::flag_ordered | wire::flag_force});
    const OrderTable& ordered = workers_[session.owner].ordered;
    bool read =
        (message.flags & wire::flag_ordered) != 0 && ordered.config == jailcore::get_text(message.config);
    pty::UniqueFd target;
    int spec = -1;
    if (message.verb != wire::Verb::start && jails_.find(session.jail) != nullptr)
        target = target_of(session.jail, spec);
    pty::UniqueFd registry = jails_.snapshot();
    pty::SocketPair report = pty::seqpacket_pair();
    Session::Pipes pipes = make_pipes(session);
    spawn.fds = {-1,
                 pipes.output.get(),
                 pipes.error.get(),
                 report.theirs.get(),
                 registry.get(),
                 programs_.jenter.get(),
                 programs_.jinit.get(),
                 target.get(),
                 spec,
                 words.get(),
                 read ? ordered.table.get() : -1};
    try {
        lead_by(session, pty::spawn(spawn));
    } catch (const pty::StepError& error) {
        if ((message.flags & wire::flag_force) == 0 || jails_.find(session.jail) == nullptr)
            throw;
        spdlog::warn("session {}: {}: the jail is killed without a helper", session.name, error.what());
        return kill_here(session, std::move(pipes.output));
    }
    session.starter = session.leader;
    left_starters_.write(session.starter, session.verb, session.jail);
    watch_report(session, std::move(report.ours));
    answer_opened(session);
}

// The host has no room for another process, perhaps for those of this jail. What it leaves is cleared up when
// there is room again.
void Monitor::kill_here(Session& session, pty::UniqueFd output) {
    const Jail& jail = *jails_.find(session.jail);
    if (!jailcore::kill_jail(jailcore::get_text(jail.record.cgroup), jail.process.get()))
        throw pty::StepError(errno, "kill", session.jail);
    session.killing = std::move(output);
    uint32_t number = session.number;
    session.timer = std::make_unique<EventLoop::Timer>(loop_, kill_time, [this, number] {
        if (auto found = sessions_.find(number); found != sessions_.end())
            killed_here(*found->second, ": its processes were killed and have not ended", 1);
    });
    answer_opened(session);
}

// What a start that has made no jail yet does, or the rest of the end of a jail, is all that there is to end.
// False: there is neither.
bool Monitor::end_starter(Session& ender) {
    if (jails_.find(ender.jail) != nullptr || !has_starter(ender.jail))
        return false;
    auto ends = [&](wire::Verb verb) {
        return verb == wire::Verb::start || (ender.verb == wire::Verb::kill && verb != wire::Verb::kill);
    };
    for (auto& [number, starter] : sessions_) {
        if (starter->jail != ender.jail || starter->starter <= 0 || starter->exit || !ends(starter->verb))
            continue;
        starter->end_reason =
            ender.verb == wire::Verb::kill ? "it was ended by a kill" : "it was ended by a stop";
        if (starter->leader > 0 && !starter->killed)
            ::kill(starter->leader, SIGTERM);
        ender.kills_starter = true;
    }
    for (const auto& [pid, left] : left_starters_.all())
        if (left.jail == ender.jail && ends(left.verb)) {
            left_starters_.end(pid);
            ender.kills_starter = true;
        }
    if (!ender.kills_starter)
        return false;
    ender.killing = make_pipes(ender).output;
    answer_opened(ender);
    return true;
}

void Monitor::end_kills_of(const std::string& jail, bool of_starter) {
    std::vector<uint32_t> numbers;
    for (const auto& [number, session] : sessions_)
        if (session->jail == jail && session->killing && session->kills_starter == of_starter)
            numbers.push_back(number);
    bool lives = of_starter && jails_.find(jail) != nullptr;
    for (uint32_t number : numbers) {
        Session& session = *sessions_.at(number);
        if (lives)
            killed_here(session, ": it was started meanwhile; try again", 1);
        else
            killed_here(session, of_starter ? ": what was under way of it was ended" : ": removed", 0);
    }
}

void Monitor::killed_here(Session& session, std::string_view outcome, int status) {
    std::string line = session.jail + std::string(outcome) + "\n";
    kernel::write(session.killing.get(), line.data(), line.size());
    session.killing.reset();
    session.timer.reset();
    wire::LinkExited exit;
    exit.header.number = session.number;
    exit.value = status;
    session.exit = exit;
    if (session.hung_up)
        return drop(session.number);
    if (workers_[session.owner].process)
        workers_[session.owner].process->send(exit);
}

void Monitor::launch_reader(Session& session, const wire::LinkOpen& message, const pty::UniqueFd& words) {
    pty::Spawn spawn{programs_.jreader.get(), {"jreader", std::string(wire::name_of(message.verb))}, {}, {}};
    if (!session.jail.empty())
        spawn.argv.push_back(session.jail);
    if (message.verb == wire::Verb::order) {
        std::ranges::move(config_words(message), std::back_inserter(spawn.argv));
        // What root acts upon must be root's.
        if (own_.uid() == 0)
            spawn.argv.emplace_back("--trusted");
        workers_[session.owner].ordered = {};
        session.config = jailcore::get_text(message.config);
        session.table = pty::make_memfd("order");
    }
    pty::UniqueFd registry = jails_.snapshot();
    pty::UniqueFd sessions = session_snapshot();
    Session::Pipes pipes = make_pipes(session);
    spawn.fds = {-1,          pipes.output.get(), pipes.error.get(), -1, registry.get(), sessions.get(),
                 words.get(), session.table.get()};
    lead_by(session, pty::spawn(spawn));
    answer_opened(session);
}

// Whose reader has ended well: nobody can write to it any more.
void Monitor::keep_table(Session& order) {
    try {
        pty::seal_memfd(order.table.get(), "order");
        workers_[order.owner].ordered = {std::move(order.config), std::move(order.table)};
    } catch (const pty::StepError& error) {
        spdlog::warn("session {}: {}: each start reads the configuration anew", order.name, error.what());
    }
}

// A reader that goes on: it asks for the next snapshots when it has printed the last, and gets them at the
// monitor's pace. That it asks is all it can say, so there is nothing to parse.
void Monitor::launch_live_reader(Session& session, const wire::LinkOpen& message) {
    pty::Spawn spawn{programs_.jreader.get(), {"jreader", std::string(wire::name_of(message.verb))}, {}, {}};
    append_flags(spawn, message.flags);
    pty::SocketPair live = pty::seqpacket_pair();
    Session::Pipes pipes = make_pipes(session);
    spawn.fds = {-1, pipes.output.get(), pipes.error.get(), live.theirs.get()};
    lead_by(session, pty::spawn(spawn));
    uint32_t number = session.number;
    session.live = std::move(live.ours);
    session.live_watch =
        std::make_unique<EventLoop::Watch>(loop_, session.live.get(), POLLIN, [this, number](short) {
            take_ask(number);
        });
    answer_opened(session);
    send_snapshots(number);
}

void Monitor::take_ask(uint32_t number) {
    auto found = sessions_.find(number);
    if (found == sessions_.end() || !found->second->live)
        return;
    Session& session = *found->second;
    char byte;
    if (pty::receive_message(session.live.get(), {&byte, 1}, MSG_DONTWAIT).size <= 0) {
        end_snapshots(session);
        return; // it ends, and is reaped
    }
    session.timer = std::make_unique<EventLoop::Timer>(loop_, live_pace, [this, number] {
        send_snapshots(number);
    });
}

void Monitor::end_snapshots(Session& session) {
    session.live_watch.reset();
    session.live.reset();
}

void Monitor::send_snapshots(uint32_t number) {
    auto found = sessions_.find(number);
    if (found == sessions_.end() || !found->second->live)
        return;
    Session& session = *found->second;
    try {
        pty::UniqueFd registry = jails_.snapshot();
        pty::UniqueFd sessions = session_snapshot();
        int fds[] = {registry.get(), sessions.get()};
        pty::send_message(session.live.get(), "s", fds, MSG_DONTWAIT);
    } catch (const pty::StepError& error) {
        spdlog::warn("session {}: {}: its reader is ended", session.name, error.what());
        end_snapshots(session);
    }
}

jailcore::SessionRecord Monitor::record_of(const Session& session) {
    jailcore::SessionRecord record;
    record.number = session.place;
    record.pid = session.leader;
    record.start_time = session.leader_start;
    record.terminal = session.terminal ? 1 : 0;
    record.created = session.created;
    record.owner = session.owner.uid();
    record.attached = session.connection != 0 ? 1 : 0;
    if (session.master) {
        pty::WindowSize size = pty::window_size(session.master.get());
        record.rows = size.rows;
        record.columns = size.columns;
    }
    if (session.ring)
        record.output = wire::Ring::head_of(session.ring.get());
    jailcore::set_text(record.name, session.jail);
    return record;
}

// What `jreader sessions` lists: consoles that have been opened and not yet hung up.
pty::UniqueFd Monitor::session_snapshot() const {
    std::vector<jailcore::SessionRecord> records;
    for (const auto& [number, session] : sessions_)
        if (session->verb == wire::Verb::console && session->answered && !session->exit)
            records.push_back(record_of(*session));
    return pty::sealed_memfd("sessions", {reinterpret_cast<const char*>(records.data()),
                                          records.size() * sizeof(jailcore::SessionRecord)});
}

} // namespace monitor
