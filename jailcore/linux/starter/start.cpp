#include "jailcore/linux/starter/starter.hpp"

#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/contract/linux/record.hpp"
#include "jailcore/contract/starter.hpp"
#include "jailcore/linux/kernel.hpp"
#include "jailcore/linux/starter/capabilities.hpp"
#include "jailcore/linux/starter/filter.hpp"
#include "jailcore/linux/starter/keepers.hpp"
#include "jailcore/linux/starter/remove.hpp"
#include "jailcore/linux/starter/staging.hpp"
#include "jailcore/linux/starter/thaw.hpp"
#include "jailcore/plan/linux/refused.hpp"
#include "jailcore/process_handle.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"
#include "pty/memfd.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <initializer_list>
#include <memory>
#include <span>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <utility>

namespace jailcore {
namespace {

bool has(const Plan& plan, uint32_t space) {
    return (plan.namespaces & space) != 0;
}

// Without it no later router would find the jail again.
uint64_t started_at(pid_t pid) {
    auto ticks = start_time(pid);
    if (!ticks)
        throw StartFailure(with_cause("start time of jinit", errno));
    return *ticks;
}

uint64_t pid_namespace(pid_t pid) {
    struct stat status = {};
    std::string path = "/proc/" + std::to_string(pid) + "/ns/pid";
    pty::UniqueFd file(pty::check(kernel::open(path.c_str(), O_RDONLY), "open", path));
    pty::check(kernel::fstat(file.get(), &status), "fstat", path);
    return status.st_ino;
}

pty::UniqueFd make_spec(const Plan& plan, const std::vector<sock_filter>& filter, const JailRecord& record) {
    auto spec = std::make_unique<EnterSpec>();
    spec->pid = record.pid;
    spec->start_time = record.start_time;
    spec->jid = record.jid;
    pty::set_text(spec->name, plan.name);
    pty::set_text(spec->cgroup, pty::get_text(record.cgroup));
    spec->repair = plan.repair;
    spec->allow_host_pty = plan.allow_host_pty;
    spec->no_new_privs = plan.no_new_privs;
    spec->own_user_namespace = has(plan, namespace_user);
    spec->bounding_set = bounding_set(plan.permissions);
    spec->filter_length = static_cast<uint32_t>(filter.size());
    std::ranges::copy(std::as_bytes(std::span(filter)),
                      std::as_writable_bytes(std::span(spec->filter)).begin());
    return pty::sealed_memfd("enter spec", {reinterpret_cast<const char*>(spec.get()), sizeof *spec});
}

uint32_t record_flags(const Plan& plan) {
    uint32_t flags = 0;
    for (auto [space, flag] : {std::pair<uint32_t, uint32_t>(namespace_pid, jail_own_pid_namespace),
                               {namespace_net, jail_own_network},
                               {namespace_user, jail_own_user_namespace},
                               {namespace_fs, jail_own_mount_namespace}})
        if (has(plan, space))
            flags |= flag;
    bool devfs = std::ranges::any_of(plan.mounts, [](const PlannedMount& mount) {
        return mount.kind == MountKind::devices;
    });
    for (auto [set, flag] : {std::pair<bool, uint32_t>(plan.persist, jail_persist),
                             {plan.repair, jail_repair},
                             {plan.allow_host_pty, jail_host_pty},
                             {plan.no_new_privs, jail_no_new_privs},
                             {devfs, jail_devfs}})
        if (set)
            flags |= flag;
    return flags | jail_starting;
}

// What the jail is called: as the host where it has no name of its own. uname(2); a domain that was never set
// is "(none)".
void set_names(const Plan& plan, JailRecord& record) {
    utsname host{};
    pty::check(::uname(&host), "uname");
    std::string domain = host.domainname;
    if (domain == "(none)")
        domain.clear();
    pty::set_text(record.hostname, plan.hostname.value_or(host.nodename));
    pty::set_text(record.domainname, plan.domainname.value_or(domain));
    pty::set_text(record.osrelease, host.release);
}

bool is_searchable_by_others(const std::string& directory) {
    struct stat status = {};
    return ::stat(directory.c_str(), &status) == 0 && (status.st_mode & S_IXOTH) != 0;
}

} // namespace

Start::Start(const Plan& plan, uint32_t jid, std::span<const JailRecord> running, const HostPaths& host,
             const Output& output)
    : plan_(plan), jid_(jid), running_(running), host_(host), output_(output),
      processes_(plan.name, HooksOf::start), hooks_(plan, jid, host, output, &processes_),
      unprivileged_(::geteuid() != 0) {}

bool Start::run() {
    try {
        check_registry();
        run_steps();
        return true;
    } catch (const std::exception& failure) {
        output_.warn(failure.what());
    }
    undo();
    return false;
}

void Start::run_steps() {
    const Hooks& hooks = plan_.hooks;
    warn_of_reachable_path();
    make_jail_cgroup();
    limit_processes();
    enter_staging(unprivileged_);
    hooks_.run_on_host(hooks.prepare);
    mount_all();
    hooks_.run_on_host(hooks.prestart);
    create();
    keep_mounts_of_hooks();
    announce_created();
    hooks_.run_on_host(hooks.created, jail_->pidfd.get());
    hooks_.run_inside(hooks.start, access());
    hooks_.run_inside(hooks.command, access());
    hooks_.run_on_host(hooks.poststart, jail_->pidfd.get());
    expect_router();
    // A stop that finds it locked leaves its removal to the start, which then must be about to fail: jinit is
    // dead by then, so that what follows fails.
    if (cgroup_)
        cgroup_->jinit.reset();
    processes_.release();
    complete_start(*jail_, plan_.persist);
}

void Start::check_registry() const {
    for (const JailRecord& jail : running_) {
        if (pty::get_text(jail.name) == plan_.name) {
            output_.warn_of_name("already exists; 'jconsole restart " + plan_.name + "' starts it anew");
            throw StartFailure("");
        }
        if (jail.jid == jid_)
            throw StartFailure("jail " + std::to_string(jid_) + " already exists; give this one another jid");
    }
    for (const std::string& name : plan_.depend)
        if (std::ranges::none_of(running_, [&](const JailRecord& jail) {
                return pty::get_text(jail.name) == name;
            }))
            throw StartFailure("depend: the jail \"" + name + "\" does not run; start it first");
    check_parents();
}

// As FreeBSD's kernel: each running jail around this one must have room for one more (kern_jail.c).
void Start::check_parents() const {
    for (size_t dot = plan_.name.rfind('.'); dot != std::string::npos; dot = plan_.name.rfind('.', dot - 1)) {
        const std::string name = plan_.name.substr(0, dot);
        auto parent = std::ranges::find_if(running_, [&](const JailRecord& jail) {
            return pty::get_text(jail.name) == name;
        });
        if (parent == running_.end())
            continue;
        auto inside = std::ranges::count_if(running_, [&](const JailRecord& jail) {
            return pty::get_text(jail.name).starts_with(name + ".");
        });
        uint32_t most = linux_of(*parent).children_max;
        if (std::cmp_greater_equal(inside, most))
            throw StartFailure("prison limit exceeded: jail \"" + name + "\" has " + std::to_string(inside) +
                               (inside == 1 ? " jail" : " jails") + " in it, and runs with children.max = " +
                               std::to_string(most) + "; give it a larger one");
    }
}

// A setuid file that the jail's root makes must not be within reach of the host's users.
void Start::warn_of_reachable_path() const {
    if (unprivileged_ || plan_.path == "/")
        return;
    std::string parent = plan_.path;
    while (parent.size() > 1) {
        parent = parent.substr(0, std::max<size_t>(parent.rfind('/'), 1));
        if (!is_searchable_by_others(parent))
            return;
    }
    output_.warn(
        "path " + plan_.path +
        ": every user of the host can reach the jail's files, setuid ones too; keep the roots of jails "
        "in a folder of mode 0700");
}

void Start::make_jail_cgroup() {
    cgroup_ = make_cgroup(plan_.name);
    if (!cgroup_ && !has(plan_, namespace_pid))
        throw StartFailure(refusal("linux.namespaces",
                                   "without pid a jail's processes are told by their cgroup, and "
                                   "there is no cgroup version 2 hierarchy to write to"));
    if (!cgroup_)
        return;
    // Before a hook has run in vain.
    if (auto freeze = find_freeze(cgroup_->members))
        throw StartFailure(frozen_by(*freeze));
    members_ = keep_members(cgroup_->events.get());
}

void Start::limit_processes() {
    if (plan_.pids_max == 0)
        return;
    pids_limit_ = PidsLimit::set(plan_.name, cgroup_, plan_.pids_max);
    const std::string none = "no pids controller of cgroups can be used here";
    if (!pids_limit_ && plan_.pids_max_asked)
        throw StartFailure(refusal("linux.pids_max", none + "; 0 is no limit"));
    if (!pids_limit_)
        output_.verbose("its processes are not limited: " + none);
}

// Anew for each use, and not before: exec.prepare may make it, and a mount or exec.prestart put a file system
// on it.
void Start::open_root() {
    try {
        root_.reset(kernel::openat(host_.open(plan_.path).get(), ".", O_PATH | O_DIRECTORY));
        if (!root_)
            throw StartFailure(with_cause("path " + plan_.path, errno));
    } catch (const PathFailure& failure) {
        throw StartFailure(std::string("path ") + failure.what());
    }
}

void Start::mount_all() {
    for (const PlannedMount& mount : plan_.mounts) {
        open_root();
        output_.verbose(mount_line(mount));
        if (!is_mounted_inside(mount.kind, plan_.namespaces))
            mount_planned({root_.get(), plan_.path, host_, unprivileged_}, mount, made_);
    }
    pty::check(kernel::chdir("/"), "enter", "/"); // a mount may have led to the jail's root
}

void Start::create() {
    open_root();
    pty::check(kernel::fchdir(root_.get()), "enter", plan_.path);
    Creation creation{
        plan_, {root_.get(), plan_.path, host_, unprivileged_}, starter_jinit, -1, -1, -1, {}, 0, {}, made_};
    creation.cgroup = cgroup_ ? cgroup_->jinit.get() : -1;
    creation.namespace_root = cgroup_ ? cgroup_->directory.get() : -1;
    creation.members = members_.get();
    creation.others = cgroup_ ? cgroup_->members : "";
    creation.bounding_set = bounding_set(plan_.permissions);
    creation.filter = make_filter(plan_.filtered | filtered_on_this_host(), plan_.permissions);
    jail_ = create_jail(creation);
    if (pids_limit_)
        pids_limit_->count(jail_->pid);
    record_ = make_record();
    spec_ = make_spec(plan_, creation.filter, record_);
    members_.reset();
    hooks_.set_process(jail_->pid);
    pty::check(kernel::chdir("/"), "enter", "/");
}

JailRecord Start::make_record() const {
    JailRecord record;
    record.jid = jid_;
    record.pid = jail_->pid;
    record.flags = record_flags(plan_);
    record.start_time = started_at(jail_->pid);
    record.created = static_cast<uint64_t>(::time(nullptr));
    pty::set_text(record.name, plan_.name);
    set_linux(record, {has(plan_, namespace_pid) ? pid_namespace(jail_->pid) : 0, plan_.namespaces,
                       plan_.permissions, plan_.filtered, plan_.children_max});
    set_names(plan_, record);
    pty::set_text(record.path, plan_.path);
    pty::set_text(record.cgroup, cgroup_ ? cgroup_->members : "");
    return record;
}

// Where there are hooks for the end that may look for what those of the start have mounted; for the others
// the copies in the jail are enough, and what the host unmounts is held by nobody.
void Start::keep_mounts_of_hooks() {
    auto any = [](std::initializer_list<const std::vector<std::string>*> lists) {
        return std::ranges::any_of(lists, [](const auto* list) {
            return !list->empty();
        });
    };
    const Hooks& hooks = plan_.hooks;
    if (!any({&hooks.prepare, &hooks.prestart, &hooks.created, &hooks.poststart}) ||
        !any({&hooks.prestop, &hooks.poststop, &hooks.release}))
        return;
    Keeper keeper = keep_mounts(jail_->pidfd.get());
    record_.keeper = keeper.pid;
    record_.keeper_start = keeper.start_time;
}

void Start::announce_created() {
    report_created(record_, jail_->pidfd.get(), spec_.get());
    announced_ = true;
    output_.note("created");
}

InsideAccess Start::access() const {
    return {starter_jenter, jail_->pidfd.get(), spec_.get()};
}

void Start::undo() {
    try {
        processes_.end();
    } catch (const std::exception& failure) {
        output_.warn(failure.what());
    }
    try {
        if (jail_) {
            jail_->channel.reset(); // ends jinit, too
            remove_jail(jail_->pid, jail_->pidfd.get(), cgroup_ ? cgroup_->members : "");
            output_.note("removed");
        }
        bool limited = pids_limit_.has_value();
        pids_limit_.reset();
        if (cgroup_) {
            cgroup_->jinit
                .reset(); // with its lock, as with that of the limit, nobody else may remove it, not even we
            kill_members(cgroup_->members);
            remove_cgroup(cgroup_->members);
        } else if (limited) {
            remove_pids_limit(plan_.name);
        }
        if (announced_)
            report_removed();
    } catch (const std::exception& failure) {
        output_.warn(failure.what());
    }
}

} // namespace jailcore
