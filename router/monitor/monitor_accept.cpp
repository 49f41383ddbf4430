// The router's begin and end, the workers, and the ends of their clients.
#include "router/monitor/monitor.hpp"

#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "router/monitor/identities.hpp"
#include "router/wire/control.hpp"

#include <algorithm>
#include <cerrno>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace monitor {
namespace {

constexpr std::chrono::seconds idle_time{5};  // of a router with idle_exit
constexpr std::chrono::seconds last_words{5}; // of a worker, about a connection whose peer has ended
// The next worker starts at once where at most so many have died within that time; after that the later the
// more there were, but so that a client, who tries for ten seconds, finds one many times over.
constexpr size_t sudden_deaths = 3;
constexpr std::chrono::seconds crash_time{10};
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{1000};
// The longest for which any client tries to come back.
constexpr std::chrono::seconds last_return{30};

// How long to wait after the latest of the deaths, which is now.
EventLoop::Clock::duration pause_after(std::vector<EventLoop::Clock::time_point>& deaths,
                                       EventLoop::Clock::time_point now) {
    std::erase_if(deaths, [&](auto when) {
        return now - when > crash_time;
    });
    deaths.push_back(now);
    auto pause = first_pause;
    if (deaths.size() <= sudden_deaths)
        return {};
    for (size_t death = sudden_deaths + 1; death < deaths.size() && pause < longest_pause; ++death)
        pause *= 2;
    return std::min(pause, longest_pause);
}

} // namespace

Monitor::Monitor(Settings settings)
    : settings_(std::move(settings)), own_(::geteuid()),
      directory_(settings_.socket, own_.uid() == 0 && settings_.socket == "/run/jconsole/socket"),
      programs_(open_programs(settings_.libexec)), whereabouts_(own_whereabouts()),
      left_starters_(loop_, directory_.state()), jails_(loop_, directory_.state()) {
    if (!directory_.refuses_descriptors())
        disposal_ = std::make_unique<Disposal>(programs_.jcloser.get(),
                                               own_.uid() == 0 ? std::optional(closer_uid) : std::nullopt);
    left_starters_.on_end = [this](const std::string& jail) {
        left_starter_ended(jail);
    };
    jails_.on_death = [this](const jailcore::JailRecord& record) {
        spdlog::info("jail {}: ended", jailcore::get_text(record.name));
        // A starter at work on it clears up itself, and perhaps makes the jail anew already.
        std::string name(jailcore::get_text(record.name));
        end_kills_of(name, false);
        if (!has_starter(name))
            clear_up(name);
        leave_when_idle();
    };
    loop_.on_child = [this] {
        reap();
    };
    loop_.on_terminate = [this] {
        loop_.stop();
    };
    end_recorded_sessions();
    std::vector<std::string> interrupted = left_starters_.load();
    jails_.load();
    for (const auto& [pid, left] : left_starters_.all())
        jails_.set_stopping(left.jail, left.verb != wire::Verb::start);
    for (const std::string& jail : interrupted)
        left_starter_ended(jail);
    for (int socket : {directory_.root_listener(), directory_.listener()})
        if (socket >= 0)
            listeners_.emplace_back(std::make_unique<Listener>(loop_, socket, [this](pty::UniqueFd client) {
                return admit(std::move(client));
            }));
}

Monitor::~Monitor() {
    listeners_.clear();
    for (auto& [number, proving] : proving_) {
        proving.watch.reset();
        let_go(proving.proof.give_up_answer());
        let_go(std::move(proving.socket));
    }
    for (auto& [number, connection] : connections_)
        if (connection.socket)
            let_go(std::move(connection.socket));
    for (pty::UniqueFd& listener : directory_.give_up_listeners())
        if (listener)
            let_go(std::move(listener));
}

void Monitor::run() {
    spdlog::info("listening on {}", settings_.socket);
    leave_when_idle();
    loop_.run();
    for (auto& [number, session] : sessions_)
        hang_up(*session);
}

// Its sessions die with the peer, whatever the worker says of it. But the peer may have ended because the
// worker is being killed, whose descriptors the kernel closes one by one, that of our link among the last;
// and sessions outlive a worker. So the worker has a while to say it, or to end.
void Monitor::peer_ended(uint64_t number) {
    Connection& connection = connections_.at(number);
    if (connection.socket)
        return connection_over(number); // no worker has it
    connection.watch.reset();
    connection.process.reset();
    connection.timer = std::make_unique<EventLoop::Timer>(loop_, last_words, [this, number] {
        connection_over(number);
    });
}

