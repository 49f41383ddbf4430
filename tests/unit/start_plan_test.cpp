#include "jailcore/plan/commands.hpp"
#include "jailcore/plan/linux/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace {

using jailcore::make_plan;
using jailcore::Parameters;
using ::testing::ElementsAre;

std::vector<std::string> errors_of(Parameters parameters, bool root = true) {
    if (std::ranges::none_of(parameters, [](const auto& entry) {
            return entry.name.ends_with("persist");
        }))
        parameters.push_back({"persist", {}});
    auto made = make_plan({"j", parameters, {}, {}}, root);
    return made.index() == 1 ? std::get<1>(made) : std::vector<std::string>();
}

jailcore::Plan plan_of(Parameters parameters, bool root = true) {
    parameters.push_back({"persist", {}});
    auto made = make_plan({"j", parameters, {}, {}}, root);
    if (made.index() == 1) {
        ADD_FAILURE() << ::testing::PrintToString(std::get<1>(made));
        return {};
    }
    return std::get<0>(made);
}

struct CommandCase {
    const char* value;
    std::vector<std::string> argv; // empty: skipped
    bool background;
};

TEST(Commands, AreAShellsWhereACharacterAsksForOne) {
    const CommandCase cases[] = {
        {"", {}, false},
        {" \t\n", {}, false},
        {"&", {}, false},
        {" & ", {"/bin/sh", "-c", " & "}, false},
        {"/etc/rc", {"/etc/rc"}, false},
        {"/bin/sh /etc/rc  x\ty\n", {"/bin/sh", "/etc/rc", "x", "y"}, false},
        {"FOO=1 cmd", {"FOO=1", "cmd"}, false},
        {"cmd # x", {"cmd", "#", "x"}, false},
        {"cmd &", {"cmd"}, true},
        {"cmd a&", {"cmd", "a"}, true},
        {"a && b &", {"/bin/sh", "-c", "a && b &"}, false},
        {"cmd & ", {"/bin/sh", "-c", "cmd & "}, false},
        {"echo $HOME &", {"/bin/sh", "-c", "echo $HOME &"}, false},
    };
    for (const CommandCase& one : cases) {
        auto command = jailcore::parse_command(one.value);
        ASSERT_EQ(!one.argv.empty(), command.has_value()) << one.value;
        if (command) {
            EXPECT_EQ(one.argv, command->argv) << one.value;
            EXPECT_EQ(one.background, command->background) << one.value;
        }
    }
    for (char special : std::string("!\"$'()*;<>?[\\]`{|}~"))
        EXPECT_EQ("/bin/sh", jailcore::parse_command(std::string("cmd ") + special)->argv[0]) << special;
    for (char plain : std::string("#%+,-./:=@^_"))
        EXPECT_EQ("cmd", jailcore::parse_command(std::string("cmd ") + plain)->argv[0]) << plain;
}

