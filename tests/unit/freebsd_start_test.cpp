// What jail(8) is given of a jail, read again by our parser; and what it says.
#include "jailcore/conf/config.hpp"
#include "jailcore/freebsd/starter/relay.hpp"
#include "jailcore/plan/freebsd/jail_text.hpp"
#include "jailcore/plan/start_errors.hpp"
#include "tests/unit/corpus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using conf_test::content_of;
using jailcore::JailConfiguration;
using jailcore::MountPoint;
using jailcore::News;
using jailcore::Parameter;
using jailcore::Parameters;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

jailcore::conf::Config read_text(const std::string& text) {
    jailcore::conf::Files files;
    files.read = [&](const std::string& name, size_t) {
        return name == "given" ? jailcore::conf::FileContent{text, ""}
                               : jailcore::conf::FileContent{content_of(name), ""};
    };
    files.glob = [](const std::string& name) {
        return jailcore::conf::Globbed{false, {name}};
    };
    return jailcore::conf::read_config("given", files);
}

JailConfiguration jail_of(const std::string& text) {
    jailcore::conf::Config config = read_text(text);
    EXPECT_THAT(config.errors, IsEmpty());
    return config.jails.empty() ? JailConfiguration{} : config.jails.back();
}

std::string text_of(const JailConfiguration& jail) {
    return jailcore::jail_block(jail.name, jailcore::jail8_parameters(jail));
}

// Without what is left out on purpose.
Parameters expected_of(const JailConfiguration& jail) {
    Parameters expected;
    for (const Parameter& parameter : jail.parameters) {
        const jailcore::ParameterSpec* spec = jailcore::find_parameter(parameter.name);
        bool ours = spec != nullptr && spec->owner == jailcore::Owner::ours;
        if (!ours && !jailcore::same_slot(parameter.name, "depend") &&
            !jailcore::same_slot(parameter.name, "mount.fstab"))
            expected.push_back(parameter);
    }
    return expected;
}

void expect_same_again(const JailConfiguration& jail) {
    SCOPED_TRACE(jail.name + "\n" + text_of(jail));
    jailcore::conf::Config again = read_text(text_of(jail));
    EXPECT_THAT(again.errors, IsEmpty());
    ASSERT_EQ(1u, again.jails.size());
    EXPECT_EQ(jail.name, again.jails[0].name);
    EXPECT_THAT(again.jails[0].errors, IsEmpty());
    Parameters expected = expected_of(jail);
    ASSERT_EQ(expected.size(), again.jails[0].parameters.size());
    for (const Parameter& parameter : expected) {
        const Parameter* found = again.jails[0].find(parameter.name);
        ASSERT_NE(nullptr, found) << parameter.name;
        EXPECT_EQ(parameter, *found);
    }
}

TEST(FreebsdJailText, IsReadAgainAsItWas) {
    expect_same_again(jail_of(R"(
        $greeting = "it's \"$name\" \\ and $ \n\t\x01\177 \303\251";
        path = "/jails/$name";
        web { exec.start = "$greeting", 'echo ${not}', "a;b", ""; mount.nodevfs; persist; ip4.addr = 1.2.3.4,
              "em0|1.2.3.5/24"; host.hostname = ""; allow.raw_sockets = true; depend = other; }
    )"));
    expect_same_again(jail_of("\"a b'c{}\" { persist; }"));
    expect_same_again(jail_of("a { b { path = /x; } }")); // a.b
    expect_same_again(jail_of("7 { path = /x; }"));
    expect_same_again(jail_of("7 { name = web; path = /x; }"));
    expect_same_again(jail_of("web { jid = 7; meta.owner = me; }"));
}

TEST(FreebsdJailText, IsInTheOldestFormOfTheLanguage) {
    EXPECT_EQ("'a.b' {\n\t'path' = '/x\\'\\012';\n\t'exec.start' = 'one',\n\t\t'two';\n\t'persist';\n}\n",
              text_of(jail_of("a { b { path = \"/x'\\n\"; exec.start = one, two; persist; } }")));
}

void expect_same_of_files(const fs::path& folder, std::string_view extension) {
    size_t compared = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() != extension)
            continue;
        SCOPED_TRACE(entry.path().string());
        for (const JailConfiguration& jail : read_text(content_of(entry.path())).jails)
            if (jail.errors.empty()) {
                expect_same_again(jail);
                ++compared;
            }
    }
    EXPECT_GT(compared, 0u);
}

TEST(FreebsdJailText, HasWhatTheFilesOfTheTreeHave) {
    expect_same_of_files(JC_SOURCE_DIR "/tests/fuzz/corpus/conf", "");
}

TEST(FreebsdJailText, HasWhatFreeBSDsOwnFilesHave) {
    const fs::path corpus = conf_test::corpus();
    if (!fs::is_directory(corpus))
        GTEST_SKIP() << "no corpus at " << corpus;
    expect_same_of_files(corpus, ".conf");
}

