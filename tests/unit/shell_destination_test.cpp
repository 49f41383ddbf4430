#include "shell/report.hpp"
#include "shell/route/destination.hpp"
#include "shell/route/ssh_link.hpp"
#include "shell/syntax/typed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace {

using shell::Destination;
using shell::SshUse;
using Words = std::vector<std::string>;

class Destinations : public testing::Test {
protected:
    Destinations() {
        char path[] = "/tmp/jconsole-test.XXXXXX";
        base_ = ::mkdtemp(path);
    }
    ~Destinations() override { std::filesystem::remove_all(base_); }

    std::string file(const std::string& name, const std::string& text) {
        std::string path = base_ + "/" + name;
        std::ofstream(path) << text;
        return path;
    }

    static std::string refusal(const std::string& text, const Words& files = {}) {
        try {
            shell::parse_destination(text, files);
        } catch (const shell::FailureError& error) {
            EXPECT_EQ(shell::own_error, error.failure().status);
            return shell::error_line(error.failure());
        }
        return "";
    }

    std::string base_;
};

TEST_F(Destinations, AUrlHasUserHostAndPort) {
    EXPECT_EQ((Destination{"", "box", 0}), shell::parse_url("ssh://box"));
    EXPECT_EQ((Destination{"", "box", 0}), shell::parse_url("ssh://box/"));
    EXPECT_EQ((Destination{"alice", "box.example.org", 0}), shell::parse_url("ssh://alice@box.example.org"));
    EXPECT_EQ((Destination{"alice", "10.0.0.1", 2222}), shell::parse_url("ssh://alice@10.0.0.1:2222"));
    EXPECT_EQ((Destination{"", "::1", 0}), shell::parse_url("ssh://[::1]"));
    EXPECT_EQ((Destination{"a.b+c", "fe80::1%eth0", 65535}),
              shell::parse_url("ssh://a.b+c@[fe80::1%eth0]:65535"));
}

TEST_F(Destinations, AHostsFileThatIsAFifoIsNotWaitedFor) {
    std::string fifo = base_ + "/hosts";
    ASSERT_EQ(0, ::mkfifo(fifo.c_str(), 0600));
    EXPECT_EQ((Destination{"", "box", 0}), shell::parse_destination("box", {fifo}));
    EXPECT_EQ(Words(), shell::host_names({fifo}));
}

TEST_F(Destinations, WithoutASchemeItIsWhatSshTakes) {
    EXPECT_EQ((Destination{"", "box", 0}), shell::parse_destination("box", {}));
    EXPECT_EQ((Destination{"alice", "box", 0}), shell::parse_destination("alice@box", {}));
    EXPECT_EQ((Destination{"alice@corp.example", "box", 0}),
              shell::parse_destination("alice@corp.example@box", {}));
    EXPECT_EQ((Destination{"alice@corp.example", "box", 22}),
              shell::parse_url("ssh://alice@corp.example@box:22"));
}

TEST_F(Destinations, AnIpv6AddressStandsByItselfOrInBrackets) {
    EXPECT_EQ((Destination{"", "::1", 0}), shell::parse_destination("::1", {}));
    EXPECT_EQ((Destination{"root", "2001:db8::7", 0}), shell::parse_destination("root@2001:db8::7", {}));
    EXPECT_EQ((Destination{"", "fe80::1%eth0", 0}), shell::parse_destination("fe80::1%eth0", {}));
    for (const char* text : {"ssh://::1:42219", "ssh://root@::1", "ssh://fe80::1%eth0"}) {
        std::string told = refusal(text);
        EXPECT_TRUE(told.ends_with("an IPv6 address stands in brackets; write ssh://[ADDRESS]:PORT")) << told;
    }
}

TEST_F(Destinations, ASshIsNamedAsItIsRun) {
    EXPECT_EQ("ssh box jconsole ls", shell::typed_ssh("", {"", "box", 0}, "jconsole ls"));
    EXPECT_EQ("ssh -4 -p 2222 -l alice box jconsole ls",
              shell::typed_ssh("ssh -4", {"alice", "box", 2222}, "jconsole ls"));
    EXPECT_EQ("$JCONSOLE_SSH -l alice box jconsole ls",
              shell::typed_ssh("ssh " + std::string(100, 'v'), {"alice", "box", 0}, "jconsole ls"));
}

