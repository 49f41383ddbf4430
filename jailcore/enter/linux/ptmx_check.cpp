#include "jailcore/enter/linux/ptmx_check.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace jailcore {
namespace {

constexpr unsigned everybody = 0666;

bool is_fuse(const std::string& type) {
    return type == "fuse" || type == "fuseblk";
}

PtmxFinding fatal(std::string fault, std::string cause, std::string mend, PtmxMend by = PtmxMend::none) {
    return {CheckWeight::fatal, std::move(fault), std::move(cause), std::move(mend), by};
}

PtmxFinding relink(std::string fault, std::string cause) {
    return {CheckWeight::fault, std::move(fault), std::move(cause), "make /dev/ptmx a link to pts/ptmx",
            PtmxMend::link};
}

std::string octal(unsigned mode) {
    std::string text;
    for (unsigned shift : {6U, 3U, 0U})
        text += static_cast<char>('0' + ((mode >> shift) & 7));
    return text;
}

std::optional<PtmxFinding> judge_root(const PtmxFacts& facts) {
    if (!facts.root_deleted)
        return std::nullopt;
    return fatal("root deleted", deleted_root_cause, deleted_root_mend);
}

std::optional<PtmxFinding> judge_dev(const PtmxFacts& facts) {
    if (facts.dev == NodeKind::absent)
        return fatal("no /dev", "the jail has no directory /dev", "create /dev and mount devpts on /dev/pts",
                     PtmxMend::make_dev);
    if (facts.dev != NodeKind::directory)
        return fatal("/dev is no directory",
                     facts.dev == NodeKind::link ? "/dev is a link, which is not followed"
                                                 : "/dev is something else",
                     "make /dev a directory in the jail");
    if (facts.dev_mounted && is_fuse(facts.dev_type))
        return fatal("FUSE on /dev", "/dev is served by a process (FUSE), which may never answer",
                     "unmount it in the jail (umount -l /dev)");
    return std::nullopt;
}

std::optional<PtmxFinding> judge_pts(const PtmxFacts& facts) {
    const std::string mount = "mount a devpts instance on /dev/pts";
    if (facts.pts == NodeKind::absent)
        return fatal("pts not mounted", "/dev/pts does not exist", mount, PtmxMend::mount_devpts);
    if (facts.pts != NodeKind::directory)
        return fatal("/dev/pts is no directory",
                     facts.pts == NodeKind::link ? "/dev/pts is a link, which is not followed"
                                                 : "/dev/pts is something else",
                     "make /dev/pts a directory in the jail");
    if (!facts.pts_mounted)
        return fatal("pts not mounted", "/dev/pts is an empty place, with no devpts on it", mount,
                     PtmxMend::mount_devpts);
    if (is_fuse(facts.pts_type))
        return fatal("FUSE on /dev/pts", "/dev/pts is served by a process (FUSE), which may never answer",
                     "unmount it in the jail (umount -l /dev/pts)");
    if (facts.pts_type != "devpts")
        return fatal("not a devpts", "a filesystem of type " + facts.pts_type + " is mounted on /dev/pts",
                     "unmount it in the jail (umount -l /dev/pts)");
    if (facts.pts_host && !facts.host_root)
        return fatal("host's instance",
                     "the devpts on /dev/pts is the host's own: the jail would see the host's terminals",
                     "mount a devpts instance of the jail's own over /dev/pts", PtmxMend::mount_devpts);
    if (facts.pts_nodev)
        return fatal("pts nodev", "the devpts on /dev/pts is mounted with nodev",
                     "mount another devpts instance over /dev/pts, without nodev", PtmxMend::mount_devpts);
    if (facts.pts_read_only && !facts.host_root)
        return fatal(
            "pts read-only",
            "the devpts on /dev/pts is mounted read-only: no terminal there can be given to its user",
            "mount another devpts instance over /dev/pts", PtmxMend::mount_devpts);
    return std::nullopt;
}

// The terminals of the host's own /dev are made by the host's /dev/ptmx.
bool multiplexer_matters(const PtmxFacts& facts) {
    return !facts.pts_host;
}

std::optional<PtmxFinding> judge_multiplexer(const PtmxFacts& facts) {
    if (multiplexer_matters(facts) && facts.multiplexer_error == EXDEV)
        return fatal("pts/ptmx covered", "something is mounted over /dev/pts/ptmx",
                     "unmount it (umount /dev/pts/ptmx)", PtmxMend::uncover_multiplexer);
    if (multiplexer_matters(facts) && facts.multiplexer_error != 0)
        return fatal("pts/ptmx missing",
                     std::string("/dev/pts/ptmx cannot be found: ") + std::strerror(facts.multiplexer_error),
                     "mount a devpts instance over /dev/pts", PtmxMend::mount_devpts);
    if (facts.allocation_error == ENOSPC)
        return fatal("terminals exhausted",
                     "the maximum number of terminals is reached (linux.pty_max of the jail, or "
                     "kernel.pty.max of the host)",
                     "close some, or raise that maximum");
    if (facts.allocation_error != 0)
        return fatal("no terminal",
                     std::string("opening /dev/pts/ptmx fails: ") + std::strerror(facts.allocation_error),
                     "mount a devpts instance over /dev/pts", PtmxMend::mount_devpts);
    return std::nullopt;
}

bool leads_to_multiplexer(const PtmxFacts& facts) {
    return (facts.ptmx == NodeKind::link &&
            (facts.link == "pts/ptmx" || facts.link == "./pts/ptmx" || facts.link == "/dev/pts/ptmx")) ||
           (facts.ptmx == NodeKind::characters && facts.ptmx_instance);
}

PtmxFinding judge_link(const PtmxFacts& facts) {
    if (facts.link_dangles)
        return relink("dangling link", "/dev/ptmx is a link to " + facts.link + ", which does not exist");
    return relink("link elsewhere", "/dev/ptmx is a link to " + facts.link + ", not to pts/ptmx");
}

std::optional<PtmxFinding> judge_device(const PtmxFacts& facts) {
    if (facts.ptmx_major != 5 || facts.ptmx_minor != 2)
        return relink("wrong device", "/dev/ptmx is the device " + std::to_string(facts.ptmx_major) + ":" +
                                          std::to_string(facts.ptmx_minor) + ", not 5:2");
    if (facts.ptmx_type == "devpts")
        return relink("other instance", "/dev/ptmx is bound from another devpts instance than /dev/pts");
    if (facts.ptmx_mounted && !facts.host_root)
        return relink("host's ptmx",
                      "the host's /dev/ptmx is bound to /dev/ptmx, which finds no pts beside it");
    if (facts.ptmx_nodev)
        return relink("nodev", "/dev/ptmx is a device on a filesystem that is mounted with nodev");
    if ((facts.ptmx_mode & everybody) != everybody)
        return PtmxFinding{CheckWeight::fault, "mode",
                           "/dev/ptmx has mode " + octal(facts.ptmx_mode) + ": not everybody can open it",
                           "chmod 666 /dev/ptmx", PtmxMend::open_node};
    return std::nullopt;
}

std::optional<PtmxFinding> judge_node(const PtmxFacts& facts) {
    if (leads_to_multiplexer(facts)) {
        if ((facts.multiplexer_mode & everybody) == everybody)
            return std::nullopt;
        return PtmxFinding{CheckWeight::fault, "ptmxmode",
                           "/dev/pts/ptmx has mode " + octal(facts.multiplexer_mode) +
                               ": not everybody can open it",
                           "remount /dev/pts with ptmxmode=0666", PtmxMend::open_multiplexer};
    }
    switch (facts.ptmx) {
    case NodeKind::absent:
        return relink("absent", "/dev/ptmx does not exist");
    case NodeKind::link:
        return judge_link(facts);
    case NodeKind::characters:
        return judge_device(facts);
    case NodeKind::file:
        return relink("plain file", "/dev/ptmx is a plain file");
    case NodeKind::directory:
        return relink("directory", "/dev/ptmx is a directory");
    case NodeKind::fifo:
        return relink("fifo", "/dev/ptmx is a fifo");
    case NodeKind::other:
        break;
    }
    return relink("not a device", "/dev/ptmx is neither a device nor a link");
}

std::optional<PtmxFinding> judge_folder(const PtmxFacts& facts) {
    constexpr unsigned to_enter = 0111;
    if ((facts.dev_mode & to_enter) == to_enter)
        return std::nullopt;
    return PtmxFinding{CheckWeight::fault, "mode of /dev",
                       "/dev has mode " + octal(facts.dev_mode) + ": not everybody can enter it",
                       "chmod 755 /dev", PtmxMend::open_dev};
}

std::optional<PtmxFinding> judge_host_nodes(const PtmxFacts& facts) {
    if (!facts.dev_host && facts.dev_type != "devtmpfs" && !facts.pts_host)
        return std::nullopt;
    return PtmxFinding{CheckWeight::warning, "host's /dev", "the jail sees the host's own device nodes",
                       "give it a /dev of its own (mount.devfs)", PtmxMend::none};
}

} // namespace

