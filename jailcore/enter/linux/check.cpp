#include "jailcore/enter/linux/check.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/enter/linux/cgroup.hpp"
#include "jailcore/enter/linux/ptmx_repair.hpp"
#include "jailcore/enter/linux/target.hpp"
#include "jailcore/linux/kernel.hpp"
#include "pty/error.hpp"
#include "pty/escape.hpp"
#include "pty/io.hpp"
#include "pty/json.hpp"

#include <optional>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>

namespace jailcore {
namespace {

using pty::Json;

const char* weight_name(PtmxWeight weight) {
    switch (weight) {
    case PtmxWeight::warning:
        return "warning";
    case PtmxWeight::fault:
        return "fault";
    case PtmxWeight::fatal:
        break;
    }
    return "fatal";
}

std::string line_of(const PtmxFinding& finding, const std::string& outcome) {
    return "ptmx: " + finding.fault + ": " + pty::escape(finding.cause) + "; " + outcome + "\n";
}

// A program that is entered would be frozen, too.
std::optional<EnterFailure> frozen(const Target& target, const EnterSpec* spec) {
    auto freeze = find_freeze(cgroups_of(target, spec));
    return freeze ? std::optional(is_frozen(*freeze)) : std::nullopt;
}

std::string as_text(const MendedPtmx& result, const std::optional<EnterFailure>& freeze) {
    std::string text;
    if (freeze)
        text = "cgroup: frozen: " + pty::escape(freeze->cause()) + "; " + pty::escape(freeze->mend()) + "\n";
    size_t above = text.size();
    for (const PtmxFinding& finding : result.mended)
        text += line_of(finding, "mended: " + finding.mend);
    std::string obstacle = result.obstacle;
    for (const PtmxFinding& finding : result.findings) {
        std::string outcome = finding.mend;
        if (finding.by != PtmxMend::none && !obstacle.empty())
            outcome += " (tried: " + std::exchange(obstacle, "") + ")";
        text += line_of(finding, outcome);
    }
    return text.size() == above ? text + "ptmx: ok\n" : text;
}

Json json_of(const PtmxFinding& finding, bool mendable, bool mended) {
    return Json::object({{"cause", finding.cause},
                         {"fault", finding.fault},
                         {"mend", finding.mend},
                         {"mended", mended},
                         {"repairable", mendable},
                         {"weight", weight_name(finding.weight)}});
}

std::string as_json(const MendedPtmx& result, const std::optional<EnterFailure>& freeze) {
    Json findings = Json::array();
    if (freeze)
        findings.add(json_of({PtmxWeight::fatal, "frozen", freeze->cause(), freeze->mend(), PtmxMend::none},
                             false, false));
    for (const PtmxFinding& finding : result.mended)
        findings.add(json_of(finding, true, true));
    for (const PtmxFinding& finding : result.findings)
        findings.add(json_of(finding, is_mendable(result.place.facts, finding), false));
    Json report = Json::object({{"findings", std::move(findings)}});
    if (!result.obstacle.empty())
        report.set("obstacle", result.obstacle);
    report.set("usable", !freeze && is_usable(result.findings));
    return report.text(Json::one_line) + "\n";
}

} // namespace

int check_jail(const EnterRequest& request, const EnterSpec* spec) {
    Target target = open_target(enter_target, spec);
    std::optional<EnterFailure> freeze = frozen(target, spec);
    HostDevices host = host_devices(target);
    pty::check(kernel::prctl(PR_SET_DUMPABLE, 0), "prctl", "PR_SET_DUMPABLE");
    join_namespaces(target);
    MendedPtmx result = examine_ptmx(target, host, request.repair);
    pty::write_all(1, request.json ? as_json(result, freeze) : as_text(result, freeze), "output");
    return !freeze && is_usable(result.findings) ? 0 : 1;
}

} // namespace jailcore
