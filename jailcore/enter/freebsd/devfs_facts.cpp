#include "jailcore/enter/freebsd/devfs_facts.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/advice.hpp"
#include "jailcore/enter/freebsd/attached.hpp"
#include "jailcore/enter/freebsd/inside_dev.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"
#include "pty/io.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// Needs the one before it.
#include <sys/queue.h>

#include <fs/devfs/devfs.h>

namespace jailcore {
namespace {

constexpr int directory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct statfs file_system_of(int fd) {
    struct statfs facts = {};
    pty::check(::fstatfs(fd, &facts), "fstatfs");
    return facts;
}

bool is_same(const fsid_t& one, const fsid_t& other) {
    return std::memcmp(&one, &other, sizeof one) == 0;
}

InsideDev look_inside(const EnterTarget& target) {
    const HostDev host = host_dev();
    pty::Pipe way = pty::make_pipe(O_CLOEXEC);
    auto child = run_attached(target, [&] {
        InsideDev found = inside_dev(host);
        pty::write_all(way.write.get(), {reinterpret_cast<const char*>(&found), sizeof found}, "jenter");
        return 0;
    });
    way.write.reset();
    InsideDev found;
    ssize_t size = 0;
    if (child) {
        size = ::read(way.read.get(), &found, sizeof found); // no more than a pipe writes at once
        ::waitpid(*child, nullptr, 0);
    }
    if (size != sizeof found)
        throw jail_has_ended(jail_name());
    return found;
}

// Its path may lead through another jail, whose root makes links there.
pty::UniqueFd open_root(const KernelJail& jail, const InsideDev& inside) {
    pty::UniqueFd root(
        pty::check(::open(jail.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open", jail.path));
    struct stat facts = {};
    pty::check(::fstat(root.get(), &facts), "fstat", jail.path);
    if (facts.st_dev != inside.root_device || facts.st_ino != inside.root_inode)
        throw EnterFailure("check", jail.path + " is not its root directory any more",
                           "stop the jail, make the directory of its path anew, and start it");
    return root;
}

bool is_hosts_root(int root) {
    struct stat own = {}, jails = {};
    pty::check(::stat("/", &own), "stat", "/");
    pty::check(::fstat(root, &jails), "fstat");
    return own.st_dev == jails.st_dev && own.st_ino == jails.st_ino;
}

void look_at_mount(DevfsPlace& place, const std::string& path) {
    place.dev.reset(::openat(place.root.get(), "dev", directory));
    place.facts.dev = static_cast<bool>(place.dev);
    if (!place.dev) {
        if (errno != ENOENT && errno != ENOTDIR && errno != EMLINK && errno != ELOOP)
            throw pty::StepError(errno, "open", path + "/dev");
        return;
    }
    struct statfs mounted = file_system_of(place.dev.get());
    pty::UniqueFd own(pty::check(::open("/dev", directory), "open", "/dev"));
    struct statfs hosts = file_system_of(own.get());
    place.facts.dev_mounted = path + "/dev" == mounted.f_mntonname;
    place.facts.dev_type = mounted.f_fstypename;
    bool devfs = place.facts.dev_type == "devfs";
    place.facts.dev_host =
        is_same(mounted.f_fsid, hosts.f_fsid) ||
        (place.facts.dev_type == "nullfs" && std::strcmp(mounted.f_mntfromname, hosts.f_mntonname) == 0);
    place.facts.dev_devfs = devfs && place.facts.dev_mounted && !place.facts.dev_host;
}

// One that is only used is listed, too (devfs_rule.c, devfs_ruleset_use()): it has no rules.
bool has_rules(int devfs, uint16_t ruleset) {
    devfs_rule rule = {};
    rule.dr_magic = DEVFS_MAGIC;
    rule.dr_id = mkrid(ruleset, 0U);
    return ::ioctl(devfs, DEVFSIO_RGETNEXT, &rule) == 0 && rid2rsn(rule.dr_id) == ruleset;
}

void look_at_rulesets(DevfsFacts& facts) {
    pty::UniqueFd own(pty::check(::open("/dev", directory), "open", "/dev"));
    facts.has_ruleset = has_rules(own.get(), facts.ruleset);
    facts.has_usual = has_rules(own.get(), usual_ruleset);
}

bool has_linux_proc(int root) {
    pty::UniqueFd proc(::openat(root, "proc", directory));
    return proc && std::strcmp(file_system_of(proc.get()).f_fstypename, "linprocfs") == 0;
}

} // namespace

// From inside first: no directory may be open when the jail is entered.
DevfsPlace look_at_devfs(const EnterTarget& target) {
    KernelJail jail = jail_of(target);
    DevfsPlace place;
    place.facts.inside = look_inside(target);
    place.root = open_root(jail, place.facts.inside);
    place.facts.host_root = is_hosts_root(place.root.get());
    place.facts.linux_root = has_linux_proc(place.root.get());
    place.facts.ruleset = static_cast<uint16_t>(jail.devfs_ruleset);
    look_at_mount(place, jail.path == "/" ? "" : jail.path);
    look_at_rulesets(place.facts);
    return place;
}

} // namespace jailcore