TEST_F(Destinations, ARouterIsNamedWithTheQuotesThatItNeeds) {
    EXPECT_EQ("", shell::typed_router(""));
    EXPECT_EQ(" --router /tmp/none", shell::typed_router("/tmp/none"));
    EXPECT_EQ(" --router '/tmp/a b'", shell::typed_router("/tmp/a b"));
    EXPECT_EQ("ssh box 'jconsole --router '\\''/a $b'\\'' ls'",
              shell::typed_ssh("", {"", "box", 0}, "jconsole" + shell::typed_router("/a $b") + " ls"));
}

TEST_F(Destinations, NothingBecomesAnOptionOfSshOrMoreThanAWord) {
    for (const char* text : {"-oProxyCommand=x",
                             "-",
                             "ssh://-oProxyCommand=x",
                             "ssh://-x@box",
                             "ssh://box@-x",
                             "-x@box",
                             "alice@-x",
                             "ssh://[-x]",
                             "box name",
                             "box;x",
                             "ssh://box$(x)",
                             "ssh://a b@box",
                             "ssh://al'ice@box",
                             "box\nx",
                             "ssh://[::1",
                             "ssh://[::1]x",
                             "ssh://",
                             "ssh://@box",
                             "@box",
                             "alice@",
                             "ssh://box:",
                             "ssh://box:0",
                             "ssh://box:65536",
                             "ssh://box:2x",
                             "ssh://box:-1",
                             "ssh://box/srv",
                             "ssh://alice:secret@box",
                             "http://box",
                             "box:22",
                             "::1x",
                             "::1%$(x)",
                             "::1%e/x",
                             "-::1",
                             "b\xC3\xB6x",
                             "ssh://box%41"}) {
        std::string told = refusal(text);
        EXPECT_TRUE(told.starts_with("jconsole: host '")) << text << ": " << told;
        EXPECT_EQ(std::string::npos, told.find('\n')) << text;
    }
    EXPECT_NE(std::string::npos, refusal("ssh://alice:secret@box").find("a password does not stand there"));
}

TEST_F(Destinations, TheFirstFileThatHasTheNameCounts) {
    std::string own = file("own", "# mine\n\nbox   ssh://alice@box.example.org:2222  # the big one\r\n"
                                  "\tdev\tssh://dev.example.org\n");
    std::string common =
        file("common", "box ssh://other\nspare ssh://spare.example.org"); // no newline at the end
    Words files{own, base_ + "/missing", common};
    EXPECT_EQ((Destination{"alice", "box.example.org", 2222}), shell::parse_destination("box", files));
    EXPECT_EQ((Destination{"", "dev.example.org", 0}), shell::parse_destination("dev", files));
    EXPECT_EQ((Destination{"", "spare.example.org", 0}), shell::parse_destination("spare", files));
    EXPECT_EQ((Destination{"", "elsewhere", 0}), shell::parse_destination("elsewhere", files));
    EXPECT_EQ((Destination{"bob", "box.example.org", 2222}), shell::parse_destination("bob@box", files));
    EXPECT_EQ((Destination{"bob", "elsewhere", 0}), shell::parse_destination("bob@elsewhere", files));
}

TEST_F(Destinations, AMistakeInAFileIsToldWithItsLine) {
    for (const char* line : {"box", "box box.example.org", "box ssh://-x", "-box ssh://box", "b@x ssh://box",
                             "box ssh://a ssh://b", "fine ssh://again"}) {
        std::string path = file("hosts", std::string("# hosts\nfine ssh://fine\n") + line + "\n");
        std::string told = refusal("fine", {path});
        EXPECT_TRUE(told.starts_with("jconsole: " + path + ":3: ")) << told;
    }
}

TEST_F(Destinations, TheHostStandsBehindTheDashes) {
    Destination destination{"alice", "box", 2222};
    Words link = shell::ssh_command("ssh -F x", destination, {"jconsole", "dial-stdio"}, SshUse::link);
    EXPECT_EQ("trap '' HUP INT QUIT; exec ssh -F x \"$@\"", link.at(2));
    Words end{"-p", "2222", "-l", "alice", "--", "box", "jconsole", "dial-stdio"};
    EXPECT_EQ(end, Words(link.end() - 8, link.end()));
    Words program = shell::ssh_command("ssh", {"", "box", 0}, {"true"}, SshUse::program);
    EXPECT_EQ("exec ssh \"$@\"", program.at(2));
    EXPECT_EQ((Words{"--", "box", "true"}), Words(program.end() - 3, program.end()));
    Words quiet = shell::ssh_command("ssh", destination, {"true"}, SshUse::quiet_link);
    EXPECT_EQ(1, std::ranges::count(quiet, "BatchMode=yes"));
    EXPECT_EQ(0, std::ranges::count(link, "BatchMode=yes"));
}

} // namespace
