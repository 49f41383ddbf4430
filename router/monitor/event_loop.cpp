#include "router/monitor/event_loop.hpp"

#include "pty/error.hpp"

#include <cerrno>
#include <csignal>

namespace monitor {
namespace {

// All that happens in a handler: the loop looks at these when the wait has let a signal through.
volatile sig_atomic_t child_ended = 0;
volatile sig_atomic_t terminate_asked = 0;
volatile sig_atomic_t hung_up = 0;

constexpr int handled[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};

void note_child(int /*signal*/) {
    child_ended = 1;
}
void note_terminate(int /*signal*/) {
    terminate_asked = 1;
}
void note_hangup(int /*signal*/) {
    hung_up = 1;
}

void install(int signal, void (*handler)(int)) {
    struct sigaction action = {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    pty::check(::sigaction(signal, &action, nullptr), "sigaction");
}

} // namespace

EventLoop::Watch::Watch(EventLoop& loop, int fd, short events, std::function<void(short)> callback)
    : loop_(loop), fd_(fd), id_(++loop.last_watch_), callback_(std::move(callback)) {
    loop_.poller_.add(fd_, events, id_);
    loop_.watches_[id_] = this;
}

EventLoop::Watch::~Watch() {
    loop_.poller_.remove(fd_);
    loop_.watches_.erase(id_);
}

void EventLoop::Watch::set_events(short events) {
    loop_.poller_.change(fd_, events, id_);
}

EventLoop::Timer::Timer(EventLoop& loop, Clock::duration after, std::function<void()> callback)
    : loop_(loop), place_(loop.timers_.emplace(Clock::now() + after, this)), callback_(std::move(callback)) {}

EventLoop::Timer::~Timer() {
    if (pending_)
        loop_.timers_.erase(place_);
}

EventLoop::EventLoop() {
    sigset_t ours;
    sigemptyset(&ours);
    for (int signal : handled)
        sigaddset(&ours, signal);
    pty::check(::sigprocmask(SIG_BLOCK, &ours, &waiting_mask_), "sigprocmask");
    for (int signal : handled)
        sigdelset(&waiting_mask_, signal);
    install(SIGCHLD, note_child);
    install(SIGTERM, note_terminate);
    install(SIGINT, note_terminate);
    install(SIGHUP, note_hangup);
    install(SIGPIPE, SIG_IGN);
}

EventLoop::~EventLoop() = default;

bool EventLoop::next_timeout(timespec& timeout) const {
    if (timers_.empty())
        return false;
    auto left = std::max(timers_.begin()->first - Clock::now(), Clock::duration::zero());
    auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timeout.tv_sec = seconds.count();
    timeout.tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(left - seconds).count();
    return true;
}

void EventLoop::run() {
    running_ = true;
    while (running_) {
        timespec timeout{};
        bool timed = next_timeout(timeout);
        // Descriptors before children: what a helper said before it ended is known when its end is looked at.
        dispatch_descriptors(poller_.wait(timed ? &timeout : nullptr, waiting_mask_));
        dispatch_signals();
        dispatch_timers();
    }
}

void EventLoop::dispatch_signals() {
    if (child_ended != 0) {
        child_ended = 0;
        on_child();
    }
    if (terminate_asked != 0) {
        terminate_asked = 0;
        on_terminate();
    }
    if (hung_up != 0) {
        hung_up = 0;
        on_hangup();
    }
}

void EventLoop::dispatch_descriptors(std::span<const Poller::Event> ready) {
    for (const Poller::Event& event : ready) {
        auto found = watches_.find(event.id);
        if (found == watches_.end())
            continue; // it left meanwhile
        // By copy: the callback may destroy its watch, and itself with it.
        auto callback = found->second->callback_;
        callback(event.events);
    }
}

void EventLoop::dispatch_timers() {
    auto now = Clock::now();
    while (!timers_.empty() && timers_.begin()->first <= now) {
        Timer* timer = timers_.begin()->second;
        timers_.erase(timers_.begin());
        timer->pending_ = false;
        auto callback = timer->callback_;
        callback();
    }
}

} // namespace monitor