TEST(Plan, NamesWhatItCannotDo) {
    struct {
        Parameters parameters;
        const char* error;
    } const cases[] = {
        {{{"speed", {"1"}}}, "unknown parameter: speed"},
        {{{"nospeed", {}}}, "unknown parameter: nospeed"},
        {{{"nopath", {}}}, "unknown parameter: nopath"},
        {{{"noallow.suser", {}}}, "unknown parameter: noallow.suser"},
        {{{"persist", {"yes"}}}, "persist: unknown boolean value \"yes\""},
        {{{"persist", {""}}}, "new jail must persist or attach"},
        {{{"jid", {"x"}}}, "jid: non-integer value \"x\""},
        {{{"jid", {}}}, "jid: non-integer value \"\""},
        {{{"jid", {"0"}}}, "jid: 0 is out of range"},
        {{{"name", {"k"}}},
         "name k: a jail has the name of its block; call the block k, with jid = N for a number"},
        {{{"vnet", {"old"}}}, "vnet: unknown jailsys value \"old\""},
        {{{"nopersist", {}}}, "new jail must persist or attach"},
        {{{"path", {"jails/x"}}}, "path jails/x: not an absolute pathname"},
        {{{"ip4.addr", {"10.0.0.1"}}},
         "ip4.addr: not supported on Linux (one network stack cannot be divided by address; leave it out: "
         "with "
         "vnet the jail has a stack of its own, without it the host's)"},
        {{{"vnet", {}}, {"ip4", {"new"}}},
         "ip4: not supported on Linux (with vnet the jail has a network stack of its own; leave it out)"},
        {{{"ip4", {"new"}}},
         "ip4: not supported on Linux (one network stack cannot be divided by address; use vnet, or "
         "inherit)"},
        {{{"allow.mount.zfs", {}}},
         "allow.mount.zfs: not supported on Linux (mounting needs CAP_SYS_ADMIN, which would undo the jail)"},
        {{{"allow.nosuser", {}}},
         "allow.nosuser: not supported on Linux (a superuser without privileges is not made)"},
        {{{"enforce_statfs", {"0"}}},
         "enforce_statfs: not supported on Linux (a jail never sees the host's mounts)"},
        {{{"securelevel", {"2"}}},
         "securelevel: not supported on Linux (above 0 nothing in Linux corresponds to it)"},
        {{{"linux.namespaces", {"fs", "space"}}}, "linux.namespaces: unknown namespace \"space\""},
        {{{"linux.namespaces", {"pid"}}, {"path", {"/j"}}},
         "path: not supported on Linux (without fs in linux.namespaces the jail has the host's files)"},
        {{{"linux.namespaces", {"fs"}}, {"host.hostname", {"n"}}},
         "host.hostname: not supported on Linux (without a uts namespace it would name the host)"},
        {{{"linux.namespaces", {"fs"}}, {"vnet", {}}}, "linux.namespaces: vnet needs net"},
        {{{"vnet", {}}, {"ip4", {"inherit"}}},
         "ip4: not supported on Linux (a jail with a network of its own does not have the host's addresses)"},
        {{{"sysvshm", {"new"}}, {"sysvmsg", {"inherit"}}},
         "sysvmsg, sysvsem, sysvshm: not supported on Linux (one namespace holds all three: new cannot stand "
         "beside "
         "inherit)"},
        {{{"host.hostname", {std::string(65, 'x')}}}, "host.hostname: longer than 64 bytes, Linux's limit"},
        {{{"mount", {"tmpfs /j/tmp"}}}, "mount: tmpfs /j/tmp: missing information"},
        {{{"mount", {"tmpfs tmp tmpfs"}}}, "mount: tmp: not an absolute pathname"},
        {{{"mount", {"tmpfs /j/../etc tmpfs"}}}, "mount: /j/../etc: a mount point must not hold '..'"},
        {{{"mount", {"/a /j/b nullfs ro,fast"}}},
         "mount: /j/b: fast: not supported on Linux (a nullfs mount has no such option)"},
        {{{"mount", {"/a\\ /j/b nullfs"}}}, "mount: /a\\ /j/b nullfs: fstab parse error"},
        {{{"mount", {"x /j/sys cgroup2"}}, {"linux.namespaces", {"fs"}}},
         "mount: /j/sys: cgroup2: not supported on Linux (without a namespace of its own (cgroup) the jail "
         "would be shown the host's)"},
        {{{"mount", {"x /j/q mqueue"}}, {"sysvmsg", {"inherit"}}},
         "mount: /j/q: mqueue: not supported on Linux (without a namespace of its own (ipc) the jail would "
         "be "
         "shown the host's)"},
        {{{"mount", {"x /j/sys cgroup2 nsdelegate"}}},
         "mount: /j/sys: nsdelegate: not supported on Linux (a cgroup2 mount has no such option)"},
        {{{"mount", {"x /j/sys cgroup"}}},
         "mount: /j/sys: cgroup: not supported on Linux (its files run programs as the host's root; cgroup2 "
         "shows the jail's own cgroup)"},
        {{{"mount", {"x /j/x nosuchfs"}}},
         "mount: /j/x: nosuchfs: not supported on Linux (it is not known to hold nothing but files; "
         "exec.prestart can mount it, or the host, and nullfs show it)"},
        {{{"linux.pty_max", {"0"}}}, "linux.pty_max: 0 is out of range"},
        {{{"linux.pty_max", {"1048577"}}}, "linux.pty_max: 1048577 is out of range"},
        {{{"linux.shm_size", {"0m"}}}, "linux.shm_size: \"0m\" is no size, such as 512m"},
        {{{"linux.shm_size", {"50%"}}}, "linux.shm_size: \"50%\" is no size, such as 512m"},
        {{{"linux.shm_size", {"m"}}}, "linux.shm_size: \"m\" is no size, such as 512m"},
        {{{"exec.consolelog", {"log"}}}, "exec.consolelog: log: not an absolute pathname"},
        {{{"repair", {"always"}}}, "repair: \"always\" is neither never nor auto"},
        {{{"meta.owner", {"me"}}}, "meta.owner: not supported on Linux (no program could read it)"},
    };
    for (const auto& one : cases)
        EXPECT_THAT(errors_of(one.parameters), ElementsAre(one.error));
}

