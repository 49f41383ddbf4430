#include "jailcore/linux/starter/interrupt.hpp"

#include <csignal>
#include <initializer_list>

namespace jailcore {
namespace {

volatile pid_t waited_for = 0;

void end_both(int signal) {
    ::kill(-waited_for, SIGKILL);
    ::signal(signal, SIG_DFL);
    ::raise(signal); // comes through when this returns
}

void handle(void (*handler)(int)) {
    for (int signal : {SIGHUP, SIGINT, SIGTERM})
        ::signal(signal, handler);
}

} // namespace

EndsOnInterrupt::EndsOnInterrupt(pid_t command) : command_(command) {
    waited_for = command;
    handle(end_both);
}

EndsOnInterrupt::~EndsOnInterrupt() {
    handle(SIG_DFL);
}

void EndsOnInterrupt::end() const {
    ::kill(-command_, SIGKILL);
}

} // namespace jailcore
