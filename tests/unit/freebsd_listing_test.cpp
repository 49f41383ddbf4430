// What is listed of FreeBSD's jails, from the bytes that its kernel gives.
#include "jailcore/freebsd/jail_table.hpp"
#include "jailcore/listing/freebsd/kernel_value.hpp"
#include "jailcore/listing/freebsd/processor_time.hpp"
#include "pty/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using jailcore::JailTable;
using jailcore::KernelParameter;
using jailcore::ParameterKind;
using jailcore::ParameterValue;
using jailcore::ProcessorTime;
using jailcore::ProcessTime;
using ::testing::ElementsAre;
using ::testing::Pair;
using Strings = std::vector<std::string>;

template <class Number>
std::string bytes_of(Number number) {
    return {reinterpret_cast<const char*>(&number), sizeof number};
}

JailTable two_jails() {
    return {
        {{"jid", ParameterKind::number, 4, false, true},
         {"name", ParameterKind::text, 8, false, true},
         {"ip4.addr", ParameterKind::address4, 4, true, true},
         {"dying", ParameterKind::boolean, 4, false, false}},
        {{1, {bytes_of(1), std::string("web\0\0\0\0\0", 8), "\x0a\x01\x02\x03\x7f\x02\x02\x01", bytes_of(0)}},
         {70000, {bytes_of(70000), std::string("\x1b\n\0x\0\0\0\0", 8), "", bytes_of(1)}}}};
}

TEST(JailTables, ArriveAsTheyWere) {
    const JailTable table = two_jails();
    const JailTable read = jailcore::decode_jail_table(jailcore::encode(table));
    EXPECT_EQ(read.parameters, table.parameters);
    ASSERT_EQ(read.rows.size(), 2U);
    for (size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(read.rows[i].jid, table.rows[i].jid);
        EXPECT_EQ(read.rows[i].values, table.rows[i].values);
    }
    EXPECT_TRUE(jailcore::decode_jail_table(jailcore::encode({})).rows.empty());
}

TEST(JailTables, ThatAreNotWholeAreAnError) {
    const std::string bytes = jailcore::encode(two_jails());
    for (size_t size = 0; size < bytes.size(); ++size)
        EXPECT_THROW(jailcore::decode_jail_table(bytes.substr(0, size)), pty::StepError) << size;
    EXPECT_THROW(jailcore::decode_jail_table("\xff\xff\xff\xff"), pty::StepError);
}

TEST(JailTables, AskForAnArrayWithoutASize) {
    auto wanted = jailcore::wanted(two_jails().parameters);
    ASSERT_EQ(wanted.size(), 4U);
    EXPECT_EQ(wanted[1].name, "name");
    EXPECT_EQ(wanted[1].room, 8U);
    EXPECT_EQ(wanted[2].room, 0U);
}

// usr.sbin/jls and lib/libjail of FreeBSD, jailparam_export().
TEST(KernelValues, AreWhatTheirKindMakesOfTheBytes) {
    auto value = [](ParameterKind kind, uint32_t size, bool array, const std::string& bytes) {
        return jailcore::value_in({"x", kind, size, array, true}, bytes);
    };
    EXPECT_EQ(value(ParameterKind::boolean, 4, false, bytes_of(1)), ParameterValue(true));
    EXPECT_EQ(value(ParameterKind::boolean, 4, false, bytes_of(0)), ParameterValue(false));
    for (const auto& [number, word] :
         {std::pair(0, "disable"), {1, "new"}, {2, "inherit"}, {3, "3"}, {-1, "-1"}})
        EXPECT_EQ(value(ParameterKind::jail_system, 4, false, bytes_of(number)),
                  ParameterValue(std::string(word)));
    EXPECT_EQ(value(ParameterKind::number, 4, false, bytes_of(int32_t{-1})), ParameterValue(int64_t{-1}));
    EXPECT_EQ(value(ParameterKind::number, 8, false, bytes_of(int64_t{-5})), ParameterValue(int64_t{-5}));
    EXPECT_EQ(value(ParameterKind::unsigned_number, 4, false, bytes_of(~uint32_t{0})),
              ParameterValue(int64_t{4294967295}));
    EXPECT_EQ(value(ParameterKind::number, 4, true, bytes_of(1) + bytes_of(2)),
              ParameterValue(Strings{"1", "2"}));
    EXPECT_EQ(value(ParameterKind::text, 8, false, std::string("a\0b", 3)), ParameterValue(std::string("a")));
    EXPECT_EQ(value(ParameterKind::text, 3, false, "abc"), ParameterValue(std::string("abc")));
    EXPECT_EQ(value(ParameterKind::address4, 4, true, std::string("\x7f\0\0\1", 4) + "\x0a\x01\x02\x03"),
              ParameterValue(Strings{"127.0.0.1", "10.1.2.3"}));
    EXPECT_EQ(value(ParameterKind::address4, 4, true, ""), ParameterValue(Strings()));
    EXPECT_EQ(value(ParameterKind::address6, 16, true, std::string(15, '\0') + "\1"),
              ParameterValue(Strings{"::1"}));
    EXPECT_EQ(value(ParameterKind::number, 4, false, ""), ParameterValue(int64_t{0}));
}

TEST(ProcessorTimes, CountFromTheLastLook) {
    ProcessorTime times;
    times.since_last(std::vector<ProcessTime>{{10, 1, 5, 1, 1000}, {20, 1, 5, 2, 500}});
    EXPECT_THAT(times.since_last(
                    std::vector<ProcessTime>{{10, 1, 5, 1, 1500}, {20, 1, 5, 2, 500}, {30, 20, 9, 2, 7}}),
                ElementsAre(Pair(1, 500), Pair(2, 7)));
    // Another with the same number.
    EXPECT_THAT(times.since_last(std::vector<ProcessTime>{{10, 1, 6, 1, 40}}), ElementsAre(Pair(1, 40)));
}

// A loop that runs a program again and again: its time comes in with whoever waits.
TEST(ProcessorTimes, HaveWhatCameAndWent) {
    ProcessorTime times;
    times.since_last(std::vector<ProcessTime>{{10, 1, 5, 1, 100}});
    EXPECT_THAT(times.since_last(std::vector<ProcessTime>{{10, 1, 5, 1, 900'100}, {11, 10, 6, 1, 50}}),
                ElementsAre(Pair(1, 900'050)));
    // 11 has used 70 in all, of which 50 were counted.
    EXPECT_THAT(times.since_last(std::vector<ProcessTime>{{10, 1, 5, 1, 900'170}}), ElementsAre(Pair(1, 20)));
}

TEST(ProcessorTimes, CountNothingTwiceWhereAFamilyEnds) {
    ProcessorTime times;
    times.since_last(std::vector<ProcessTime>{{1, 0, 1, 1, 10}, {2, 1, 1, 1, 100}, {3, 2, 1, 1, 1000}});
    EXPECT_THAT(times.since_last(std::vector<ProcessTime>{{1, 0, 1, 1, 1115}}), ElementsAre(Pair(1, 5)));
    // What nobody of the jail has waited for is gone, and nothing becomes less than nothing.
    times.since_last(std::vector<ProcessTime>{{1, 0, 1, 1, 1115}, {4, 1, 2, 1, 5000}});
    EXPECT_THAT(times.since_last(std::vector<ProcessTime>{{1, 0, 1, 1, 1116}}), ElementsAre(Pair(1, 0)));
    // Parents that lead round in a circle.
    times.since_last(std::vector<ProcessTime>{{5, 6, 1, 1, 1}, {6, 5, 1, 1, 1}});
    EXPECT_TRUE(times.since_last({}).empty());
}

} // namespace
