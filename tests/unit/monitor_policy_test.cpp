// The rule of who may do what, as a table.
#include "router/monitor/policy.hpp"

#include <gtest/gtest.h>

namespace {

using wire::Principal;

const Principal root(0), user(1000), other(1001), nobody;

struct Row {
    Principal router, principal;
    bool may;
};
const Row rows[] = {
    {user, user, true},  {root, root, true},   {user, other, false},  {user, root, false},
    {root, user, false}, {root, other, false}, {user, nobody, false}, {root, nobody, false},
};

TEST(Policy, TheRouterOfAUserServesThatUserInEverythingAndNobodyElse) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.principal.text() + " asks the router of " + row.router.text());
        EXPECT_EQ(row.may, monitor::may(row.router, row.principal, std::nullopt, ""));
        for (const contract::VerbRow& verb : contract::verbs)
            for (const char* jail : {"", "web", "pid:1"})
                EXPECT_EQ(row.may, monitor::may(row.router, row.principal, verb.id, jail))
                    << verb.name << ' ' << jail;
    }
}

} // namespace
