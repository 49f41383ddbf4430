// The router's begin and end, and the events of clients, workers, helpers and jails.
#include "router/monitor/monitor.hpp"

#include "pty/error.hpp"
#include "router/monitor/identities.hpp"
#include "router/monitor/log.hpp"
#include "router/wire/meeting.hpp"

#include <unistd.h>
#include <utility>

namespace monitor {
namespace {

constexpr std::chrono::seconds idle_time{5}; // of a router with idle_exit
// The longest for which any client tries to come back.
constexpr std::chrono::seconds last_return{30};

std::unique_ptr<Disposal> disposal_for(const RuntimeDirectory& directory, const Programs& programs,
                                       bool root) {
    if (directory.refuses_descriptors())
        return nullptr;
    return std::make_unique<Disposal>(programs.jcloser.get(),
                                      root ? std::optional(closer_uid) : std::nullopt);
}

// A mend where the router knows no better one.
std::string log_of(const Settings& settings) {
    return "see " + (settings.log.empty() ? "what jrouterd prints" : settings.log);
}

} // namespace

Monitor::Monitor(Settings settings)
    : settings_(std::move(settings)), own_(::geteuid()),
      directory_(settings_.socket, own_.uid() == 0 && settings_.socket == wire::system_socket),
      programs_(open_programs(settings_.libexec)),
      disposal_(disposal_for(directory_, programs_, own_.uid() == 0)), clients_(loop_, own_, disposal_.get()),
      workers_(loop_, programs_.jworker.get(), own_.uid() == 0), jails_(loop_, directory_.state()),
      sessions_(directory_.state()),
      parts_{loop_,    children_, sessions_, jails_,           reports_,
             answers_, *this,     programs_, settings_.config, log_of(settings_)},
      starters_(parts_, directory_.state(), directory_.state_path()) {
    connect_parts();
    sessions_.end_recorded();
    starters_.load();
    for (int socket : {directory_.root_listener(), directory_.listener()})
        if (socket >= 0)
            clients_.listen(socket);
}

void Monitor::connect_parts() {
    loop_.on_child = [this] {
        children_.reap();
    };
    loop_.on_terminate = [this] {
        loop_.stop();
    };
    loop_.on_hangup = [this] {
        take_hangup();
    };
    clients_.on_client = [this](uint64_t number, wire::Principal principal) {
        workers_.queue(principal, number);
    };
    clients_.on_over = [this](uint64_t number, const Client& client) {
        client_over(number, client);
    };
    clients_.on_proof = [this] {
        leave_when_idle();
    };
    workers_.on_turn = [this](uint64_t connection) {
        return serve(connection);
    };
    workers_.on_message = [this](wire::Principal principal, auto bytes, const auto& row, auto& received) {
        take(principal, bytes, row, received);
    };
    workers_.on_end = [this](wire::Principal principal) {
        return worker_ended(principal);
    };
    workers_.on_return = [this](WorkerProcess& worker) {
        adopt_sessions(worker);
    };
    children_.before_reaping = [this] {
        reports_.hear_all();
    };
    children_.more_may_be_claimed = [this] {
        return reports_.may_name_leader();
    };
    reports_.on_report = [this](Session& session, const auto& report, auto bytes, auto& received) {
        return take_report(session, report, bytes, received);
    };
    reports_.on_over = [this](Session& session) {
        if (session.is_console())
            consoles_.reports_over(session); // what else there is ends with its process
    };
    jails_.on_death = [this](const jailcore::JailRecord& record) {
        jail_ended(record);
    };
}

// As daemons take it whose log somebody has moved. In the foreground its terminal has gone.
void Monitor::take_hangup() {
    if (settings_.log.empty())
        return loop_.stop();
    try {
        log::to_file(settings_.log);
        log::info("its log is opened anew");
    } catch (const std::exception& error) {
        log::warn(std::string("its log cannot be opened anew, and goes on where it was: ") + error.what());
    }
}

Monitor::~Monitor() {
    clients_.close();
    for (pty::UniqueFd& listener : directory_.give_up_listeners())
        if (listener)
            clients_.let_go(std::move(listener));
}

void Monitor::run() {
    log::info("listening on " + settings_.socket);
    leave_when_idle();
    loop_.run();
    for (Session* session : sessions_.those([](const Session&) {
             return true;
         }))
        hang_up(*session);
}

// ---- clients and workers

// It is its turn: false where it has ended meanwhile, or there is no worker for it.
bool Monitor::serve(uint64_t number) {
    Client* client = clients_.find(number);
    if (client == nullptr)
        return false;
    try {
        wire::LinkConnection message;
        message.connection = number;
        pty::set_text(message.principal, client->principal.text());
        int fds[] = {client->socket.get()};
        workers_.of(client->principal).send(message, fds);
        Clients::serve(*client);
        return true;
    } catch (const pty::StepError& error) {
        log::error("worker of " + client->principal.text() + ": " + error.what());
        clients_.refuse(number, std::string("no worker can be started: ") + error.what(), parts_.look_at);
        return false;
    }
}

void Monitor::client_over(uint64_t number, const Client& client) {
    if (client.stage == Client::Stage::served)
        workers_.request_over(client.principal);
    // What has ended by itself is the worker's to deliver, or to give up.
    auto left = sessions_.those([number](const Session& session) {
        const auto* entering = session.in<Entering>();
        bool has_ended = session.in<Draining>() != nullptr || (entering != nullptr && entering->exit);
        return session.connection == number && !has_ended;
    });
    for (Session* session : left)
        hang_up(*session);
    leave_when_idle();
}

bool Monitor::worker_ended(wire::Principal principal) {
    clients_.forget_served(principal);
    auto now = EventLoop::Clock::now();
    auto sessions = sessions_.those([principal](const Session& session) {
        return session.owner == principal && session.in<HangingUp>() == nullptr;
    });
    bool adopt = false;
    for (Session* session : sessions) {
        if (session->connection != 0)
            session->attached_until = now;
        // What has a ring can go on with the next worker; what was only pipes has lost what this one held.
        bool can_go_on = session->terminal && session->in<Entering>() == nullptr &&
                         now - session->attached_until < last_return;
        if (can_go_on)
            adopt = true;
        else
            hang_up(*session);
    }
    leave_when_idle();
    return adopt;
}

void Monitor::adopt_sessions(WorkerProcess& worker) {
    for (const auto& [number, session] : sessions_.all())
        if (session->owner == worker.principal() && session->terminal &&
            (session->in<Running>() != nullptr || session->in<Draining>() != nullptr)) {
            session->connection = 0;
            Answers::adopt(worker, *session);
        }
}

// ---- helpers and jails

bool Monitor::take_report(Session& session, const jailcore::Report& report, std::span<const char> bytes,
                          pty::Received& received) {
    return session.is_console() ? consoles_.take_report(session, report, received)
                                : starters_.take_report(session, report, bytes, received);
}

void Monitor::jail_ended(const jailcore::JailRecord& record) {
    std::string name(pty::get_text(record.name));
    log::info("jail " + name + ": ended");
    starters_.jail_ended(name);
    leave_when_idle();
}

bool Monitor::is_idle() const {
    return clients_.empty() && sessions_.empty() && jails_.size() == 0;
}

void Monitor::leave_when_idle() {
    idle_timer_.reset();
    if (!settings_.idle_exit || !is_idle())
        return;
    idle_timer_ = std::make_unique<EventLoop::Timer>(loop_, idle_time, [this] {
        if (is_idle())
            loop_.stop();
    });
}

} // namespace monitor
