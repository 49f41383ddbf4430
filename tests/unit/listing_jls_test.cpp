// jls(8) to the letter: the records are made here.
#include "jailcore/contract/linux/record.hpp"
#include "jailcore/listing/jail_parameters.hpp"
#include "jailcore/listing/jls.hpp"
#include "jailcore/listing/refusal.hpp"
#include "jailcore/plan/linux/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace {

using jailcore::JailRecord;
using testing::HasSubstr;

JailRecord record(uint32_t jid, const char* name, const char* hostname = "", const char* path = "/p") {
    JailRecord jail;
    jail.jid = jid;
    jailcore::LinuxJail own;
    own.namespaces = jailcore::namespace_fs | jailcore::namespace_ipc | jailcore::namespace_pid |
                     jailcore::namespace_uts | jailcore::namespace_cgroup;
    own.permissions = jailcore::may_reserved_ports;
    set_linux(jail, own);
    jail.flags = jailcore::jail_persist;
    pty::set_text(jail.name, name);
    pty::set_text(jail.hostname, hostname);
    pty::set_text(jail.path, path);
    pty::set_text(jail.osrelease, "6.1.0-test");
    return jail;
}

std::string shown(const std::vector<JailRecord>& jails, const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
        words.push_back(word);
    return jailcore::jls(jails, jailcore::parse_jls(words));
}

TEST(ListingJls, IsToTheLetter) {
    const std::vector<JailRecord> jails{record(12, "web", "web.example.org", "/jails/web"),
                                        record(3, "db", "", "/my jails/db")};
    const std::string plain = "   JID  IP Address      Hostname                      Path\n"
                              "     3                                                /my jails/db\n"
                              "    12                  web.example.org               /jails/web\n";
    const std::string verbose = "   JID  Hostname                      Path\n"
                                "        Name                          State\n"
                                "        CPUSetID\n"
                                "        IP Address(es)\n"
                                "     3                                /my jails/db\n"
                                "        db                            ACTIVE\n"
                                "        -1\n"
                                "    12  web.example.org               /jails/web\n"
                                "        web                           ACTIVE\n"
                                "        -1\n";
    const std::pair<const char*, std::string> table[] = {
        {"", plain},
        {"-d", plain},
        {"-q", plain},
        {"-N", " JID             IP Address      Hostname                      Path\n"
               " db                                                            /my jails/db\n"
               " web                             web.example.org               /jails/web\n"},
        {"-v", verbose},
        {"--verbose", verbose},
        {"-hv", verbose},
        {"-nv", verbose},
        {"-v jid", "3\n12\n"},
        {"jid name path host.hostname", "3 db /my jails/db \"\"\n12 web /jails/web web.example.org\n"},
        {"jid jid name jid", "3 db\n12 web\n"},
        {"-h jid path", "jid path\n3 /my jails/db\n12 /jails/web\n"},
        {"-n jid persist dying ip4.addr path", "jid=3 persist nodying ip4.addr= path=/my jails/db\n"
                                               "jid=12 persist nodying ip4.addr= path=/jails/web\n"},
        {"persist dying", "true false\ntrue false\n"},
        {"ip4.addr ip6.addr vnet ip4", "- - inherit inherit\n- - inherit inherit\n"},
        {"-q ip4.addr path", "\"\" \"/my jails/db\"\n\"\" /jails/web\n"},
        {"-nq host.hostname path",
         "host.hostname=\"\" path=\"/my jails/db\"\nhost.hostname=web.example.org path=/jails/web\n"},
        {"-n allow.raw_sockets allow.mount.devfs allow.reserved_ports",
         "allow.noraw_sockets allow.mount.nodevfs allow.reserved_ports\n"
         "allow.noraw_sockets allow.mount.nodevfs allow.reserved_ports\n"},
        {"children.max children.cur parent securelevel enforce_statfs devfs_ruleset cpuset.id osrelease",
         "0 0 0 -1 2 0 -1 6.1.0-test\n0 0 0 -1 2 0 -1 6.1.0-test\n"},
        {"host sysvmsg linux.namespaces repair", "new new fs,ipc,pid,uts,cgroup never\n"
                                                 "new new fs,ipc,pid,uts,cgroup never\n"},
        // -s: neither what cannot be said nor what belongs to a group that is not the jail's own.
        {"-s jid dying parent ip4.addr osrelease host.hostname persist path",
         "jid=3 host.hostname=\"\" persist path=\"/my jails/db\"\n"
         "jid=12 host.hostname=web.example.org persist path=/jails/web\n"},
    };
    for (const auto& [words, text] : table)
        EXPECT_EQ(shown(jails, words), text) << words;
}