TEST(Plan, SaysNothingTwice) {
    const std::string unknown = "unknown parameter: speed";
    auto made = make_plan({"j", {{"speed", {}}, {"jid", {"x"}}, {"persist", {}}}, {unknown}, {}}, true);
    EXPECT_THAT(std::get<1>(made), ElementsAre(unknown, "jid: non-integer value \"x\""));
}

TEST(Plan, NamesAllThatIsWrongAtOnceAndNothingThatFollowsFromIt) {
    Parameters wrong{{"speed", {"1"}},           {"persist", {"yes"}}, {"path", {"x"}},
                     {"ip4.addr", {"10.0.0.1"}}, {"sysvmsg", {"my"}},  {"linux.namespaces", {"spice"}},
                     {"repair", {"soon"}},       {"mount", {"a"}}};
    EXPECT_THAT(errors_of(wrong),
                ElementsAre("unknown parameter: speed", "persist: unknown boolean value \"yes\"",
                            ::testing::StartsWith("ip4.addr: not supported on Linux"),
                            "sysvmsg: unknown jailsys value \"my\"", "path x: not an absolute pathname",
                            "linux.namespaces: unknown namespace \"spice\"", "mount: a: missing information",
                            "repair: \"soon\" is neither never nor auto"));
    // What the reader has found wrong has no value to be judged by.
    const std::string missing = "exec.start: variable \"v\" not found";
    auto made = make_plan({"j", {{"exec.start", {""}}, {"repair", {"soon"}}}, {missing}, {}}, true);
    EXPECT_THAT(std::get<1>(made), ElementsAre(missing, "repair: \"soon\" is neither never nor auto"));
}

TEST(Plan, TakesValuesAsLibjailDoes) {
    using namespace jailcore;
    for (const Parameters& parameters : {Parameters{{"vnet", {"1"}}}, {{"vnet", {"NEW"}}}, {{"vnet", {""}}}})
        EXPECT_TRUE((plan_of(parameters).namespaces & namespace_net) != 0) << parameters[0].values[0];
    EXPECT_EQ(plan_of({{"vnet", {"2"}}}).namespaces, plan_of({}).namespaces);
    EXPECT_EQ(plan_of({{"host", {"Inherit"}}}).namespaces & namespace_uts, 0U);
    EXPECT_THAT(errors_of({{"vnet", {"0"}}}), ElementsAre("vnet: unknown jailsys value \"disable\""));
    EXPECT_EQ(plan_of({{"children.max", {""}}}).filtered, plan_of({}).filtered);
    // An explicit sysv* parameter overrides allow.sysvipc.
    Parameters own{{"allow.sysvipc", {}}, {"sysvmsg", {}}, {"sysvsem", {"1"}}, {"sysvshm", {"new"}}};
    EXPECT_TRUE((plan_of(own).namespaces & namespace_ipc) != 0);
    EXPECT_EQ(plan_of({{"allow.sysvipc", {}}, {"sysvsem", {"disable"}}}).filtered & filter_sysvsem,
              filter_sysvsem);
    EXPECT_EQ(errors_of({{"allow.sysvipc", {}}, {"sysvmsg", {"new"}}}).size(), 1U);
    for (const char* skipped : {"vnet.interface", "interface", "zfs.dataset"})
        EXPECT_THAT(errors_of({{skipped, {""}}}), ElementsAre()) << skipped;
    EXPECT_THAT(errors_of({{"vnet.interface", {"", "em0"}}}),
                ElementsAre(::testing::StartsWith("vnet.interface: ")));
}

TEST(Plan, KnowsTheParametersThatAreDocumented) {
    std::ifstream file(JC_SOURCE_DIR "/docs/jail-conf.md");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    auto section = text.find("## Parameters\n");
    ASSERT_NE(std::string::npos, section);
    for (std::string_view name : jailcore::parameter_names())
        EXPECT_NE(std::string::npos, text.find("`" + std::string(name) + "`", section)) << name;
}

