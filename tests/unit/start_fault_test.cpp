// A start and a stop that are cut off at every call they make of the kernel: nothing may be left behind.
// TearDown looks.
#include "tests/unit/start_rig.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/wait.h>

namespace {

// A whole start takes most of a second, and has hundreds of steps. `./run soak` (JC_SOAK) cuts at each;
// otherwise every seventh stands for its neighbours; FailedCallsAreReported meets each kind of call anyhow.
size_t stride() {
    return std::getenv("JC_SOAK") != nullptr ? 1 : 7;
}

class StartFault : public StartRig {
protected:
    void SetUp() override {
        StartRig::SetUp();
        parameters["host.hostname"] = {"demo.jail"};
        parameters["vnet"] = {};
        parameters["mount.devfs"] = {};
        parameters["mount.procfs"] = {};
        parameters["mount"] = {"tmpfs " + root() + "/tmp tmpfs",
                               root() + "/etc " + root() + "/mnt nullfs ro"};
        parameters["exec.prestart"] = {"true"};
        parameters["exec.start"] = {"true"};
        parameters["exec.stop"] = {"true"};
        parameters["exec.poststop"] = {"true"};
        parameters["stop.timeout"] = {"1"};
    }

    // The names of the calls that jstarter itself makes in one whole run of `verb`.
    std::vector<std::string> calls_of(const std::string& verb, Run how) {
        std::string file = folder() + "/calls-" + verb;
        std::ofstream(file).close();
        std::filesystem::permissions(file, std::filesystem::perms{0666});
        how.plan = "jstarter/*:*:COUNT=" + file;
        Outcome outcome = run(verb, how);
        EXPECT_TRUE(outcome.ok()) << outcome.errors;
        std::ifstream lines(file);
        std::vector<std::string> calls;
        for (std::string line; std::getline(lines, line);)
            calls.push_back(line);
        return calls;
    }

    // How many calls the process that becomes jinit makes until then. It cannot write them down, for it
    // leaves the host's root; but where it is killed the start fails.
    size_t steps_to_jinit(Run how) {
        constexpr size_t most = 1024;
        size_t first = 1, last = most;
        while (first < last) {
            size_t middle = (first + last) / 2;
            how.plan = "jstarter+/*:" + std::to_string(middle) + ":KILL";
            bool started = run("start", how).ok();
            start_was_complete_ = started;
            expect_nothing_left(how.plan);
            (started ? last : first) = started ? middle : middle + 1;
        }
        EXPECT_LT(first, most) << "there are more, which are not cut at";
        return first - 1;
    }

    void expect_nothing_left(const std::string& what) {
        kill_orphan();
        run("reap");
        std::vector<std::string> left = leftovers();
        EXPECT_TRUE(left.empty()) << what << ": " << ::testing::PrintToString(left);
    }

    // A jail whose starter was killed ends by itself; one whose start was complete is ended here.
    void kill_orphan() {
        if (jail && start_was_complete_)
            kill_jail();
        await_death();
        jail.reset();
    }

    bool start_was_complete_ = false;

    void cut_start(const Run& how, const std::string& action) {
        size_t steps = calls_of("start", how).size();
        ASSERT_GT(steps, 50U);
        ASSERT_TRUE(run("stop", how).ok());
        cut_start_of("jstarter", steps, how, action);
        size_t steps_inside = steps_to_jinit(how);
        ASSERT_GT(steps_inside, 20U);
        cut_start_of("jstarter+", steps_inside, how, action);
    }

    // Whether the stop said nothing of it.
    bool cut_stop(const std::string& plan) {
        EXPECT_TRUE(run("start").ok()) << plan;
        Outcome outcome = run("stop", {.plan = plan});
        if (jail && !is_gone()) {
            Outcome again = run("stop");
            EXPECT_TRUE(again.ok()) << plan << ": " << again.errors;
        }
        start_was_complete_ = false;
        expect_nothing_left(plan + " of the stop");
        return outcome.ok() && outcome.errors.empty();
    }

    void cut_start_of(const std::string& process, size_t steps, const Run& how, const std::string& action) {
        for (size_t step = 1; step <= steps; step += stride()) {
            Run cut = how;
            cut.plan = process + "/*:" + std::to_string(step) + ":" + action;
            Outcome outcome = run("start", cut);
            start_was_complete_ = outcome.ok();
            expect_nothing_left(cut.plan);
        }
    }
};

TEST_F(StartFault, KilledAtAnyStepOfTheStartLeavesNothing) {
    cut_start({}, "KILL");
}

TEST_F(StartFault, FailedAtAnyStepOfTheStartLeavesNothing) {
    cut_start({}, "EIO");
}

class StartFaultWithoutPrivileges : public WithoutPrivileges<StartFault> {};

TEST_F(StartFaultWithoutPrivileges, KilledAtAnyStepLeavesNothing) {
    make_unprivileged();
    Run how;
    how.uid = ordinary();
    cut_start(how, "KILL");
}

TEST_F(StartFault, KilledOrFailedAtAnyStepOfTheStopCanBeStoppedAgain) {
    ASSERT_TRUE(run("start").ok());
    size_t steps = calls_of("stop", {}).size();
    ASSERT_GT(steps, 10U);
    for (const char* action : {"KILL", "EIO"})
        for (size_t step = 1; step <= steps; step += stride())
            cut_stop("jstarter/*:" + std::to_string(step) + ":" + action);
}

// The processes of its hooks on the host, which become a user first.
TEST_F(StartFault, KilledOrFailedAtAnyStepOfTheStopsHooksCanBeStoppedAgain) {
    parameters["exec.system_user"] = {"root"};
    constexpr size_t enough = 20; // more than the steps in a row whose failure changes nothing
    for (const char* action : {"KILL", "EIO"}) {
        size_t effects = 0;
        for (size_t step = 1, last = 1; step < last + enough; ++step) {
            if (cut_stop("jstarter+/*:" + std::to_string(step) + ":" + action))
                continue;
            last = step;
            ++effects;
        }
        EXPECT_GT(effects, 2U) << action;
    }
}

// Each kind of call, the first time it is made: the message names the jail, and the exit status tells.
TEST_F(StartFault, FailedCallsAreReported) {
    std::vector<std::string> calls = calls_of("start", {});
    ASSERT_TRUE(run("stop").ok());
    std::sort(calls.begin(), calls.end());
    calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
    // What may fail without harm: there are jails without a cgroup, and links are looked for only to name
    // them.
    for (const char* harmless : {"mkdirat", "openat", "readlinkat", "unlinkat"})
        std::erase(calls, harmless);
    for (const std::string& call : calls) {
        Outcome outcome = run("start", {.plan = "jstarter/" + call + ":1:EIO"});
        EXPECT_FALSE(outcome.ok()) << call;
        EXPECT_THAT(outcome.errors, ::testing::StartsWith(name + ": ")) << call;
        EXPECT_THAT(outcome.errors, ::testing::HasSubstr("nput/output error")) << call;
        expect_nothing_left(call);
    }
}

// Between the two directories of its cgroup, the end of the only other jail takes the first of them away.
TEST_F(StartFault, AJailThatEndsMeanwhileDoesNotTakeTheCgroup) {
    ASSERT_TRUE(run("start", {.plan = "jstarter/mkdirat:2:ENOENT"}).ok());
    EXPECT_THAT(std::string(pty::get_text(jail->cgroup)), ::testing::EndsWith(cgroup() + "/members"));
    EXPECT_TRUE(run("stop").ok());
}

} // namespace
