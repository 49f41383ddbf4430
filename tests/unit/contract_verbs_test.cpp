// What the rows of the verbs say of each other.
#include "router/contract/verbs.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace {

using contract::Helper;
using contract::Verb;
using contract::VerbRow;

TEST(Verbs, AreToldByNumberAndByName) {
    std::set<std::string_view> names;
    std::set<Verb> ids;
    for (const VerbRow& verb : contract::verbs) {
        EXPECT_TRUE(names.insert(verb.name).second && ids.insert(verb.id).second) << verb.name;
        EXPECT_EQ(&verb, &row_of(verb.id));
        EXPECT_EQ(&verb, contract::find(verb.name));
    }
    for (const char* none : {"", "attach", "Start", "start "})
        EXPECT_EQ(nullptr, contract::find(none)) << none;
}

// A worker may send any.
TEST(Verbs, OfANumberThatIsNoneIsDoneByNobody) {
    for (uint32_t number : {0U, 14U, 64U, ~0U}) {
        const VerbRow& none = row_of(static_cast<Verb>(number));
        EXPECT_EQ(Helper::worker, none.helper);
        EXPECT_FALSE(none.changes_jail() || none.terminal || none.forcible) << number;
    }
}

// In the state folders of routers that run.
TEST(Verbs, HaveTheNumbersThatTheyHaveAlwaysHad) {
    const std::pair<const char*, uint32_t> known[] = {{"start", 2}, {"stop", 3}, {"restart", 4}, {"kill", 9}};
    for (const auto& [name, number] : known)
        EXPECT_EQ(number, static_cast<uint32_t>(contract::find(name)->id)) << name;
}

TEST(Verbs, ThatWorkOnJailsAreOfOneHelperAndMindNoneBesides) {
    for (const VerbRow& verb : contract::verbs) {
        EXPECT_EQ(verb.helper == Helper::jstarter, verb.changes_jail()) << verb.name;
        EXPECT_EQ(verb.changes_jail(), !verb.reason_of_end.empty()) << verb.name;
        EXPECT_EQ(verb.terminal, verb.helper == Helper::program) << verb.name;
        for (const VerbRow& other : contract::verbs)
            if (!verb.changes_jail() || !other.changes_jail()) {
                EXPECT_FALSE(verb.waits_for.has(other.id) || verb.ends.has(other.id))
                    << verb.name << ' ' << other.name;
            }
    }
}

} // namespace
