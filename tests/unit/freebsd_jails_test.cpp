// How FreeBSD's jails are read, against a table in its kernel's place.
#include "jailcore/freebsd/kernel_jails.hpp"
#include "pty/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <netinet/in.h>
#include <set>
#include <string>
#include <sys/uio.h>
#include <vector>

namespace {

using jailcore::JailSystem;
using jailcore::KernelJail;
using ::testing::ElementsAre;

std::string bytes_of(int32_t number) {
    return {reinterpret_cast<const char*>(&number), sizeof number};
}

std::string address(int family, const char* text) {
    char bytes[sizeof(in6_addr)]{};
    EXPECT_EQ(1, ::inet_pton(family, text, bytes));
    return {bytes, family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr)};
}

// As sys/kern/kern_jail.c, kern_jail_get(), has it.
class TableKernel : public jailcore::JailKernel {
public:
    using Values = std::map<std::string, std::string>;

    int get(iovec* parameters, unsigned count, int /*flags*/) override {
        ++calls;
        if (before_call)
            before_call();
        auto jail = find(parameters, count);
        if (jail == jails.end()) {
            errno = ENOENT;
            return -1;
        }
        for (unsigned i = 0; i + 1 < count; i += 2)
            if (!give(jail->second, name_of(parameters[i]), parameters[i + 1])) {
                errno = EINVAL;
                return -1;
            }
        return jail->first;
    }
    bool knows(const char* parameter) override { return !unknown.contains(parameter); }

    Values& add(int32_t jid, const std::string& name) {
        Values& jail = jails[jid];
        for (const char* number : {"parent", "dying", "persist", "cpuset.id", "securelevel", "devfs_ruleset",
                                   "enforce_statfs", "children.cur", "children.max"})
            jail[number] = bytes_of(0);
        jail["vnet"] = bytes_of(2);
        for (const char* text : {"path", "host.hostname", "host.domainname", "osrelease"})
            jail[text] = std::string(1, '\0');
        jail["name"] = name + '\0';
        jail["ip4.addr"] = jail["ip6.addr"] = "";
        return jail;
    }

    std::map<int32_t, Values> jails;
    std::set<std::string> unknown;
    std::function<void()> before_call;
    int calls = 0;

private:
    static std::string name_of(const iovec& part) {
        EXPECT_EQ('\0', static_cast<const char*>(part.iov_base)[part.iov_len - 1]);
        return static_cast<const char*>(part.iov_base);
    }
    std::map<int32_t, Values>::iterator find(const iovec* parameters, unsigned count) {
        int32_t number = 0;
        for (unsigned i = 0; i + 1 < count; i += 2)
            if (std::string name = name_of(parameters[i]); name == "lastjid" || name == "jid") {
                std::memcpy(&number, parameters[i + 1].iov_base, sizeof number);
                return name == "jid" ? jails.find(number) : jails.upper_bound(number);
            }
        return jails.end();
    }
    bool give(const Values& jail, const std::string& name, iovec& place) {
        if (name == "lastjid" || name == "jid")
            return true;
        if (unknown.contains(name) || !jail.contains(name))
            return false;
        const std::string& value = jail.at(name);
        if (place.iov_base != nullptr) {
            if (place.iov_len < value.size())
                return false;
            std::memcpy(place.iov_base, value.data(), value.size());
        }
        place.iov_len = value.size();
        return true;
    }
};

TEST(KernelJails, AreNoneWhereThereAreNone) {
    TableKernel kernel;
    EXPECT_TRUE(kernel_jails(kernel).empty());
}

