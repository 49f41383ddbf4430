#include "jailcore/enter/linux/terminal.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/advice.hpp"
#include "jailcore/enter/linux/ptmx_repair.hpp"
#include "jailcore/linux/jail_file.hpp"
#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/kernel.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace jailcore {
namespace {

constexpr unsigned first_slave_major = 136; // Documentation/admin-guide/devices.txt: 136 to 143
constexpr unsigned last_slave_major = 143;

pty::UniqueFd open_slave(int master) {
    pty::check(kernel::pty_unlock(master), "open terminal");
    return pty::UniqueFd(pty::check(kernel::pty_peer(master, O_RDWR | O_NOCTTY), "open terminal"));
}

// The pair must be of the instance that was looked at; `pts` 0: of any.
void expect_slave(int slave, dev_t pts) {
    struct stat facts = {};
    pty::check(kernel::fstat(slave, &facts), "open terminal");
    unsigned high = major(facts.st_rdev);
    if (!S_ISCHR(facts.st_mode) || high < first_slave_major || high > last_slave_major ||
        (pts != 0 && facts.st_dev != pts))
        throw EnterFailure("open terminal", "the jail's /dev/pts changed meanwhile", "try again");
}

Terminal take_terminal(pty::UniqueFd master, dev_t pts) {
    Terminal terminal;
    terminal.slave = open_slave(master.get());
    expect_slave(terminal.slave.get(), pts);
    terminal.master = std::move(master);
    return terminal;
}

std::string advice_for(const PtmxFinding& finding, const PtmxFacts& facts) {
    return is_mendable(facts, finding) ? advice_to_repair() : finding.mend;
}

std::string mended_notice(const PtmxFinding& finding) {
    return finding.cause + ": mended (" + finding.mend + ")";
}

std::string fault_notice(const PtmxFinding& finding, const PtmxFacts& facts) {
    return finding.cause + ": programs that make terminals (sudo, tmux, script) may not work; " +
           advice_for(finding, facts);
}

std::string host_notice(const PtmxFinding& finding, const PtmxFacts& facts) {
    return finding.cause +
           ": this terminal is the host's, so tty does not know it, and sudo, tmux and script "
           "may not work; " +
           advice_for(finding, facts);
}

[[noreturn]] void refuse_terminal(const PtmxFinding& finding, const PtmxFacts& facts,
                                  const std::string& obstacle) {
    throw EnterFailure("open terminal",
                       finding.cause + (obstacle.empty() ? "" : " (mending it: " + obstacle + ")"),
                       advice_for(finding, facts));
}

// terminfo(5) entries lie in a folder named by their first letter, or by its hexadecimal number.
std::vector<std::string> entry_paths(const std::string& database, const std::string& term) {
    constexpr std::string_view digits = "0123456789abcdef";
    auto first = static_cast<unsigned char>(term[0]);
    std::string number{digits[first >> 4], digits[first & 15]};
    return {database + "/" + term[0] + "/" + term, database + "/" + number + "/" + term};
}

constexpr std::array<const char*, 4> databases{"etc/terminfo", "lib/terminfo", "usr/share/terminfo",
                                               "usr/lib/terminfo"};

bool has_entry(int root, const std::string& term) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_.";
    if (term.empty() || term[0] == '.' || term.find_first_not_of(allowed) != std::string::npos)
        return false;
    return std::ranges::any_of(databases, [&](const char* database) {
        return std::ranges::any_of(entry_paths(database, term), [&](const std::string& path) {
            return static_cast<bool>(find_in_jail(root, path.c_str()));
        });
    });
}

} // namespace

HostTerminals open_host_terminals(const Target& target, const EnterSpec* spec) {
    HostTerminals host{host_devices(target), {}};
    if (target.host_root || (spec != nullptr && spec->allow_host_pty == 1))
        host.master.reset(kernel::posix_openpt(O_RDWR | O_NOCTTY));
    auto owner = outside_superuser(target);
    if (host.master && owner)
        pty::check(kernel::fchown(open_slave(host.master.get()).get(), owner->uid, owner->gid),
                   "open host's terminal");
    return host;
}

Terminal open_terminal(const Target& target, HostTerminals host, bool repair) {
    MendedPtmx result = examine_ptmx(target, host.devices, repair);
    const PtmxFinding* fatal = first_of(result.findings, CheckWeight::fatal);
    const PtmxFinding* fault = first_of(result.findings, CheckWeight::fault);
    bool own = result.place.facts.pts_host; // the host's instance, where that is the jail's as well
    Terminal terminal;
    if (fatal == nullptr && !own) {
        terminal = take_terminal(std::move(result.place.master), result.place.pts_device);
    } else if (host.master) {
        terminal = take_terminal(std::move(host.master), own ? result.place.pts_device : 0);
    } else if (fatal != nullptr) {
        refuse_terminal(*fatal, result.place.facts, result.obstacle);
    } else {
        throw EnterFailure("open terminal", "the host's /dev/ptmx cannot be opened", "mend the host's /dev");
    }
    for (const PtmxFinding& finding : result.mended)
        terminal.notices.push_back(mended_notice(finding));
    if (fatal != nullptr)
        terminal.notices.push_back(host_notice(*fatal, result.place.facts));
    else if (fault != nullptr)
        terminal.notices.push_back(fault_notice(*fault, result.place.facts));
    return terminal;
}

void give_terminal(int slave, const User& user, std::optional<uint32_t> tty_group) {
    // The group tty need not be mapped into the jail's user namespace (EINVAL), nor be ours to give (EPERM).
    bool shared = tty_group && kernel::fchown(slave, user.uid, *tty_group) == 0;
    if (!shared)
        pty::check(kernel::fchown(slave, user.uid, user.gid), "give terminal");
    pty::check(kernel::fchmod(slave, shared ? 0620 : 0600), "give terminal");
}

std::string usable_term(int root, const std::string& wanted) {
    bool any_database = std::ranges::any_of(databases, [&](const char* database) {
        return static_cast<bool>(find_in_jail(root, database));
    });
    if (!any_database || has_entry(root, wanted))
        return wanted;
    for (const char* common : {"xterm-256color", "xterm", "vt100"})
        if (has_entry(root, common))
            return common;
    return "dumb";
}

} // namespace jailcore
