// Every step of an attach fails once, and is the last of a killed process once: there is always an answer,
// and nothing is left behind.
#include "tests/unit/enter_rig.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using enter_test::enter;
using enter_test::Entry;
using enter_test::JailOptions;
using enter_test::Outcome;
using enter_test::spec_with;
using enter_test::TestJail;

Entry entry_for(const std::string& mode) {
    Entry entry = mode == "tty" ? enter_test::shell("exit 6") : enter_test::on_pipes({"sh", "-c", "exit 6"});
    if (mode == "check") {
        entry.mode = {"check"};
        entry.program.argv = {"--repair"};
    }
    entry.program.user = "alice";
    entry.spec = spec_with(~uint64_t{0});
    entry.spec->repair = 1;
    entry.spec->no_new_privs = 1;
    return entry;
}

// Processes whose pid namespace is the jail's.
size_t processes_in(pid_t jail) {
    auto namespace_of = [](const std::string& pid) {
        char text[64]{};
        return ::readlink(("/proc/" + pid + "/ns/pid").c_str(), text, sizeof text - 1) > 0 ? std::string(text)
                                                                                           : std::string();
    };
    std::string wanted = namespace_of(std::to_string(jail));
    size_t count = 0;
    DIR* proc = ::opendir("/proc");
    while (dirent* entry = ::readdir(proc))
        count += entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && namespace_of(entry->d_name) == wanted;
    ::closedir(proc);
    return count;
}

struct Case {
    const char* mode;
    const char* ids;
    bool broken; // /dev/ptmx is absent, to be mended
};

bool is_good(const Outcome& outcome, const std::string& mode) {
    int status = mode == "check" ? outcome.jenter : outcome.program.value_or(-1);
    return WIFEXITED(status) && WEXITSTATUS(status) == (mode == "check" ? 0 : 6);
}

class Fault : public testing::TestWithParam<Case> {
protected:
    JailOptions options() {
        JailOptions made;
        made.id_map = GetParam().ids;
        if (GetParam().broken)
            made.prepare = [] {
                ::unlink("/dev/ptmx");
            };
        return made;
    }
    // Enters once for each step, until steps that there are no more of have no effect.
    template <class Judge>
    void at_every_step(const std::string& action, Judge judge) {
        constexpr size_t enough = 20; // more than the steps in a row whose failure is no failure of the whole
        TestJail jail(options());
        std::string ptmx = "/proc/" + std::to_string(jail.pid()) + "/root/dev/ptmx";
        size_t without_effect = 0;
        for (size_t step = 1; without_effect < enough; ++step) {
            if (GetParam().broken)
                ::unlink(ptmx.c_str());
            Entry entry = entry_for(GetParam().mode);
            entry.twin = "*:" + std::to_string(step) + ":" + action;
            Outcome outcome = enter(jail.pidfd(), entry);
            bool good = is_good(outcome, GetParam().mode);
            without_effect = good ? without_effect + 1 : 0;
            judge(outcome, good, step);
            expect_nothing_left(jail, step);
        }
    }
    // Where jenter ends between the birth of the program's process and its announcement, that process goes
    // without a word, to be reaped by the monitor like any.
    static void expect_nothing_left(const TestJail& jail, size_t step) {
        size_t left = 0;
        for (int wait = 0; wait < 1000; ++wait) {
            int status = 0;
            while (::waitpid(-1, &status, WNOHANG) > 0)
                EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 255) << step;
            left = processes_in(jail.pid());
            if (left == 1)
                break;
            ::usleep(1000);
        }
        EXPECT_EQ(1U, left) << step;
    }
};

INSTANTIATE_TEST_SUITE_P(Modes, Fault,
                         testing::Values(Case{"tty", "0 100000 65536", false}, Case{"tty", "", true},
                                         Case{"pipe", "0 100000 65536", false}, Case{"check", "", true}),
                         [](const auto& one) {
                             return std::string(one.param.mode) + (one.param.broken ? "Mending" : "") +
                                    (one.param.ids[0] == '\0' ? "" : "Subordinate");
                         });

TEST_P(Fault, AtEveryStepIsReported) {
    size_t failures = 0;
    at_every_step("EIO", [&](const Outcome& outcome, bool good, size_t step) {
        // A check that could not mend says so and exits with 1. 255 alone: the report itself failed.
        int status = WIFEXITED(outcome.jenter) ? WEXITSTATUS(outcome.jenter) : -1;
        bool reported = !outcome.failure().empty() || status == 255 || status == 1;
        failures += reported;
        EXPECT_NE(reported, good) << step << " " << outcome.failure();
    });
    EXPECT_LT(30U, failures);
}

TEST_P(Fault, AtEveryStepLeavesNothingWhereItIsDeath) {
    size_t deaths = 0;
    at_every_step("KILL", [&](const Outcome& outcome, bool good, size_t step) {
        bool died = WIFSIGNALED(outcome.jenter) || WIFSIGNALED(outcome.program.value_or(0));
        deaths += died;
        // Only the program's process, which waits for a word of jenter, can say anything.
        EXPECT_THAT(outcome.failure(), testing::AnyOf("", testing::HasSubstr("was killed"))) << step;
        EXPECT_NE(died, good) << step;
    });
    EXPECT_LT(30U, deaths);
}

TEST(Request, MalformedOnesAreRefused) {
    TestJail jail;
    for (const std::vector<std::string>& mode :
         std::vector<std::vector<std::string>>{{"tty"},
                                               {"tty", "24", "80", "0", "65536"},
                                               {"tty", "24", "80", "0", "x"},
                                               {"pipe", "x"},
                                               {"shell"},
                                               {"check", "--repair"}}) {
        Entry entry = enter_test::shell("true");
        entry.mode = mode;
        Outcome outcome = enter(jail.pidfd(), entry);
        EXPECT_THAT(outcome.failure(), testing::StartsWith("jenter: ")) << mode[0];
        EXPECT_EQ(255, WEXITSTATUS(outcome.jenter));
    }
    // Of the words that a client can give there are two.
    for (const char* word : {"--all", "--jail", "tty", "-v", "--repair=1", ""}) {
        Entry check = enter_test::on_pipes({word});
        check.mode = {"check"};
        EXPECT_THAT(enter(jail.pidfd(), check).failure(),
                    testing::StartsWith(std::string("check: unknown option ") + word + ";"));
    }
    Entry entry = enter_test::shell("true");
    entry.spec = spec_with(0);
    entry.spec->version += 1; // with nothing that one must know
    EXPECT_EQ("", enter(jail.pidfd(), entry).failure());
    entry.spec->needs += 1;
    EXPECT_THAT(enter(jail.pidfd(), entry).failure(),
                testing::AllOf(testing::HasSubstr("cannot be read"), testing::HasSubstr("jconsole kill -f")));
    EXPECT_THAT(enter(jail.pidfd(), enter_test::on_pipes({})).failure(), "");
}

} // namespace