TEST(ListingJls, ShowsAllInTheOrderOfJls) {
    std::string header = shown({}, "-h");
    EXPECT_EQ(header, shown({}, "-h all"));
    EXPECT_THAT(header, testing::StartsWith("devfs_ruleset dying enforce_statfs host ip4 ip6 jid name "
                                            "osrelease parent path persist "));
    std::istringstream stream(header);
    std::vector<std::pair<bool, std::string>> keys;
    for (std::string name; stream >> name;)
        keys.emplace_back(name.find('.') != std::string::npos, name);
    EXPECT_TRUE(std::ranges::is_sorted(keys));
    EXPECT_GT(keys.size(), 40U);
    std::string line = shown({record(7, "a")}, "-n");
    EXPECT_THAT(line, HasSubstr(" jid=7 "));
    EXPECT_THAT(line, HasSubstr(" allow.noset_hostname "));
    EXPECT_THAT(line, HasSubstr(" allow.suser "));
    EXPECT_THAT(line, HasSubstr(" host.hostname=\"\" "));
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
}

TEST(ListingJls, QuotesWithTheQuoteThatTheValueDoesNotHold) {
    for (const auto& [path, quoted] : {std::pair{"/a", "/a"},
                                       {"/a b", "\"/a b\""},
                                       {"/a'b", "\"/a'b\""},
                                       {"/a\"b", "'/a\"b'"},
                                       {"/a\tb", "/a\\x09b"}})
        EXPECT_EQ(shown({record(1, "a", "", path)}, "-q path"), std::string(quoted) + "\n");
}

TEST(ListingJls, TellsWhatIsTheJailsOwn) {
    JailRecord jail = record(1, "a", "h");
    set_linux(jail, {.namespaces = jailcore::namespace_fs | jailcore::namespace_net,
                     .permissions = jailcore::may_raw_sockets | jailcore::may_set_time,
                     .filtered = jailcore::filter_sysvsem,
                     .children_max = 4});
    jail.flags = jailcore::jail_repair | jailcore::jail_devfs | jailcore::jail_host_pty;
    EXPECT_EQ(shown({jail},
                    "-n vnet ip4 host sysvmsg sysvsem children.max persist repair devfs_ruleset "
                    "allow.host_pty allow.raw_sockets allow.settime allow.sysvipc allow.reserved_ports"),
              "vnet=new ip4=new host=inherit sysvmsg=inherit sysvsem=disable children.max=4 nopersist "
              "repair=auto devfs_ruleset=4 allow.host_pty allow.raw_sockets allow.settime allow.sysvipc "
              "allow.noreserved_ports\n");
    // The host's name is not the jail's to say.
    EXPECT_EQ(shown({jail}, "-s host host.hostname"), "host=inherit\n");
}

// `jls -s` is meant to be given back: every word of it is a parameter with a value that a start accepts.
TEST(ListingJls, SaysWhatAConfigurationMaySay) {
    JailRecord network = record(2, "b", "h");
    jailcore::LinuxJail own = linux_of(network);
    own.namespaces |= jailcore::namespace_net | jailcore::namespace_user;
    own.permissions |= jailcore::may_configure_network;
    set_linux(network, own);
    JailRecord shared = record(3, "c");
    own = linux_of(shared);
    own.namespaces = jailcore::namespace_fs | jailcore::namespace_pid;
    own.children_max = 2;
    set_linux(shared, own);
    for (const JailRecord& jail : {record(1, "a", "h"), network, shared}) {
        std::istringstream stream(shown({jail}, "-s"));
        jailcore::JailConfiguration configuration;
        configuration.name = pty::get_text(jail.name);
        for (std::string word; stream >> word;) {
            size_t equals = word.find('=');
            std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
            std::vector<std::string> values;
            std::istringstream list(value == "\"\"" ? "" : value);
            for (std::string item; std::getline(list, item, ',');)
                values.push_back(item);
            if (equals != std::string::npos && values.empty())
                values.emplace_back();
            configuration.parameters.push_back({word.substr(0, equals), values});
        }
        ASSERT_GT(configuration.parameters.size(), 30U);
        auto plan = jailcore::make_plan(configuration, true);
        if (auto* errors = std::get_if<1>(&plan))
            FAIL() << testing::PrintToString(*errors);
        EXPECT_EQ(std::get<0>(plan).namespaces, linux_of(jail).namespaces);
        EXPECT_EQ(std::get<0>(plan).permissions, linux_of(jail).permissions);
    }
}