TEST(Plan, AcceptsWhatLinuxGivesAnyway) {
    const Parameters cases[] = {{{"enforce_statfs", {"1"}}},   {{"securelevel", {"-1"}}},
                                {{"devfs_ruleset", {"4"}}},    {{"ip4", {"inherit"}}},
                                {{"allow.nomount", {}}},       {{"allow.socket_af", {"1"}}},
                                {{"allow.mount", {"false"}}},  {{"allow.noset_hostname", {}}},
                                {{"ip_hostname", {"0"}}},      {{"vnet", {"inherit"}}},
                                {{"host", {"new"}}},           {{"exec.timeout", {" 30"}}},
                                {{"allow.host_pty", {"true"}}}};
    for (const Parameters& parameters : cases)
        EXPECT_THAT(errors_of(parameters), ElementsAre()) << parameters[0].name;
}

TEST(Plan, ChoosesNamespaces) {
    using namespace jailcore;
    uint32_t usual = namespace_fs | namespace_ipc | namespace_pid | namespace_uts | namespace_cgroup;
    EXPECT_EQ(usual, plan_of({}).namespaces);
    EXPECT_EQ(usual | namespace_user, plan_of({}, false).namespaces);
    // A network of its own is owned by a user namespace of its own.
    EXPECT_EQ(usual | namespace_net | namespace_user, plan_of({{"vnet", {}}}).namespaces);
    EXPECT_EQ(namespace_fs | namespace_net | namespace_user,
              plan_of({{"linux.namespaces", {"fs", "net"}}}).namespaces);
    EXPECT_EQ(usual & ~uint32_t{namespace_uts}, plan_of({{"host", {"inherit"}}}).namespaces);
    EXPECT_EQ(usual & ~uint32_t{namespace_ipc}, plan_of({{"sysvshm", {"inherit"}}}).namespaces);
    EXPECT_EQ(usual & ~uint32_t{namespace_ipc}, plan_of({{"allow.sysvipc", {"1"}}}).namespaces);
    EXPECT_EQ(namespace_fs | namespace_time, plan_of({{"linux.namespaces", {"fs", "time"}}}).namespaces);
}

// Parameters that give a capability, and whether it is one over what the jail's own user namespace owns.
TEST(Plan, RefusesWhatTheKernelGrantsInNoUserNamespace) {
    const std::string no_namespace =
        "not supported on Linux (the kernel grants it in no user namespace, which ";
    const std::string no_network = "not supported on Linux (in a user namespace, which ";
    const Parameters own_ids{{"linux.namespaces", {"fs", "pid", "user"}}};
    const Parameters own_network{{"vnet", {}}};
    auto with = [](Parameters parameters, const char* name) {
        parameters.push_back({name, {}});
        return parameters;
    };
    for (const char* name : {"allow.chflags", "allow.mlock", "allow.read_msgbuf", "allow.adjtime",
                             "allow.settime", "allow.setaudit"}) {
        EXPECT_THAT(errors_of(with({}, name)), ElementsAre()) << name;
        EXPECT_THAT(errors_of(with(own_network, name)), ElementsAre(std::string(name) + ": " + no_namespace +
                                                                    "a jail with a network of its own has)"));
        EXPECT_THAT(errors_of(with(own_ids, name)),
                    ElementsAre(std::string(name) + ": " + no_namespace + "this jail has)"));
    }
    for (const char* name : {"allow.raw_sockets", "allow.routing"}) {
        EXPECT_THAT(errors_of(with({}, name)), ElementsAre()) << name;
        EXPECT_THAT(errors_of(with(own_network, name)), ElementsAre()) << name;
        EXPECT_THAT(errors_of(with(own_ids, name)),
                    ElementsAre(std::string(name) + ": " + no_network +
                                "this jail has, the kernel grants it over a network of its own only: vnet)"));
    }
}

TEST(Plan, FiltersAndPermits) {
    using namespace jailcore;
    EXPECT_EQ(filter_namespaces | filter_joining_users, plan_of({}).filtered);
    EXPECT_EQ(filter_joining_users, plan_of({{"children.max", {"3"}}}).filtered);
    EXPECT_EQ(0U, plan_of({{"children.max", {"3"}}, {"vnet", {}}}).filtered);
    EXPECT_EQ(filter_namespaces | filter_joining_users | filter_sysvsem,
              plan_of({{"sysvsem", {"disable"}}}).filtered);
    EXPECT_EQ(may_reserved_ports, plan_of({}).permissions);
    EXPECT_EQ(0U, plan_of({{"allow.noreserved_ports", {}}}).permissions);
    EXPECT_EQ(may_reserved_ports | may_raw_sockets, plan_of({{"allow.raw_sockets", {"1"}}}).permissions);
    EXPECT_EQ(may_reserved_ports | may_configure_network, plan_of({{"vnet", {"new"}}}).permissions);
}