TEST(KernelJails, HaveTheirParameters) {
    TableKernel kernel;
    TableKernel::Values& web = kernel.add(3, "web");
    web["path"] = std::string("/jails/web\0", 11);
    web["host.hostname"] = std::string("web.example\0", 12);
    web["osrelease"] = std::string("14.1-RELEASE\0", 13);
    web["devfs_ruleset"] = bytes_of(4);
    web["cpuset.id"] = bytes_of(5);
    web["ip4.addr"] = address(AF_INET, "10.0.0.1") + address(AF_INET, "10.0.0.2");
    web["ip6.addr"] = address(AF_INET6, "fd00::1");
    TableKernel::Values& inner = kernel.add(70000, "web.inner");
    inner["parent"] = bytes_of(3);
    inner["dying"] = bytes_of(1);
    inner["vnet"] = bytes_of(1);
    std::vector<KernelJail> jails = kernel_jails(kernel);
    ASSERT_EQ(2U, jails.size());
    EXPECT_EQ(3, jails[0].jid);
    EXPECT_EQ("web", jails[0].name);
    EXPECT_EQ("/jails/web", jails[0].path);
    EXPECT_EQ("web.example", jails[0].hostname);
    EXPECT_EQ("14.1-RELEASE", jails[0].osrelease);
    EXPECT_EQ(4, jails[0].devfs_ruleset);
    EXPECT_EQ(5, jails[0].cpuset);
    EXPECT_EQ(JailSystem::inherit, jails[0].network);
    EXPECT_THAT(jails[0].addresses4, ElementsAre("10.0.0.1", "10.0.0.2"));
    EXPECT_THAT(jails[0].addresses6, ElementsAre("fd00::1"));
    EXPECT_EQ(70000, jails[1].jid);
    EXPECT_EQ(3, jails[1].parent);
    EXPECT_EQ(1, jails[1].dying);
    EXPECT_EQ(JailSystem::own, jails[1].network);
}

TEST(KernelJails, ThatGoWhileTheyAreReadAreLeftOut) {
    TableKernel kernel;
    kernel.add(1, "a");
    kernel.add(2, "b");
    kernel.add(3, "c");
    kernel.before_call = [&] {
        if (kernel.calls == 4) // the addresses of b
            kernel.jails.erase(2);
    };
    std::vector<KernelJail> jails = kernel_jails(kernel);
    ASSERT_EQ(2U, jails.size());
    EXPECT_EQ("a", jails[0].name);
    EXPECT_EQ("c", jails[1].name);
}

TEST(KernelJails, ThatGetAddressesMeanwhileHaveAllOfThem) {
    TableKernel kernel;
    TableKernel::Values& jail = kernel.add(1, "a");
    jail["ip4.addr"] = address(AF_INET, "10.0.0.1");
    kernel.before_call = [&] {
        if (kernel.calls == 3) // there is room for one by now
            jail["ip4.addr"] += address(AF_INET, "10.0.0.2") + address(AF_INET, "10.0.0.3");
    };
    EXPECT_THAT(kernel_jails(kernel).at(0).addresses4, ElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.3"));
}

TEST(KernelJails, OfAKernelWithoutAParameterDoNotHaveIt) {
    TableKernel kernel;
    kernel.unknown = {"ip6.addr", "vnet", "osrelease"};
    kernel.add(1, "a")["ip4.addr"] = address(AF_INET, "10.0.0.1");
    std::vector<KernelJail> jails = kernel_jails(kernel);
    ASSERT_EQ(1U, jails.size());
    EXPECT_THAT(jails[0].addresses4, ElementsAre("10.0.0.1"));
    EXPECT_EQ("", jails[0].osrelease);
}

// Whoever makes the children of a jail names them.
TEST(KernelJails, HaveAnyNameAndNoneIsTooLong) {
    TableKernel kernel;
    kernel.add(1, "a.\x1b[2J\xff");
    kernel.add(2, std::string(255, 'n'));
    std::vector<KernelJail> jails = kernel_jails(kernel);
    EXPECT_EQ("a.\x1b[2J\xff", jails.at(0).name);
    EXPECT_EQ(255U, jails.at(1).name.size());
}

TEST(KernelJails, ThatCannotBeReadAreAnError) {
    TableKernel kernel;
    kernel.add(1, "a").erase("path");
    EXPECT_THROW(kernel_jails(kernel), pty::StepError);
}

} // namespace