void Monitor::connection_over(uint64_t number) {
    auto over = connections_.extract(number);
    for (auto& listener : listeners_)
        listener->resume();
    set_up(over.mapped());
    if (over.mapped().socket)
        let_go(std::move(over.mapped().socket));
    for (auto& [session_number, session] : sessions_)
        if (session->connection == number && !session->exit)
            hang_up(*session);
    leave_when_idle();
}

WorkerProcess& Monitor::worker_of(wire::Principal principal) {
    Worker& worker = workers_[principal];
    if (!worker.process) {
        std::optional<uid_t> uid;
        if (own_.uid() == 0)
            uid = first_worker_uid + principal.uid() % worker_uids;
        worker.process = std::make_unique<WorkerProcess>(loop_, programs_.jworker.get(), principal, uid);
        worker.process->on_message = [this, principal](auto bytes, const auto& row, auto& received) {
            take(principal, bytes, row, received);
        };
        worker.process->on_end = [this, principal](const char* why) {
            worker_ended(principal, why);
        };
    }
    return *worker.process;
}

void Monitor::worker_ended(wire::Principal principal, const char* why) {
    spdlog::warn("worker of {}: {}", principal.text(), why);
    workers_[principal].process.reset();
    std::erase_if(connections_, [&](const auto& item) {
        return item.second.principal == principal && !item.second.socket;
    });
    workers_[principal].setting_up = 0;
    auto now = EventLoop::Clock::now();
    bool adopt = false;
    std::vector<uint32_t> gone;
    for (auto& [number, session] : sessions_) {
        if (session->owner != principal || session->hung_up)
            continue;
        if (session->connection != 0)
            session->attached_until = now;
        // What has a ring can go on; what was only pipes has lost what the worker held.
        if (session->terminal && session->answered && now - session->attached_until < last_return)
            adopt = true;
        else if (session->exit)
            gone.push_back(number);
        else
            hang_up(*session);
    }
    for (uint32_t number : gone)
        drop(number);
    if (adopt)
        start_next_worker_after(principal, pause_after(workers_[principal].crashes, now));
    hand_over_waiting(principal);
    leave_when_idle();
}

void Monitor::start_next_worker_after(wire::Principal principal, EventLoop::Clock::duration time) {
    if (time == EventLoop::Clock::duration::zero())
        return start_next_worker(principal);
    workers_[principal].next = std::make_unique<EventLoop::Timer>(loop_, time, [this, principal] {
        start_next_worker(principal);
    });
}

// Sooner or later there is one: sessions do not end because there was none for a while.
void Monitor::start_next_worker(wire::Principal principal) {
    Worker& worker = workers_[principal];
    worker.next.reset();
    try {
        adopt_sessions(worker_of(principal));
    } catch (const pty::StepError& error) {
        spdlog::error("worker of {}: {}: tried again", principal.text(), error.what());
        return start_next_worker_after(principal, longest_pause);
    }
    hand_over_waiting(principal);
}

void Monitor::adopt_sessions(WorkerProcess& worker) {
    for (auto& [number, session] : sessions_) {
        if (session->owner != worker.principal() || session->hung_up || !session->master)
            continue;
        wire::LinkAdopt message;
        message.header.number = number;
        message.token = session->token;
        jailcore::set_text(message.name, session->name);
        session->connection = 0;
        int fds[] = {session->master.get(), session->ring.get()};
        worker.send(message, fds);
        if (session->exit)
            worker.send(*session->exit);
    }
}

// A mend where the router knows no better one.
std::string Monitor::look_at_log() const {
    return "see " + (settings_.log.empty() ? "what jrouterd prints" : settings_.log);
}

void Monitor::leave_when_idle() {
    idle_timer_.reset();
    if (!settings_.idle_exit || !proving_.empty() || !connections_.empty() || !sessions_.empty() ||
        jails_.size() > 0)
        return;
    idle_timer_ = std::make_unique<EventLoop::Timer>(loop_, idle_time, [this] {
        if (connections_.empty() && sessions_.empty() && jails_.size() == 0)
            loop_.stop();
    });
}

} // namespace monitor