TEST(ListingJls, JsonIsLibxos) {
    const std::vector<JailRecord> jails{record(1, "a", "h"), record(2, "b", "i")};
    const std::string before = R"({"__version": "2", "jail-information": {"jail": [)";
    const std::pair<const char*, const char*> table[] = {
        {"--libxo json",
         R"({"jid":1,"ipv4":"","hostname":"h","path":"/p"}, {"jid":2,"ipv4":"","hostname":"i","path":"/p"})"},
        {"--libxo=json -N",
         R"({"name":"a","ipv4":"","hostname":"h","path":"/p"}, {"name":"b","ipv4":"","hostname":"i","path":"/p"})"},
        {"--libxo json -v",
         R"({"jid":1,"hostname":"h","path":"/p","name":"a","state":"ACTIVE","cpusetid":-1, "ipv4_addrs": [], "ipv6_addrs": []}, )"
         R"({"jid":2,"hostname":"i","path":"/p","name":"b","state":"ACTIVE","cpusetid":-1, "ipv4_addrs": [], "ipv6_addrs": []})"},
        {"--libxo json jid persist ip4.addr",
         R"({"jid":"1","persist":"true", "ip4.addr": []}, {"jid":"2","persist":"true", "ip4.addr": []})"},
        {"--libxo json -n jid persist", R"({"jid":"1","persist":true}, {"jid":"2","persist":true})"},
        {"--libxo json -h jid", R"({"jid":"1"}, {"jid":"2"})"},
    };
    for (const auto& [words, rows] : table)
        EXPECT_EQ(shown(jails, words), before + rows + "]}}\n") << words;
    EXPECT_EQ(shown({}, "--libxo json"), before + "]}}\n");
    EXPECT_EQ(shown({jails[0]}, "--libxo json,pretty jid"), "{\n"
                                                            "  \"__version\": \"2\", \n"
                                                            "  \"jail-information\": {\n"
                                                            "    \"jail\": [\n"
                                                            "      {\n"
                                                            "        \"jid\": \"1\"\n"
                                                            "      }\n"
                                                            "    ]\n"
                                                            "  }\n"
                                                            "}\n");
    EXPECT_THAT(shown({jails[0]}, "--json jid persist linux.namespaces"), HasSubstr("\"jid\": 1,"));
    EXPECT_THAT(shown({jails[0]}, "--json jid persist"), HasSubstr("\"persist\": true"));
}

TEST(ListingJls, EscapesWhatAJailCallsItself) {
    const std::vector<JailRecord> jails{record(1, "a", "\x1b]0;x\a\n'\"", "/\xe2\x80\xae \xff")};
    for (const char* words : {"", "-v", "-N", "-n", "-s", "-q host.hostname path", "--libxo json", "--json",
                              "--libxo json -n", "--libxo json,pretty"}) {
        std::string text = shown(jails, words);
        EXPECT_TRUE(std::ranges::all_of(text, [](char c) {
            return c == '\n' || (c >= ' ' && c != 0x7f);
        })) << words;
    }
    EXPECT_EQ(shown(jails, "-n host.hostname path"),
              "host.hostname=\\x1b]0;x\\x07\\x0a'\" path=/\\u{202e} \\xff\n");
}

TEST(ListingJls, RefusesByName) {
    const std::pair<const char*, const char*> table[] = {
        {"nosuch", "ls: unknown parameter: nosuch; "},
        {"jid host.hostuuid", "unknown parameter: host.hostuuid"},
        {"-z", "ls: unknown option -z; usage:"},
        {"--frob", "unknown option --frob"},
        {"-j", "option -j needs a value"},
        {"--libxo xml", "--libxo xml is not made here"},
        {"-c", "-c goes with -j"},
        {"-c -j a jid", "-c goes with -j"},
        {"-cn -j a", "-c goes with -j"},
    };
    for (const auto& [words, message] : table) {
        try {
            shown({}, words);
            FAIL() << words;
        } catch (const jailcore::ListingRefusal& refusal) {
            EXPECT_THAT(refusal.what(), HasSubstr(message)) << words;
        }
    }
}

TEST(ListingJls, SelectsByNameOrJid) {
    for (const char* name : {"b", "2"}) {
        std::vector<JailRecord> jails{record(1, "a"), record(2, "b")};
        EXPECT_TRUE(jailcore::select_jail(jails, name));
        ASSERT_EQ(jails.size(), 1U);
        EXPECT_EQ(jails[0].jid, 2U);
        EXPECT_FALSE(jailcore::select_jail(jails, "c"));
    }
    auto options = jailcore::parse_jls({"-dcjb"});
    EXPECT_TRUE(options.check);
    EXPECT_EQ(options.jail, "b");
}

} // namespace
