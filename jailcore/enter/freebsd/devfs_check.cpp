#include "jailcore/enter/freebsd/devfs_check.hpp"

#include <cerrno>
#include <cstring>

namespace jailcore {
namespace {

constexpr unsigned everybody = 0666;

using Findings = std::vector<DevfsFinding>;

bool can_apply(const DevfsFacts& facts) {
    return ruleset_to_apply(facts) != usual_ruleset || facts.has_usual;
}

void add(Findings& findings, CheckWeight weight, std::string fault, std::string cause, std::string mend,
         DevfsMend by = DevfsMend::none) {
    findings.push_back(
        {{weight, std::move(fault), std::move(cause), std::move(mend), by != DevfsMend::none, false, {}},
         by});
}

std::string number(uint16_t ruleset) {
    return std::to_string(ruleset);
}

std::string mount_words(const DevfsFacts& facts) {
    return "mount devfs on its /dev with ruleset " + number(ruleset_to_apply(facts)) +
           " (mount.devfs in its configuration)";
}

// A ruleset that is not there would show every device.
DevfsMend mount_mend(const DevfsFacts& facts) {
    return can_apply(facts) ? DevfsMend::mount : DevfsMend::none;
}

void judge_rulesets(Findings& findings, const DevfsFacts& facts) {
    if (facts.ruleset != 0 && !facts.has_ruleset)
        add(findings, CheckWeight::fault, "no ruleset",
            "the kernel has no devfs ruleset " + number(facts.ruleset) + ", which shows every device",
            "'service devfs restart' on the host loads those of /etc/defaults/devfs.rules and "
            "/etc/devfs.rules");
}

// False: what is inside does not matter yet.
bool judge_mount(Findings& findings, const DevfsFacts& facts) {
    if (facts.dev_host) {
        add(findings, CheckWeight::fault, "host's /dev",
            "its /dev is the host's own: it sees the host's devices",
            "mount a devfs of its own there (mount.devfs in its configuration)");
        return true;
    }
    if (facts.dev_devfs)
        return true;
    if (!facts.dev)
        add(findings, CheckWeight::fatal, "no /dev", "it has no directory /dev", mount_words(facts),
            mount_mend(facts));
    else if (facts.dev_mounted && facts.dev_type != "devfs")
        add(findings, CheckWeight::fatal, "not a devfs",
            "a file system of type " + facts.dev_type + " is mounted on its /dev",
            "unmount that, and " + mount_words(facts));
    else
        add(findings, CheckWeight::fatal, "no devfs",
            facts.inside.null == NodeLook::other
                ? "no devfs is mounted on its /dev, and what is called null there is no device"
                : "no devfs is mounted on its /dev",
            mount_words(facts), mount_mend(facts));
    return false;
}

std::string apply_words(const DevfsFacts& facts) {
    return "apply ruleset " + number(ruleset_to_apply(facts)) + " to its /dev";
}

void judge_terminal(Findings& findings, const DevfsFacts& facts) {
    const InsideDev& inside = facts.inside;
    DevfsMend apply = facts.dev_devfs && can_apply(facts) ? DevfsMend::apply : DevfsMend::none;
    if (inside.allocation_error == EAGAIN)
        add(findings, CheckWeight::fatal, "terminals exhausted",
            "the limit of pseudo-terminals is reached (rctl(8), kern.tty_pts.max)",
            "end some, or raise the limit");
    else if (inside.allocation_error != 0)
        add(findings, CheckWeight::fatal, "no terminal",
            std::string("posix_openpt fails: ") + std::strerror(inside.allocation_error), "see pts(4)");
    else if (inside.terminal_error == ENOENT)
        add(findings, CheckWeight::fatal, "pts hidden", "its /dev shows no terminal that is made in it",
            apply_words(facts), apply);
    else if (inside.terminal_error != 0)
        add(findings, CheckWeight::fatal, "no terminal",
            std::string("opening a terminal fails: ") + std::strerror(inside.terminal_error), "see pts(4)");
    else if (inside.is_terminal == 0)
        add(findings, CheckWeight::fatal, "other terminal",
            "what stands in the place of a terminal that is made in it is another file",
            "unmount what lies over its /dev/pts");
    else if (inside.is_alive == 0)
        add(findings, CheckWeight::fatal, "dead terminal", "a terminal that is made in it does not answer",
            "see pts(4)");
}

void judge_nodes(Findings& findings, const DevfsFacts& facts) {
    const InsideDev& inside = facts.inside;
    DevfsMend apply = facts.dev_devfs && can_apply(facts) ? DevfsMend::apply : DevfsMend::none;
    if (inside.exposed[0] != '\0' && !facts.dev_host)
        add(findings, CheckWeight::fault, "devices shown",
            std::string("its /dev shows ") + inside.exposed + ", which is the host's", apply_words(facts),
            apply);
    if (inside.null == NodeLook::absent)
        add(findings, CheckWeight::fault, "no null", "it has no /dev/null", apply_words(facts), apply);
    else if (inside.null == NodeLook::other)
        add(findings, CheckWeight::fault, "null is no device",
            "what is called /dev/null in it is not that device", apply_words(facts), apply);
    else if ((inside.null_mode & everybody) != everybody)
        add(findings, CheckWeight::fault, "mode", "its /dev/null is not everybody's to read and write",
            "chmod 666 /dev/null in the jail");
    if (facts.linux_root && inside.ptmx == NodeLook::absent)
        add(findings, CheckWeight::fault, "no ptmx",
            "its programs are Linux's, and make terminals by /dev/ptmx, which it has not",
            "'kldload pty' on the host");
}

} // namespace

uint16_t ruleset_to_apply(const DevfsFacts& facts) {
    bool own = facts.ruleset != 0 && facts.has_ruleset && !facts.own_applied;
    return own ? facts.ruleset : usual_ruleset;
}

std::vector<DevfsFinding> judge_devfs(const DevfsFacts& facts) {
    Findings findings;
    if (!facts.host_root) {
        judge_rulesets(findings, facts);
        if (!judge_mount(findings, facts))
            return findings;
    }
    judge_terminal(findings, facts);
    if (!facts.host_root)
        judge_nodes(findings, facts);
    return findings;
}

} // namespace jailcore
