#include "jailcore/enter/check_report.hpp"

#include "pty/escape.hpp"
#include "pty/json.hpp"

#include <algorithm>

namespace jailcore {
namespace {

using pty::Json;

const char* weight_name(CheckWeight weight) {
    switch (weight) {
    case CheckWeight::warning:
        return "warning";
    case CheckWeight::fault:
        return "fault";
    case CheckWeight::fatal:
        break;
    }
    return "fatal";
}

Json json_of(const CheckFinding& finding) {
    return Json::object({{"cause", finding.cause},
                         {"fault", finding.fault},
                         {"mend", finding.mend},
                         {"mended", finding.mended},
                         {"repairable", finding.repairable},
                         {"weight", weight_name(finding.weight)}});
}

} // namespace

std::string check_line(std::string_view subject, const CheckFinding& finding) {
    std::string outcome = finding.mended ? "mended: " + finding.mend : finding.mend;
    if (!finding.obstacle.empty())
        outcome += " (tried: " + finding.obstacle + ")";
    return std::string(subject) + ": " + finding.fault + ": " + pty::escape(finding.cause) + "; " +
           pty::escape(outcome) + "\n";
}

std::string check_text(std::string_view subject, const std::vector<CheckFinding>& findings) {
    std::string text;
    for (const CheckFinding& finding : findings)
        text += check_line(subject, finding);
    return text.empty() ? std::string(subject) + ": ok\n" : text;
}

std::string check_json(const std::vector<CheckFinding>& findings) {
    Json list = Json::array();
    std::string obstacle;
    for (const CheckFinding& finding : findings) {
        list.add(json_of(finding));
        if (obstacle.empty())
            obstacle = finding.obstacle;
    }
    Json report = Json::object({{"findings", std::move(list)}});
    if (!obstacle.empty())
        report.set("obstacle", obstacle);
    report.set("usable", is_usable(findings));
    return report.text(Json::one_line) + "\n";
}

bool is_usable(const std::vector<CheckFinding>& findings) {
    return std::ranges::all_of(findings, [](const CheckFinding& finding) {
        return finding.mended || finding.weight == CheckWeight::warning;
    });
}

} // namespace jailcore