TEST(FreebsdJailText, LeavesOutWhatIsOurs) {
    std::string text = text_of(jail_of("a { repair = auto; allow.host_pty; linux.pids_max = 3; linux = new; "
                                       "linux.osname = L; depend = b; }"));
    for (const char* ours : {"repair", "host_pty", "pids_max", "depend"})
        EXPECT_THAT(text, Not(HasSubstr(ours)));
    EXPECT_THAT(text, HasSubstr("'linux' = 'new'"));
    EXPECT_THAT(text, HasSubstr("'linux.osname' = 'L'"));
}

TEST(FreebsdJailText, MountsTheLinesOfFstabsBehindItsOwn) {
    JailConfiguration jail = jail_of("a { path = /j; mount = \"tmpfs /j/tmp tmpfs rw\"; mount.fstab = /f; "
                                     "mount.devfs; mount.fdescfs = false; mount.procfs; }");
    jail.fstab = {{"/a b\\c", "/j/mnt", "nullfs", {"ro", "late"}, "/f", 1},
                  {"x", "/j/y z", "tmpfs", {}, "/f", 2}};
    Parameters parameters = jailcore::jail8_parameters(jail);
    EXPECT_THAT(parameters,
                testing::Contains(Parameter{"mount",
                                            {"tmpfs /j/tmp tmpfs rw", "/a\\040b\\134c /j/mnt nullfs ro,late",
                                             "x /j/y\\040z tmpfs"}}));
    EXPECT_THAT(text_of(jail), Not(HasSubstr("mount.fstab")));
    EXPECT_THAT(jailcore::mount_points(jail),
                ElementsAre(MountPoint{"/j/tmp", "tmpfs"}, MountPoint{"/j/mnt", "nullfs"},
                            MountPoint{"/j/y z", "tmpfs"}, MountPoint{"/j/dev", "devfs"},
                            MountPoint{"/j/proc", "procfs"}));
}

TEST(FreebsdJailText, TellsWhatTheKernelCallsIt) {
    EXPECT_EQ("web", jailcore::kernel_name(jail_of("7 { name = web; }")));
    EXPECT_EQ("7", jailcore::kernel_name(jail_of("7 { persist; }")));
    EXPECT_EQ("a.b", jailcore::kernel_name(jail_of("a.b { persist; }")));
}

TEST(FreebsdStartErrors, AreOfWhatCanNeverWork) {
    EXPECT_THAT(jailcore::start_errors(jail_of("a { persist; allow.nosuch; repair = auto; }"), true),
                IsEmpty());
    EXPECT_THAT(
        jailcore::start_errors(jail_of("a { linux.pids_max = 3; linux = new; }"), true),
        ElementsAre("linux.pids_max: not supported on FreeBSD (rctl(8) limits the processes of a jail)"));
    EXPECT_THAT(jailcore::start_errors(jail_of("a { exec.clean = maybe; }"), true),
                ElementsAre("exec.clean: unknown boolean value \"maybe\""));
    EXPECT_THAT(jailcore::start_errors(jail_of("a { persist; }"), false),
                ElementsAre("only root can start a jail on FreeBSD"));
}

class Jail8Relay : public ::testing::Test {
protected:
    std::string take(const std::string& bytes) { return relay_.take(bytes); }
    std::vector<std::string> heard_;
    jailcore::Relay relay_{"a: ", [this](std::string_view line) {
                               heard_.emplace_back(line);
                               return jailcore::news_of(line) == News::detail ? "" : "A " + std::string(line);
                           }};
};

TEST_F(Jail8Relay, PassesOnWhatCommandsPrint) {
    EXPECT_EQ("hello\nwithout an end", take("hello\nwithout an end"));
    EXPECT_EQ("", relay_.finish());
    EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(Jail8Relay, KnowsItsLinesHoweverTheyAreCut) {
    std::string out;
    for (char c : std::string("x\na: created\nab: created\na: run command: y\n a: created\na"))
        out += take(std::string(1, c));
    EXPECT_EQ("x\nA created\nab: created\n a: created\n", out);
    EXPECT_EQ("a", relay_.finish());
    EXPECT_THAT(heard_, ElementsAre("created", "run command: y"));
}

TEST_F(Jail8Relay, TakesNoLineInTheMiddleOfAnotherForIts) {
    EXPECT_EQ("printed a: removed\n", take("printed a: removed\n"));
    EXPECT_THAT(heard_, IsEmpty());
}

TEST(Jail8News, AreToldApart) {
    EXPECT_EQ(News::created, jailcore::news_of("created"));
    EXPECT_EQ(News::removed, jailcore::news_of("removed"));
    EXPECT_EQ(News::ending, jailcore::news_of("sent SIGTERM to: 12 13"));
    EXPECT_EQ(News::detail, jailcore::news_of("run command in jail as www: true"));
    EXPECT_EQ(News::detail, jailcore::news_of("jail_set(JAIL_CREATE) name=a"));
    EXPECT_EQ(News::unmounted, jailcore::news_of("a: mount.devfs: /j/dev: not a mount point"));
    EXPECT_EQ(News::none, jailcore::news_of("false: failed"));
}

} // namespace
