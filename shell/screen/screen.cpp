#include "shell/screen/screen.hpp"

#include "pty/error.hpp"
#include "shell/ignored_signals.hpp"
#include "shell/report.hpp"
#include "shell/screen/complaint.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cwchar>
#include <poll.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

namespace top {
namespace {

using namespace std::chrono_literals;

constexpr auto news_expected = 5s;     // the router says something each second
constexpr auto configured_again = 30s; // the file may have been edited; 500 jails are 27 ms of work
constexpr auto configured_again_afar = 60s;
constexpr auto feed_again = 2s; // after a router of this host has gone; elsewhere, it may be a login refused
constexpr auto picture_again = 1s;
constexpr int pictures_apart = 4; // times what one takes: from afar, each is an ssh

volatile std::sig_atomic_t asked_to_leave = 0;

void take_signals() {
    struct sigaction action = {};
    action.sa_handler = [](int) {
        asked_to_leave = 1;
    };
    for (int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP})
        ::sigaction(signal, &action, nullptr);
}

// The host may have no process left for a while, and then the screen is what somebody needs. Returns why it
// could not be begun, "" where it was.
template <class Begin>
std::string failure_of(Begin begin) {
    try {
        begin();
        return {};
    } catch (const pty::StepError& error) {
        return error.what();
    }
}

} // namespace

Screen::Screen(Settings settings)
    : settings_((take_signals(), std::move(settings))), curses_(settings_.colours), last_news_(Clock::now()) {
    shown_.host = settings_.host;
}

// `words`: the verb with its arguments.
Screen::Words Screen::client(const Words& words) const {
    Words argv{settings_.client};
    argv.insert(argv.end(), settings_.words.begin(), settings_.words.end());
    argv.insert(argv.end(), words.begin(), words.end());
    return argv;
}

bool Screen::leaving() const {
    return leave_ || asked_to_leave != 0;
}

void Screen::run() {
    while (!leaving()) {
        start_due();
        if (std::exchange(changed_, false))
            regions_ = draw(curses_, model_, shown_);
        wait();
        take_feed();
        take_configured();
        take_picture();
        take_painting();
        take_keys();
    }
}

// ---- what comes in

