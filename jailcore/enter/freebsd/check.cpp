#include "jailcore/enter/freebsd/check.hpp"

#include "jailcore/contract/enter_failure.hpp"
#include "jailcore/enter/freebsd/devfs_facts.hpp"
#include "jailcore/enter/freebsd/devfs_mend.hpp"
#include "pty/error.hpp"
#include "pty/io.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace jailcore {
namespace {

std::string why_not(const DevfsPlace& place, const DevfsFinding& finding) {
    try {
        mend_devfs(place, finding.by);
    } catch (const pty::StepError& error) {
        return error.what();
    } catch (const EnterFailure& failure) {
        return failure.cause();
    }
    return {};
}

// Looks, and as long as `repair` is set and there is something that can be mended, mends and looks again.
std::vector<CheckFinding> examine(const EnterTarget& target, bool repair) {
    // Each kind of fault has one mend or two, so more rounds than kinds mean that somebody undoes them.
    constexpr int rounds = 8;
    std::vector<CheckFinding> findings;
    bool own_applied = false;
    for (int round = 0;; ++round) {
        DevfsPlace place = look_at_devfs(target);
        place.facts.own_applied = own_applied;
        std::vector<DevfsFinding> found = judge_devfs(place.facts);
        auto next = std::ranges::find_if(found, [](const DevfsFinding& one) {
            return one.by != DevfsMend::none;
        });
        if (repair && round < rounds && next != found.end()) {
            next->finding.obstacle = why_not(place, *next);
            if (next->finding.obstacle.empty()) {
                next->finding.mended = true;
                own_applied = true;
                findings.push_back(next->finding);
                continue;
            }
        }
        for (const DevfsFinding& one : found)
            findings.push_back(one.finding);
        return findings;
    }
}

} // namespace

int check_jail(const EnterRequest& request) {
    std::vector<CheckFinding> findings = examine(read_target(), request.repair);
    pty::write_all(1, request.json ? check_json(findings) : check_text("devfs", findings), "output");
    return is_usable(findings) ? 0 : 1;
}

} // namespace jailcore
