#include "router/worker/worker.hpp"

#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/memfd.hpp"
#include "pty/program.hpp"
#include "router/contract/verbs.hpp"
#include "router/worker/peek_session.hpp"
#include "router/worker/pipe_session.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <poll.h>
#include <sstream>

namespace worker {
namespace {

constexpr std::chrono::seconds resume_time{10}; // for a client whose worker died to come back
constexpr std::chrono::seconds idle_time{5};    // with nothing to do, before the monitor is told
constexpr size_t longest_name = 279;            // of a session, bytes

// Why a field of `size` bytes cannot hold the text; "" where it can.
std::string misfit(const std::string& what, std::string_view text, size_t size) {
    if (text.find('\0') != std::string_view::npos)
        return what + " holds a NUL";
    if (text.size() < size)
        return {};
    return what + " is too long: " + std::to_string(text.size()) + " bytes, of at most " +
           std::to_string(size - 1);
}

std::string text_of(const auto& field) {
    return std::string(pty::get_text(field));
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream rest(text);
    for (std::string line; std::getline(rest, line);)
        lines.push_back(line);
    return lines;
}

std::string hex(const wire::Token& token) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (uint8_t byte : token) {
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 15]);
    }
    return text;
}

// In a time that does not tell how much of a guess was right.
bool same_token(const std::string& given, const std::string& wanted) {
    unsigned difference = given.size() == wanted.size() ? 0 : 1;
    for (size_t i = 0; i < wanted.size(); ++i)
        difference |= static_cast<unsigned>((i < given.size() ? given[i] : 0) ^ wanted[i]);
    return difference == 0;
}

} // namespace

Worker::Worker(pty::UniqueFd link) : link_(context_, std::move(link)), idle_timer_(context_) {}

void Worker::run() {
    tell(wire::LinkReady{});
    say_when_idle();
    read_link();
    context_.run();
}

void Worker::read_link() {
    for (;;) {
        char bytes[wire::max_link_message];
        pty::Received received = pty::receive_message(link_.get(), bytes, MSG_DONTWAIT);
        if (received.size < 0 && errno == EAGAIN)
            break;
        const wire::LinkRow* row = nullptr;
        if (received.size > 0)
            row = permitted({bytes, static_cast<size_t>(received.size)}, received, wire::Sender::monitor,
                            wire::phase_serving);
        if (row == nullptr) {
            // The monitor is gone, or no longer ours: so are we, and with us our ends of every terminal.
            context_.stop();
            return;
        }
        take({bytes, static_cast<size_t>(received.size)}, *row, received);
    }
    link_.when_readable([this] {
        read_link();
    });
}

void Worker::take(std::span<const char> bytes, const wire::LinkRow& row, pty::Received& received) {
    switch (row.id) {
    case wire::LinkId::connection:
        return take_connection(wire::message_from<wire::LinkConnection>(bytes), std::move(received.fds[0]));
    case wire::LinkId::opened:
        return take_opened(wire::message_from<wire::LinkOpened>(bytes), received.fds);
    case wire::LinkId::refused:
        return take_refused(wire::message_from<wire::LinkRefused>(bytes));
    case wire::LinkId::adopt:
        return take_adopt(wire::message_from<wire::LinkAdopt>(bytes), received.fds);
    case wire::LinkId::exited:
        return take_exited(wire::message_from<wire::LinkExited>(bytes));
    default:
        return; // the table has no other for this direction
    }
}

// ---- from the monitor

// Waits for room: the monitor always reads, and never waits for a worker. Any other failure is the monitor's
// end, of which the link is about to tell.
void Worker::send(std::string_view message, std::span<const int> fds) {
    while (!pty::send_message(link_.get(), message, fds, MSG_DONTWAIT) && errno == EAGAIN) {
        pollfd room{link_.get(), POLLOUT, 0};
        ::poll(&room, 1, -1);
    }
}