void Screen::wait() {
    std::vector<pollfd> polled{{STDIN_FILENO, POLLIN, 0}};
    for (const auto* child : {&feed_, &configured_, &picture_})
        if (*child)
            for (int fd : {(*child)->output(), (*child)->error()})
                polled.push_back({fd, POLLIN, 0});
    if (painter_)
        polled.push_back({painter_->channel(), painter_->events(), 0});
    constexpr int pause = 1000; // ms: whatever is due is looked at once a second
    ::poll(polled.data(), static_cast<nfds_t>(polled.size()), pause);
    if ((polled.front().revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
        leave_ = true; // the terminal has gone
}

// Where the router gives no news, nothing else is tried: from afar, that would be one failing ssh more.
void Screen::start_due() {
    Clock::time_point now = Clock::now();
    if (!feed_ && now >= feed_due_) {
        std::string failure = failure_of([this] {
            feed_ = std::make_unique<Child>(client({"top", "--json"}));
        });
        last_news_ = now;
        if (!failure.empty())
            no_feed(failure);
    }
    if (!configured_ && shown_.trouble.empty() && now >= configured_due_) {
        Words argv{settings_.client, "config", "dump", "--json"};
        argv.insert(argv.end(), settings_.config.begin(), settings_.config.end());
        configured_due_ = now + (settings_.host.empty() ? configured_again : configured_again_afar);
        complain_of_configuration(failure_of([&] {
            configured_ = std::make_unique<Child>(argv);
        }));
    }
    start_picture();
    auto silent = std::chrono::duration_cast<std::chrono::seconds>(now - last_news_);
    if (feed_ && silent >= news_expected) {
        shown_.trouble = "no news from the router for " + std::to_string(silent.count()) + " s";
        changed_ = true;
    }
}

void Screen::take_feed() {
    if (!feed_)
        return;
    feed_->read();
    // Of what has gathered, the last whole line is the news.
    size_t end = feed_->printed.rfind('\n');
    if (end != std::string::npos) {
        size_t before = end == 0 ? std::string::npos : feed_->printed.rfind('\n', end - 1);
        size_t start = before == std::string::npos ? 0 : before + 1;
        auto snapshot = parse_snapshot(std::string_view(feed_->printed).substr(start, end - start));
        feed_->printed.erase(0, end + 1);
        shown_.trouble = snapshot ? "" : "the router said what is not understood";
        if (snapshot) {
            model_.set_snapshot(std::move(*snapshot));
            feed_backoff_.succeeded();
        }
        last_news_ = Clock::now();
        changed_ = true;
    }
    if (!feed_->ended())
        return;
    std::string complaint = complaint_of(feed_->complained);
    feed_.reset();
    no_feed(complaint.empty() ? "the router has ended; trying again" : complaint);
}

void Screen::no_feed(std::string why) {
    shown_.trouble = std::move(why);
    feed_due_ = Clock::now() + (settings_.host.empty() ? feed_again : feed_backoff_.after_failure());
    changed_ = true;
}

void Screen::take_configured() {
    if (!configured_)
        return;
    configured_->read();
    if (!configured_->ended())
        return;
    if (auto names = parse_configured(configured_->printed)) {
        model_.set_configured(std::move(*names));
        shown_.configuration_known = true;
        configured_complaint_.clear();
    } else {
        std::string complaint = complaint_of(configured_->complained);
        shown_.configuration_known = settings_.config.empty() && misses_default_configuration(complaint);
        if (shown_.configuration_known)
            model_.set_configured({});
        else
            complain_of_configuration(complaint);
    }
    configured_.reset();
    changed_ = true;
}

// Once; an action's end is told first.
void Screen::complain_of_configuration(const std::string& complaint) {
    if (complaint.empty() || !shown_.message.empty() || complaint == configured_complaint_)
        return;
    shown_.message = configured_complaint_ = complaint;
    changed_ = true;
}

void Screen::start_picture() {
    const Session* session = shown_.preview ? model_.previewed() : nullptr;
    std::string name = session != nullptr ? session->name : "";
    if (name != shown_.previewed) {
        shown_.previewed = name;
        shown_.picture.reset();
        shown_.picture_trouble.clear();
        picture_.reset();
        painter_.reset();
        pictured_.reset();
        picture_due_ = {};
        changed_ = true;
    }
    bool busy = picture_ || (painter_ && painter_->busy());
    bool due = Clock::now() >= picture_due_ && shown_.trouble.empty();
    if (session == nullptr || busy || !due || regions_.preview < 0)
        return;
    Seen seen{session->created, session->output, session->leader, session->rows, session->columns};
    if (pictured_ == seen)
        return;
    pictured_ = seen;
    picture_started_ = Clock::now();
    no_picture(failure_of([&] {
        picture_ = std::make_unique<Child>(client({"peek", name}));
    }));
}

// Where `why` says something: it is tried again.
void Screen::no_picture(const std::string& why) {
    if (why.empty())
        return;
    set_picture_due();
    pictured_.reset();
    painter_.reset();
    shown_.picture.reset();
    shown_.picture_trouble = why;
    changed_ = true;
}

void Screen::take_picture() {
    if (!picture_)
        return;
    picture_->read();
    if (!picture_->ended())
        return;
    auto child = std::exchange(picture_, nullptr);
    set_picture_due();
    const Session* session = model_.previewed();
    if (session == nullptr || session->name != shown_.previewed)
        return;
    if (!child->succeeded()) {
        std::string complaint = complaint_of(child->complained);
        return no_picture(complaint.empty() ? "peek has failed" : complaint);
    }
    if (!painter_)
        painter_ = std::make_unique<Painter>();
    no_picture(failure_of([&] {
        painter_->paint(session->rows, session->columns, child->printed);
    }));
}

void Screen::take_painting() {
    if (!painter_ || !painter_->busy())
        return;
    std::string failure = failure_of([this] {
        painter_->work();
    });
    if (!failure.empty())
        return no_picture(failure);
    if (painter_->busy())
        return;
    set_picture_due();
    shown_.picture = painter_->take();
    shown_.picture_trouble = shown_.picture ? "" : "what it has written cannot be shown";
    changed_ = true;
}

void Screen::set_picture_due() {
    Clock::time_point now = Clock::now();
    picture_due_ = now + std::max<Clock::duration>(picture_again, pictures_apart * (now - picture_started_));
}

// ---- what is done

void Screen::ask(std::string question, std::function<void()> act) {
    shown_.question = std::move(question);
    on_yes_ = std::move(act);
}

void Screen::prompt(std::string text, std::function<void(const std::string&)> changed,
                    std::function<void(const std::string&)> done) {
    shown_.prompt = std::move(text);
    shown_.typed.clear();
    on_typed_ = std::move(changed);
    on_entered_ = std::move(done);
}

void Screen::open_console(const std::string& jail, const std::string& command) {
    Words verb{"attach", "-t", jail};
    if (!command.empty())
        verb.insert(verb.end(), {"--", "/bin/sh", "-c", command});
    int status = give_terminal_to(client(verb), command.empty() ? Wait::own_failure : Wait::always);
    shown_.message = "the console in " + jail + " has ended with status " + std::to_string(status);
}

void Screen::change(const std::string& verb, const std::string& jail) {
    Words words{verb};
    words.insert(words.end(), settings_.config.begin(), settings_.config.end());
    words.push_back(jail);
    perform(verb, jail, words);
}

void Screen::perform(const std::string& verb, const std::string& jail, const Words& words) {
    int status = give_terminal_to(client(words), Wait::failure);
    shown_.message = verb + " " + jail + (status == 0 ? ": done" : ": status " + std::to_string(status));
    configured_due_ = {};
}

// Returns the exit status. Where it is to be waited for, what was said stands on the terminal until Enter is
// typed.
int Screen::give_terminal_to(const Words& argv, Wait wait) {
    curses_.suspend();
    int status = shell::own_error;
    std::string failure = failure_of([&] {
        status = run_in_foreground(argv, asked_to_leave);
    });
    if (!failure.empty())
        shell::print_line("jconsole: " + failure);
    ::tcflush(STDIN_FILENO, TCIFLUSH); // what was typed at it, and answers to it, is no Enter
    bool told = asked_to_leave == 0;   // there is somebody to read it
    bool failed = status == shell::own_error || (status != 0 && wait == Wait::failure);
    if (told && (failed || wait == Wait::always)) {
        shell::print_line("-- status " + std::to_string(status) + "; Enter leads back to the list --");
        wait_for_enter();
    }
    curses_.resume();
    changed_ = true;
    return status;
}

// Not to be stopped by ^Z: ncurses, which is then in the way, would set the terminal's modes and clear what
// was said. Stopped all the same, it finds the modes that somebody else has left: Enter may be either byte.
void Screen::wait_for_enter() const {
    shell::IgnoredSignals ignored({SIGTSTP});
    char byte = 0;
    while (!leaving() && byte != '\n' && byte != '\r') {
        ssize_t size = ::read(STDIN_FILENO, &byte, 1);
        bool interrupted = size < 0 && errno == EINTR; // by a new size of the terminal, for one
        if (size != 1 && !interrupted)
            return;
    }
}

} // namespace top
