// The end of output as a table: what a reader saw, and what it is to do next.
#include "pty/end_of_output.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using pty::EndOfOutput;
using Clock = EndOfOutput::Clock;
using Next = EndOfOutput::Next;
using std::chrono::milliseconds;

struct Step {
    char seen; // d: data, a: EAGAIN, h: EIO or end of file, x: the leader exited, t: timeout,
               // b: blocked, u: unblocked
    int at;    // ms
    Next next = Next::read;
};

struct Case {
    std::string name;
    bool final_end;
    std::vector<Step> steps;
};

// A name for a failure's output.
std::ostream& operator<<(std::ostream& stream, const Case& test) {
    return stream << test.name;
}

Next take(EndOfOutput& end, const Step& step) {
    Clock::time_point now = Clock::time_point{} + milliseconds(1000 + step.at);
    switch (step.seen) {
    case 'd':
        return end.data(now);
    case 'a':
        return end.drained(now);
    case 'h':
        return end.hangup(now);
    case 't':
        return end.timeout(now);
    case 'x':
        end.exited(now);
        break;
    case 'b':
        end.blocked(now);
        break;
    case 'u':
        end.unblocked(now);
        break;
    }
    return step.next;
}

class Ends : public testing::TestWithParam<Case> {};

TEST_P(Ends, AsTheTableSays) {
    EndOfOutput end(GetParam().final_end);
    for (size_t i = 0; i < GetParam().steps.size(); ++i) {
        const Step& step = GetParam().steps[i];
        EXPECT_EQ(step.next, take(end, step)) << "step " << i << ", " << step.seen;
        EXPECT_EQ(step.next == Next::done, end.done()) << "step " << i;
    }
}

const std::vector<Case> cases{
    {"LiveWaits", false, {{'d', 0, Next::read}, {'a', 1, Next::wait}, {'a', 2, Next::wait}}},
    {"OneEioIsNoEnd", false, {{'x', 0}, {'h', 1, Next::read}, {'d', 2, Next::read}, {'h', 3, Next::read}}},
    {"TwoEioAfterTheExitAreTheEnd", false, {{'x', 0}, {'h', 1, Next::read}, {'h', 1, Next::done}}},
    {"ExitAfterTwoEio", false, {{'h', 0, Next::read}, {'h', 0, Next::hung}, {'x', 5}, {'h', 5, Next::done}}},
    {"HungUpIsLookedAtNowAndThen",
     false,
     {{'h', 0, Next::read},
      {'h', 0, Next::hung},
      {'t', 50, Next::hung},
      {'t', 100, Next::read},
      {'h', 100, Next::hung},
      {'t', 199, Next::hung},
      {'t', 200, Next::read}}},
    {"HungUpAndOpenedAgain",
     false,
     {{'h', 0, Next::read},
      {'h', 0, Next::hung},
      {'t', 100, Next::read},
      {'d', 100, Next::read},
      {'a', 101, Next::wait},
      {'h', 200, Next::read},
      {'h', 200, Next::hung}}},
    {"JobThatHoldsIt",
     false,
     {{'x', 0}, {'a', 0, Next::timed}, {'t', 49, Next::timed}, {'t', 50, Next::done}}},
    {"JobThatPrintsNowAndThen",
     false,
     {{'x', 0}, {'a', 0, Next::timed}, {'d', 40, Next::read}, {'a', 40, Next::timed}, {'t', 90, Next::done}}},
    {"JobThatPrintsForEver", false, {{'x', 0}, {'d', 1999, Next::read}, {'d', 2000, Next::done}}},
    {"TimeOfASlowClientDoesNotCount",
     false,
     {{'x', 0},
      {'d', 1, Next::read},
      {'b', 1},
      {'u', 5001},
      {'d', 6999, Next::read},
      {'d', 7000, Next::done}}},
    {"EndOfAPipeIsFinal", true, {{'x', 0}, {'h', 1, Next::done}}},
};

INSTANTIATE_TEST_SUITE_P(Table, Ends, testing::ValuesIn(cases), [](const auto& test) {
    return test.param.name;
});

} // namespace