TEST(Plan, MountsInTheOrderOfJail8) {
    using namespace jailcore;
    JailConfiguration jail{
        "j",
        {{"path", {"/j/"}},
         {"mount.procfs", {}},
         {"mount.devfs", {}},
         {"mount", {"", "/src /j/dst nullfs ro,late 0 0"}},
         {"persist", {}}},
        {},
        {{"tmpfs", "/j/tmp", "tmpfs", {"size=1g", "noexec", "inodes=9"}, "/etc/fstab.j", 1}}};
    auto made = make_plan(jail, true);
    ASSERT_EQ(0U, made.index()) << ::testing::PrintToString(std::get<1>(made));
    EXPECT_THAT(
        std::get<0>(made).mounts,
        ElementsAre(
            PlannedMount{MountKind::bind, "mount", "/src", "/j/dst", "nullfs", mount_read_only, {}},
            PlannedMount{MountKind::memory,
                         "mount.fstab: /etc/fstab.j line 1",
                         "tmpfs",
                         "/j/tmp",
                         "tmpfs",
                         mount_noexec,
                         {"size=1g", "nr_inodes=9"}},
            PlannedMount{MountKind::devices, "mount.devfs", "devfs", "/j/dev", "devfs", 0, {}, 256, "256m"},
            PlannedMount{MountKind::processes, "mount.procfs", "procfs", "/j/proc", "procfs", 0, {}}));
}

TEST(Plan, ReadsMountsAsFstab) {
    auto mounts =
        plan_of({{"path", {"/j"}},
                 {"mount", {" \t", "/a\\040b\\134 /j/c\\011d\\012 nullfs ro", "x /j/t tmpfs size=1\\040"}}})
            .mounts;
    ASSERT_EQ(2U, mounts.size());
    EXPECT_EQ("/a b\\", mounts[0].source);
    EXPECT_EQ("/j/c\td\n", mounts[0].point);
    EXPECT_THAT(mounts[1].options, ElementsAre("size=1\\040"))
        << "as in jail(8), of the first two fields only";
}

TEST(Plan, BoundsTheDevicesHoweverTheyAreMounted) {
    auto mounts = plan_of({{"path", {"/j"}},
                           {"mount", {"devfs /j/chroot/dev devfs rw"}},
                           {"mount.devfs", {}},
                           {"linux.pty_max", {"9"}},
                           {"linux.shm_size", {"1g"}}})
                      .mounts;
    ASSERT_EQ(2U, mounts.size());
    for (const jailcore::PlannedMount& mount : mounts) {
        EXPECT_EQ(9U, mount.pty_max);
        EXPECT_EQ("1g", mount.shm_size);
    }
}

// What shows the kernel is one for all jails, or runs programs as the host's root.
TEST(MountPlan, TakesNoFileSystemOfTheKernels) {
    for (const char* type :
         {"cgroup",     "cpuset",   "binfmt_misc", "debugfs",  "tracefs", "bpf",   "securityfs",
          "pstore",     "configfs", "efivarfs",    "devtmpfs", "devpts",  "ramfs", "fusectl",
          "rpc_pipefs", "binder",   "selinuxfs",   "smackfs",  "resctrl", "nfsd",  "autofs",
          "fuse",       "Ext4",     "ext4 ",       ""}) {
        auto mount = jailcore::plan_mount({"mount", "x", "/j/x", type, {}});
        ASSERT_EQ(1U, mount.index()) << type;
        EXPECT_TRUE(std::get<1>(mount).starts_with("mount: /j/x: " + std::string(type) +
                                                   ": not supported on Linux ("));
    }
    for (const char* type : {"ext4", "xfs", "btrfs", "nfs4", "overlay", "9p", "squashfs"})
        EXPECT_EQ(0U, jailcore::plan_mount({"mount", "x", "/j/x", type, {}}).index()) << type;
}

TEST(MountPlan, TellsWhatIsBelow) {
    EXPECT_TRUE(jailcore::is_below("/j", "/j"));
    EXPECT_TRUE(jailcore::is_below("/j/", "/j/a"));
    EXPECT_TRUE(jailcore::is_below("/", "/a"));
    EXPECT_FALSE(jailcore::is_below("/j", "/ja"));
    EXPECT_FALSE(jailcore::is_below("/j", "/"));
    EXPECT_EQ("a/b", jailcore::below("/j", "/j//a/b"));
    EXPECT_EQ("", jailcore::below("/j", "/j"));
    EXPECT_EQ("a", jailcore::below("/", "/a"));
}

} // namespace
