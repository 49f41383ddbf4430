#include "jailcore/contract/enter.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/advice.hpp"
#include "jailcore/enter/identity.hpp"
#include "jailcore/enter/linux/cgroup.hpp"
#include "jailcore/enter/linux/check.hpp"
#include "jailcore/enter/linux/program.hpp"
#include "jailcore/enter/linux/spec.hpp"
#include "jailcore/enter/linux/target.hpp"
#include "jailcore/enter/linux/terminal.hpp"
#include "jailcore/enter/pipes.hpp"
#include "jailcore/enter/reports.hpp"
#include "jailcore/enter/request.hpp"
#include "jailcore/environment.hpp"
#include "jailcore/linux/jail_file.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/oom_score.hpp"
#include "pty/error.hpp"
#include "pty/escape.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"
#include "pty/kernel.hpp"
#include "pty/signals.hpp"

#include <array>
#include <csignal>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <linux/sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jailcore {
namespace {

// The monitor has a deadline of its own; this one ends us where the monitor has gone.
constexpr unsigned deadline = 60; // seconds
constexpr size_t database_limit = size_t{16} << 20;

// Scheduling is the router's; going back to normal from below may need privilege that we lack
// (setpriority(2)), and then stays undone.
void reset_scheduling() {
    kernel::setpriority(PRIO_PROCESS, 0, 0);
    kernel::sched_reset();
}

// Inside a foreign user namespace only what belongs to an id of it can be given away, so they become its
// superuser's while we are still outside.
void give_pipes_to_namespace(const Target& target) {
    if (auto owner = outside_superuser(target))
        give_pipes(owner->uid, owner->gid);
}

struct Identity {
    User user;
    std::optional<uint32_t> tty_group;
};

void expect_mapped(const User& user, const Target& target) {
    if (!target.uids.has(user.uid))
        throw EnterFailure("user", user.name + " has no id in the jail's user namespace",
                           target.uids.single() ? "this jail has one user only; leave -u out"
                                                : "give the jail more subordinate ids (subuid(5))");
    if (!target.gids.has(user.gid))
        throw EnterFailure(
            "user", "the group " + std::to_string(user.gid) + " has no id in the jail's user namespace",
            target.gids.single() ? "this jail has one group only; leave it out"
                                 : "give the jail more subordinate ids (subgid(5))");
}

Identity find_identity(const Target& target, const std::string& wanted, const std::string& wanted_group) {
    auto read = [&](const char* path) {
        return read_in_jail(target.root.get(), target.self.get(), path, database_limit).value_or("");
    };
    std::string passwd = read("etc/passwd");
    std::string group = read("etc/group");
    auto superuser = target.uids.superuser();
    if (!superuser)
        throw EnterFailure("user", "the jail's user namespace has no ids", "write its uid_map");
    User user = find_entered(passwd, group, wanted, wanted_group, *superuser);
    std::erase_if(user.groups, [&](uint32_t gid) {
        return !target.gids.has(gid);
    });
    expect_mapped(user, target);
    return {std::move(user), find_group(group, "tty")};
}

void choose_term(EnteredProgram& program, const Target& target, std::vector<std::string>& notices) {
    std::string wanted(value_of(program.environment, "TERM"));
    if (wanted.empty())
        wanted = "dumb";
    std::string usable = usable_term(target.root.get(), wanted);
    if (usable != wanted)
        notices.push_back("the jail knows no terminal '" + wanted + "'; TERM is " + usable + " there");
    set_variable(program.environment, "TERM=" + usable);
}

void report_terminal(const Terminal& terminal) {
    std::string text;
    for (const std::string& notice : terminal.notices)
        text += (text.empty() ? "" : "\n") + pty::escape(notice);
    Report report;
    report.kind = ReportKind::terminal;
    pty::set_text(report.cause, text);
    int fds[] = {terminal.master.get()};
    send_report(report, fds);
}

// The slave becomes 0, 1 and 2; the master is the monitor's from here on.
void set_up_terminal(const EnterRequest& request, const Target& target, Identity& identity,
                     EnteredProgram& program, HostTerminals host, bool repair) {
    Terminal terminal = open_terminal(target, std::move(host), repair);
    pty::set_window_size(terminal.master.get(), request.size);
    pty::set_modes(terminal.slave.get(), request.program.modes);
    give_terminal(terminal.slave.get(), identity.user, identity.tty_group);
    choose_term(program, target, terminal.notices);
    report_terminal(terminal);
    for (int fd : {0, 1, 2})
        pty::check(::dup2(terminal.slave.get(), fd), "dup2");
    program.terminal = true;
}

// What is left when the child is made, beside its standard descriptors and the report. Files of the host are
// not among them, for in the jail the child must hold none, not for a moment: those of cgroups are on their
// way through a socket meanwhile.
enum LastFd : int {
    word_in = enter_report + 1,
    word_out,
    cgroups_in,
    cgroups_out,
    jail_process,
    first_closed
};

// They get the numbers from word_in on, and all others above are closed.
void keep_only(std::array<pty::UniqueFd, first_closed - word_in> kept) {
    for (pty::UniqueFd& fd : kept)
        fd.reset(pty::check(::fcntl(fd.get(), F_DUPFD_CLOEXEC, first_closed), "keep descriptors"));
    for (int number = word_in; number < first_closed; ++number)
        pty::check(::dup3(kept[static_cast<size_t>(number - word_in)].get(), number, O_CLOEXEC),
                   "keep descriptors");
    kept = {};
    pty::check(kernel::close_range(first_closed, ~0U, 0), "close descriptors");
}

void keep_for_child(std::vector<pty::UniqueFd>&& cgroups) {
    auto files = std::move(cgroups);
    pty::Pipe word = pty::make_pipe();
    pty::SocketPair way = pty::seqpacket_pair();
    for (const pty::UniqueFd& file : files) {
        int fds[] = {file.get()};
        if (!pty::send_message(way.theirs.get(), "c", fds))
            throw pty::StepError(errno, "keep descriptors", "");
    }
    files.clear(); // their numbers may be among those that are about to be others'
    pty::UniqueFd jail(pty::check(kernel::dup_cloexec(enter_target), "keep descriptors"));
    keep_only({std::move(word.read), std::move(word.write), std::move(way.theirs), std::move(way.ours),
               std::move(jail)});
}

struct Child {
    const EnteredProgram& program;
    const Target& target;
    const EnterSpec* spec;
    size_t cgroups; // that it is to be in
    bool own_first; // it must be in the first of them
};

void await_word() {
    char word = 0;
    if (pty::check(kernel::read(word_in, &word, 1), "await", "jenter") == 0)
        throw EnterFailure("enter", "the helper that enters the jail was killed", "try again");
}

// The child waits for a word, so that the monitor hears of it before it can fail or run. Until that comes,
// which may take the kernel a grace period for each cgroup (cgroup_procs_write(), kernel/cgroup/cgroup.c), it
// makes itself ready.
[[noreturn]] void run_inside(const Child& child) {
    ::close_range(word_out, ~0U, 0);
    ::alarm(deadline);
    ::_exit(reporting([&]() -> int {
        std::exception_ptr failure;
        try {
            prepare_program(child.program, child.target, child.spec);
        } catch (const std::exception&) {
            failure = std::current_exception();
        }
        await_word();
        if (failure)
            std::rethrow_exception(failure);
        become_program(child.program);
    }));
}

// By its number, which is its own: it is too young for that to have come round.
void move_into_cgroups(pid_t pid, const Child& child) {
    char byte = 0;
    for (size_t i = 0; i < child.cgroups; ++i) {
        pty::Received received = pty::receive_message(cgroups_out, {&byte, 1});
        bool moved = received.fds.size() == 1 && move_into_cgroup(received.fds[0].get(), pid);
        if (!moved && i == 0 && child.own_first && !has_ended(jail_process))
            throw pty::StepError(errno, "join cgroup", pty::get_text(child.spec->cgroup));
    }
    // What ends a jail that shares the host's pids has killed those in its cgroup, perhaps before it came.
    if (has_ended(jail_process))
        throw target_has_ended();
}

// CLONE_PARENT: the monitor, not jenter, reaps the program. A jail that has all the processes that it may
// have is entered all the same, since the fork comes before the cgroups.
int start_inside(const Child& child) {
    clone_args arguments{};
    arguments.flags = CLONE_PARENT;
    pid_t pid = kernel::clone3(&arguments, sizeof arguments);
    if (pid == -1 && errno == ENOMEM)
        throw target_has_ended(); // nobody is born any more in a pid namespace whose first process ends
    if (pid == -1 && errno == EAGAIN)
        throw EnterFailure(
            "enter", "the host has no room for another process",
            "end some, or raise kernel.pid_max, kernel.threads-max or pids.max of the router's cgroup",
            EAGAIN);
    pty::check(pid, "fork");
    if (pid == 0)
        run_inside(child);
    move_into_cgroups(pid, child);
    report_entered(pid);
    pty::write_all(word_out, "g", "pipe");
    return 0;
}

CgroupFiles open_thawed(const Target& target, const EnterSpec* spec) {
    JailCgroups cgroups = cgroups_of(target, spec);
    if (auto freeze = find_freeze(cgroups))
        throw is_frozen(*freeze);
    return open_cgroups(cgroups);
}

// What must be done with the host's eyes, before the jail is entered.
void leave_host(const EnterRequest& request, const Target& target) {
    reset_scheduling();
    // Whatever memory is full, it is for what runs in the jail to make room.
    set_oom_score(target.self.get(), oom_late);
    if (request.mode == EnterMode::pipe)
        give_pipes_to_namespace(target);
    pty::check(kernel::prctl(PR_SET_DUMPABLE, 0), "prctl", "PR_SET_DUMPABLE");
}

int run_program(const EnterRequest& request, const EnterSpec* spec) {
    Target target = open_target(enter_target, spec);
    expect_power_over(target);
    CgroupFiles cgroups = open_thawed(target, spec);
    HostTerminals host;
    if (request.mode == EnterMode::tty)
        host = open_host_terminals(target, spec);
    int score = spec != nullptr ? oom_score_before(target.proc.get()) : oom_normal;
    leave_host(request, target);
    join_namespaces(target);
    Identity identity = find_identity(target, request.program.user, request.program.group);
    EnteredProgram program{identity.user, environment_for(identity.user, request.program.environment),
                           request.program.argv, request.program.shell, request.program.directory};
    if (request.mode == EnterMode::tty)
        set_up_terminal(request, target, identity, program, std::move(host),
                        spec != nullptr && spec->repair == 1);
    else
        give_pipes(identity.user.uid, identity.user.gid);
    set_oom_score(target.self.get(), score); // for the child to inherit
    // The child's copies of these would be numbers that mean something else by then.
    target.proc.release();
    target.self.release();
    target.root.release();
    Child child{program, target, spec, cgroups.files.size(), cgroups.own_first};
    keep_for_child(std::move(cgroups.files));
    return start_inside(child);
}

// From outside, for there is something in there that does not answer.
int look_why_not(const EnterSpec* spec) {
    Target target = open_target(enter_target, spec);
    if (auto freeze = find_freeze(cgroups_of(target, spec)))
        throw is_frozen(*freeze);
    throw EnterFailure("enter",
                       "it does not answer: a file system in it hangs, or a process in it holds a lease on a "
                       "file (/proc/locks)",
                       "'cat /proc/" + target.pid + "/mountinfo' lists what is mounted in it");
}

int carry_out(const EnterRequest& request) {
    const std::unique_ptr<EnterSpec> spec = read_enter_spec();
    switch (request.mode) {
    case EnterMode::check:
        return check_jail(request, spec.get());
    case EnterMode::look:
        return look_why_not(spec.get());
    case EnterMode::tty:
    case EnterMode::pipe:
        break;
    }
    return run_program(request, spec.get());
}

} // namespace

int enter_main(int argc, char** argv) {
    ::fcntl(enter_report, F_SETFD, FD_CLOEXEC);
    ::prctl(PR_SET_NAME, "jenter"); // a program executed by its descriptor is called by that number
    // The program is to begin so, and to do it now, for most while jenter waits, is no part of an attach.
    pty::reset_signals();
    return reporting([&] {
        auto words = words_or_order(argc, argv);
        if (!words)
            return 0;
        ::alarm(deadline);
        pty::check(kernel::close_range(enter_spec + 1, ~0U, 0), "close descriptors");
        return carry_out(read_request(*words));
    });
}

} // namespace jailcore
