#include "shell/command/jail_steps.hpp"

#include <gtest/gtest.h>

namespace {

using shell::JailStep;

TEST(JailSteps, AreReadFromTheRoutersLines) {
    EXPECT_TRUE(shell::parse_steps("").empty());
    EXPECT_EQ(shell::parse_steps("start db\nstart web db cache\n"),
              (std::vector<JailStep>{{"start", "db", {}}, {"start", "web", {"db", "cache"}}}));
}

} // namespace