std::vector<PtmxFinding> judge_ptmx(const PtmxFacts& facts) {
    std::vector<PtmxFinding> findings;
    for (auto judge : {judge_root, judge_dev, judge_pts, judge_multiplexer})
        if (auto finding = judge(facts))
            return {std::move(*finding)};
    for (auto judge : {judge_node, judge_folder, judge_host_nodes})
        if (auto finding = judge(facts))
            findings.push_back(std::move(*finding));
    return findings;
}

bool is_host_dev(const PtmxFacts& facts) {
    return facts.dev_host || facts.dev_type == "devtmpfs";
}

bool is_coverable(const PtmxFacts& facts) {
    return facts.ptmx != NodeKind::absent && facts.ptmx != NodeKind::link &&
           facts.ptmx != NodeKind::directory;
}

bool is_mendable(const PtmxFacts& facts, const PtmxFinding& finding) {
    if (facts.host_mounts)
        return false;
    switch (finding.by) {
    case PtmxMend::none:
        return false;
    case PtmxMend::make_dev:
        return !facts.root_read_only;
    case PtmxMend::open_dev:
        return !is_host_dev(facts) && !facts.dev_read_only;
    case PtmxMend::mount_devpts:
        return facts.pts != NodeKind::absent || !facts.dev_read_only;
    case PtmxMend::link:
        return is_coverable(facts) || (!is_host_dev(facts) && !facts.dev_read_only);
    case PtmxMend::uncover_multiplexer:
    case PtmxMend::open_multiplexer:
    case PtmxMend::open_node:
        break;
    }
    return true;
}

const PtmxFinding* first_of(const std::vector<PtmxFinding>& findings, CheckWeight weight) {
    auto found = std::ranges::find(findings, weight, &PtmxFinding::weight);
    return found == findings.end() ? nullptr : &*found;
}

} // namespace jailcore
