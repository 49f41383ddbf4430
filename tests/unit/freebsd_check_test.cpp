// What `check` says of a jail's /dev on FreeBSD, from what is there.
#include "jailcore/enter/freebsd/devfs_check.hpp"

#include "pty/text_field.hpp"

#include <cerrno>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using jailcore::CheckWeight;
using jailcore::DevfsFacts;
using jailcore::DevfsMend;
using jailcore::NodeLook;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

DevfsFacts well() {
    DevfsFacts facts;
    facts.dev = facts.dev_mounted = facts.dev_devfs = true;
    facts.dev_type = "devfs";
    facts.ruleset = jailcore::usual_ruleset;
    facts.has_ruleset = facts.has_usual = true;
    facts.inside.is_terminal = facts.inside.is_alive = 1;
    facts.inside.null = NodeLook::device;
    facts.inside.null_mode = 0666;
    return facts;
}

struct Case {
    const char* fault;
    CheckWeight weight;
    DevfsMend by;
    std::function<void(DevfsFacts&)> wrong;
};

void take_devfs_away(DevfsFacts& facts) {
    facts.dev_mounted = facts.dev_devfs = false;
    facts.dev_type = "ufs";
    facts.inside.terminal_error = ENOENT;
    facts.inside.null = NodeLook::absent;
}

const Case cases[] = {
    {"no /dev", CheckWeight::fatal, DevfsMend::mount,
     [](DevfsFacts& facts) {
         take_devfs_away(facts);
         facts.dev = false;
     }},
    {"no devfs", CheckWeight::fatal, DevfsMend::mount, take_devfs_away},
    {"not a devfs", CheckWeight::fatal, DevfsMend::none,
     [](DevfsFacts& facts) {
         take_devfs_away(facts);
         facts.dev_mounted = true;
     }},
    {"host's /dev", CheckWeight::fault, DevfsMend::none,
     [](DevfsFacts& facts) {
         facts.dev_devfs = false;
         facts.dev_host = true;
         pty::set_text(facts.inside.exposed, "mem");
     }},
    {"no ruleset", CheckWeight::fault, DevfsMend::none,
     [](DevfsFacts& facts) {
         facts.ruleset = 9;
         facts.has_ruleset = false;
     }},
    {"pts hidden", CheckWeight::fatal, DevfsMend::apply,
     [](DevfsFacts& facts) {
         facts.inside.terminal_error = ENOENT;
     }},
    {"no terminal", CheckWeight::fatal, DevfsMend::none,
     [](DevfsFacts& facts) {
         facts.inside.terminal_error = EACCES;
     }},
    {"terminals exhausted", CheckWeight::fatal, DevfsMend::none,
     [](DevfsFacts& facts) {
         facts.inside.allocation_error = EAGAIN;
     }},
    {"other terminal", CheckWeight::fatal, DevfsMend::none,
     [](DevfsFacts& facts) {
         facts.inside.is_terminal = 0;
     }},
    {"dead terminal", CheckWeight::fatal, DevfsMend::none,
     [](DevfsFacts& facts) {
         facts.inside.is_alive = 0;
     }},
    {"devices shown", CheckWeight::fault, DevfsMend::apply,
     [](DevfsFacts& facts) {
         pty::set_text(facts.inside.exposed, "kmem");
     }},
    {"no null", CheckWeight::fault, DevfsMend::apply,
     [](DevfsFacts& facts) {
         facts.inside.null = NodeLook::absent;
     }},
    {"null is no device", CheckWeight::fault, DevfsMend::apply,
     [](DevfsFacts& facts) {
         facts.inside.null = NodeLook::other;
     }},
    {"mode", CheckWeight::fault, DevfsMend::none,
     [](DevfsFacts& facts) {
         facts.inside.null_mode = 0600;
     }},
    {"no ptmx", CheckWeight::fault, DevfsMend::none,
     [](DevfsFacts& facts) {
         facts.linux_root = true;
     }},
};

TEST(DevfsCheck, SaysOfEachFaultWhatItIs) {
    for (const Case& one : cases) {
        DevfsFacts facts = well();
        one.wrong(facts);
        auto findings = judge_devfs(facts);
        ASSERT_THAT(findings, SizeIs(1)) << one.fault;
        EXPECT_EQ(one.fault, findings[0].finding.fault);
        EXPECT_EQ(one.weight, findings[0].finding.weight) << one.fault;
        EXPECT_EQ(one.by, findings[0].by) << one.fault;
        EXPECT_EQ(one.by != DevfsMend::none, findings[0].finding.repairable) << one.fault;
    }
}

TEST(DevfsCheck, SaysNothingWhereAllIsWell) {
    EXPECT_THAT(judge_devfs(well()), IsEmpty());
}

// A jail of the root / has the host's /dev, which is as it should be.
TEST(DevfsCheck, JudgesOnlyTheTerminalOfTheHostsRoot) {
    DevfsFacts facts = well();
    facts.host_root = true;
    facts.dev_devfs = false;
    facts.dev_host = true;
    facts.ruleset = 0;
    pty::set_text(facts.inside.exposed, "mem");
    EXPECT_THAT(judge_devfs(facts), IsEmpty());
}

// A mount with a ruleset that the kernel has not would show everything.
TEST(DevfsCheck, MendsByNoRulesetThatTheKernelHasNot) {
    DevfsFacts facts = well();
    take_devfs_away(facts);
    facts.ruleset = 0;
    facts.has_ruleset = facts.has_usual = false;
    auto findings = judge_devfs(facts);
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(DevfsMend::none, findings[0].by);
}

TEST(DevfsCheck, TriesTheJailsOwnRulesetBeforeTheUsualOne) {
    DevfsFacts facts = well();
    facts.ruleset = 77;
    facts.inside.terminal_error = ENOENT;
    EXPECT_EQ(77, ruleset_to_apply(facts));
    EXPECT_THAT(judge_devfs(facts).at(0).finding.mend, HasSubstr("ruleset 77"));
    facts.own_applied = true;
    EXPECT_EQ(jailcore::usual_ruleset, ruleset_to_apply(facts));
}

} // namespace
