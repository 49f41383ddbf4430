#include "jailcore/enter/linux/check.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/enter/check_report.hpp"
#include "jailcore/enter/linux/cgroup.hpp"
#include "jailcore/enter/linux/ptmx_repair.hpp"
#include "jailcore/enter/linux/target.hpp"
#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"

#include <optional>
#include <string>
#include <sys/prctl.h>
#include <utility>
#include <vector>

namespace jailcore {
namespace {

// A program that is entered would be frozen, too.
std::optional<CheckFinding> frozen(const Target& target, const EnterSpec* spec) {
    auto freeze = find_freeze(cgroups_of(target, spec));
    if (!freeze)
        return std::nullopt;
    EnterFailure failure = is_frozen(*freeze);
    return CheckFinding{CheckWeight::fatal, "frozen", failure.cause(), failure.mend(), false, false, {}};
}

CheckFinding as_checked(const PtmxFinding& finding, bool mendable, bool mended) {
    return {finding.weight, finding.fault, finding.cause, finding.mend, mendable, mended, {}};
}

std::vector<CheckFinding> as_checked(const MendedPtmx& result) {
    std::vector<CheckFinding> findings;
    for (const PtmxFinding& finding : result.mended)
        findings.push_back(as_checked(finding, true, true));
    std::string obstacle = result.obstacle;
    for (const PtmxFinding& finding : result.findings) {
        findings.push_back(as_checked(finding, is_mendable(result.place.facts, finding), false));
        if (finding.by != PtmxMend::none)
            findings.back().obstacle = std::exchange(obstacle, "");
    }
    return findings;
}

} // namespace

int check_jail(const EnterRequest& request, const EnterSpec* spec) {
    Target target = open_target(enter_target, spec);
    std::optional<CheckFinding> freeze = frozen(target, spec);
    HostDevices host = host_devices(target);
    pty::check(kernel::prctl(PR_SET_DUMPABLE, 0), "prctl", "PR_SET_DUMPABLE");
    join_namespaces(target);
    std::vector<CheckFinding> findings = as_checked(examine_ptmx(target, host, request.repair));
    std::string text = freeze ? check_line("cgroup", *freeze) : "";
    text += check_text("ptmx", findings);
    if (freeze)
        findings.insert(findings.begin(), *freeze);
    pty::write_all(1, request.json ? check_json(findings) : text, "output");
    return is_usable(findings) ? 0 : 1;
}

} // namespace jailcore
