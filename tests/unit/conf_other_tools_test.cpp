// Jails of other tools, in small trees as these tools leave them.
#include "jailcore/conf/other_tools.hpp"

#include "jailcore/conf/system_files.hpp"
#include "tests/unit/conf_helpers.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

namespace conf = jailcore::conf;

class OtherTools : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "/jconsole-tools-XXXXXX";
        ASSERT_NE(nullptr, ::mkdtemp(pattern.data()));
        root_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(root_); }

    void put(const std::string& path, const std::string& text = "") {
        std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
        std::ofstream(root_ + path) << text;
    }
    std::string hint(const std::string& name) {
        return conf::hint_of(conf::jails_of_tools(name, conf::system_files(conf::Trust::any), root_));
    }

    std::string root_;
};

TEST_F(OtherTools, WhereNoneIsThereNothingIsSaid) {
    EXPECT_EQ("", hint("web1"));
}

struct Row {
    const char* path;
    const char* name; // that is asked for
    const char* hint;
};

class EachTool : public OtherTools, public testing::WithParamInterface<Row> {};

TEST_P(EachTool, IsNamedWithTheCommandThatStartsTheJail) {
    put(GetParam().path, "web1 { path = /jails/web1; }\n");
    EXPECT_EQ(GetParam().hint, hint(GetParam().name));
    EXPECT_EQ("", hint("web2"));
    EXPECT_EQ("", hint("web"));
}

INSTANTIATE_TEST_SUITE_P(
    Tools, EachTool,
    testing::Values(
        Row{"/usr/local/bastille/jails/web1/jail.conf", "web1",
            "bastille has it: 'bastille start web1' starts it"},
        Row{"/iocage/jails/web1/config.json", "web1", "iocage has it: 'iocage start web1' starts it"},
        Row{"/zroot/iocage/jails/web1/config.json", "ioc-web1",
            "iocage has it: 'iocage start web1' starts it"},
        Row{"/mnt/tank/iocage/jails/a.b/config.json", "ioc-a_b",
            "iocage has it: 'iocage start a.b' starts it"},
        Row{"/iocell/jails/5f2c/config", "ioc-5f2c", "iocell has it: 'iocell start 5f2c' starts it"},
        Row{"/usr/local/etc/ezjail/web1", "web1", "ezjail has it: 'ezjail-admin start web1' starts it"},
        Row{"/usr/local/etc/ezjail/a_example_org", "a.example.org",
            "ezjail has it: 'ezjail-admin start a_example_org' starts it"},
        Row{"/usr/local/etc/qjail.config/web1", "web1", "qjail has it: 'qjail start web1' starts it"},
        Row{"/opt/pot/jails/web1/conf/pot.conf", "web1", "pot has it: 'pot start web1' starts it"},
        Row{"/usr/jails/jails-fstab/fstab.web1", "web1", "cbsd has it: 'cbsd jstart web1' starts it"},
        Row{"/usr/local/appjail/jails/web1/conf/config.conf", "web1",
            "appjail has it: 'appjail start web1' starts it"},
        Row{"/etc/jail.web1.conf", "web1", "jail.conf has it: 'service jail onestart web1' starts it"},
        Row{"/etc/jail.conf.d/web1.conf", "web1", "jail.conf has it: 'service jail onestart web1' starts it"},
        Row{"/etc/jail.conf", "web1", "jail.conf has it: 'service jail onestart web1' starts it"}));

TEST_F(OtherTools, AFileThatATemplateOrAFailureLeftIsNoJail) {
    put("/usr/local/bastille/jails/web1/settings.conf");
    put("/usr/local/etc/ezjail/web1.norun"); // which ezjail does not start
    put("/opt/pot/jails/web1/pot.conf");
    put("/etc/jail.conf", "web1 { path = \"/unfinished; }\n");
    EXPECT_EQ("", hint("web1"));
    EXPECT_EQ("", hint("web1.norun"));
}

TEST_F(OtherTools, EachOfSeveralIsNamedOnce) {
    put("/etc/jail.conf", "web1 { path = /a; }\n");
    put("/etc/jail.conf.d/web1.conf", "web1 { path = /a; }\n");
    put("/opt/pot/jails/web1/conf/pot.conf");
    EXPECT_EQ(
        "pot has it: 'pot start web1' starts it, jail.conf has it: 'service jail onestart web1' starts it",
        hint("web1"));
}

TEST_F(OtherTools, ThatADirectoryCannotBeReadIsNoFault) {
    put("/usr/local/bastille/jails");
    put("/iocage/jails/web1/config.json/x"); // a directory of that name
    EXPECT_EQ("", hint("web1"));
}

} // namespace