void Worker::take_connection(const wire::LinkConnection& message, pty::UniqueFd socket) {
    auto principal = wire::Principal::from_text(text_of(message.principal));
    if (!principal)
        return context_.stop(); // as where the table does not permit a message
    auto connection =
        std::make_shared<Connection>(context_, *this, message.connection, *principal, std::move(socket));
    connections_[message.connection] = connection;
    idle_timer_.cancel();
    connection->start();
}

void Worker::take_opened(const wire::LinkOpened& message, std::vector<pty::UniqueFd>& fds) {
    auto request = requests_.extract(message.header.number);
    auto connection = request.empty() ? nullptr : request.mapped().lock();
    SessionEntry entry;
    entry.token = message.token;
    entry.name = text_of(message.name);
    if (message.terminal != 0) {
        entry.terminal = std::make_shared<TerminalSession>(context_, std::move(fds[0]), std::move(fds[1]));
        entry.session = entry.terminal;
    } else if (fds.size() == 3) {
        entry.session =
            std::make_shared<PipeSession>(context_, std::move(fds[0]), std::move(fds[1]), std::move(fds[2]));
    }
    auto session = entry.session;
    sessions_[message.session] = std::move(entry);
    if (!connection || !session) {
        hang_up(message.session);
        return;
    }
    wire::Opened opened{text_of(message.name), message.terminal != 0 ? hex(message.token) : "",
                        lines_of(text_of(message.notice))};
    connection->attach(message.session, session, opened);
    session->start();
}

void Worker::take_refused(const wire::LinkRefused& message) {
    auto request = requests_.extract(message.header.number);
    if (request.empty())
        return;
    if (auto connection = request.mapped().lock())
        connection->fail({connection->jail(), text_of(message.step), text_of(message.cause),
                          text_of(message.mend), message.code});
}

void Worker::take_adopt(const wire::LinkAdopt& message, std::vector<pty::UniqueFd>& fds) {
    uint32_t number = message.header.number;
    SessionEntry& entry = sessions_[number];
    entry.terminal = std::make_shared<TerminalSession>(context_, std::move(fds[0]), std::move(fds[1]));
    entry.session = entry.terminal;
    entry.token = message.token;
    entry.name = text_of(message.name);
    entry.adopted = true;
    idle_timer_.cancel();
    entry.session->start();
    auto timer = std::make_shared<asio::steady_timer>(context_, resume_time);
    timer->async_wait([this, number, timer](asio::error_code) {
        auto found = sessions_.find(number);
        if (found != sessions_.end() && found->second.adopted)
            hang_up(number);
    });
}

void Worker::take_exited(const wire::LinkExited& message) {
    auto found = sessions_.find(message.header.number);
    if (found == sessions_.end())
        return;
    wire::Exit exit;
    (message.signalled != 0 ? exit.signal : exit.status) = message.value;
    exit.reason = text_of(message.reason);
    auto session = found->second.session; // it may end the entry
    session->exited(exit);
}

// ---- from the clients

void Worker::open(Connection& connection, const wire::Open& open) {
    const contract::VerbRow* verb = contract::find(open.verb);
    connection.set_jail(open.jail);
    if (verb == nullptr) {
        connection.fail({open.jail, open.verb, "this router does not know that verb",
                         "use the client that came with it", 255});
        return;
    }
    if (verb->helper == contract::Helper::worker)
        return peek(connection, open.jail);
    auto program =
        pty::encode_program({open.user, open.group, open.directory, open.modes, open.shell, open.environment,
                             verb->helper == contract::Helper::program ? open.command : open.arguments});
    wire::LinkOpen message;
    message.header.number = ++last_request_;
    message.connection = connection.number();
    if (std::string why = misfit("the jail's name", open.jail, sizeof message.jail); !why.empty()) {
        connection.fail({{}, "open", why, "'jconsole ls' lists the jails", 255});
        return;
    }
    if (std::string why = misfit("the configuration's path", open.config, sizeof message.config);
        !why.empty()) {
        connection.fail({open.jail, "open", why, "use a shorter one", 255});
        return;
    }
    if (!program) {
        connection.fail({open.jail, "open", "the command, its directory or its environment holds a NUL",
                         "no program can be given one", 255});
        return;
    }
    message.verb = verb->id;
    pty::set_text(message.jail, open.jail);
    pty::set_text(message.config, open.config);
    message.forced = std::ranges::find(open.arguments, "-f") != open.arguments.end() ? 1 : 0;
    message.terminal = open.terminal ? 1 : 0;
    if (open.terminal)
        message.size = *open.terminal;
    try {
        pty::UniqueFd memfd = pty::sealed_memfd("program", *program);
        requests_[message.header.number] = connection.weak_from_this();
        int fds[] = {memfd.get()};
        tell(message, fds);
    } catch (const pty::StepError& error) {
        connection.fail({open.jail, error.step(), error.what(), "try again later", 255});
    }
}

// The worker's own answer: what it shows is what its principal has been shown already, so nobody need be
// asked.
void Worker::peek(Connection& connection, const std::string& name) {
    auto found = std::ranges::find_if(sessions_, [&](const auto& item) {
        return item.second.name == name && item.second.terminal;
    });
    if (found == sessions_.end()) {
        connection.fail({name.substr(0, longest_name), "find session",
                         "you have no session of that name with a terminal",
                         "'jconsole sessions' lists those that are open", 255});
        return;
    }
    auto session = std::make_shared<PeekSession>(found->second.terminal->latest());
    connection.viewer().role = Role::watcher;
    connection.attach(0, session, wire::Opened{name, "", {}}); // the link's sessions are numbered from 1
}

void Worker::resume(Connection& connection, const wire::Resume& resume) {
    auto found = std::ranges::find_if(sessions_, [&](const auto& item) {
        return item.second.name == resume.session;
    });
    if (found == sessions_.end() || !same_token(resume.token, hex(found->second.token)) ||
        !found->second.terminal || !found->second.terminal->resume(connection.viewer(), resume.received)) {
        connection.fail(
            {resume.session, "resume", "the session is not there any more", "open a new one", 255});
        return;
    }
    found->second.adopted = false;
    wire::LinkAttached message;
    message.header.number = found->first;
    message.connection = connection.number();
    tell(message);
    // A client from afar can be back before the end of its old connection has come through.
    auto old = std::ranges::find_if(connections_, [&](const auto& item) {
        return item.second->session() == found->first;
    });
    if (old != connections_.end())
        std::shared_ptr(old->second)->give_way();
    connection.attach(found->first, found->second.session, wire::Resumed{connection.viewer().input});
}

void Worker::signal(Connection& connection, int number) {
    auto found = sessions_.find(connection.session());
    if (found == sessions_.end() || connection.viewer().role == Role::watcher)
        return;
    if (found->second.terminal) {
        found->second.terminal->signal(number);
        return;
    }
    wire::LinkSignal message;
    message.header.number = found->first;
    message.signal = number;
    tell(message);
}

void Worker::over(Connection& connection, bool delivered) {
    auto found = sessions_.find(connection.session());
    if (found != sessions_.end() && delivered) {
        found->second.session->close();
        wire::LinkDrained message;
        message.header.number = found->first;
        tell(message);
        sessions_.erase(found);
    } else if (found != sessions_.end()) {
        hang_up(found->first);
    }
    wire::LinkClosed closed;
    closed.connection = connection.number();
    tell(closed);
    std::erase_if(requests_, [&](const auto& item) {
        return item.second.lock().get() == &connection; // it is answered to nobody, or not at all
    });
    connections_.erase(connection.number());
    say_when_idle();
}

void Worker::hang_up(uint32_t session) {
    auto found = sessions_.find(session);
    found->second.session->close();
    sessions_.erase(found);
    wire::LinkHangup message;
    message.header.number = session;
    tell(message);
    say_when_idle();
}

void Worker::say_when_idle() {
    if (!connections_.empty() || !sessions_.empty())
        return;
    idle_timer_.expires_after(idle_time);
    idle_timer_.async_wait([this](asio::error_code error) {
        if (!error && connections_.empty() && sessions_.empty())
            tell(wire::LinkIdle{});
    });
}

} // namespace worker
