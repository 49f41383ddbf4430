// What is shown of a client's failure, and how often it is tried again.
#include "shell/screen/backoff.hpp"
#include "shell/screen/complaint.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace {

TEST(ScreenComplaint, IsTheClientsAmongOthersLines) {
    struct Row {
        const char* errors;
        const char* complaint;
    };
    for (const Row& row : std::vector<Row>{
             {"", ""},
             {"jconsole: no\n", "jconsole: no"},
             {"jconsole: no", "jconsole: no"},
             {"*** AUTHORISED ***\n\njconsole: one\r\njconsole: two\r\nConnection closed.\r\n",
              "jconsole: two"},
             {"*** AUTHORISED ***\r\nPermission denied (publickey).\r\n\r\n \n",
              "Permission denied (publickey)."},
             {"bash: warning\nbash: jconsole: command not found\n", "bash: jconsole: command not found"},
             {"ssh: no such host\r\njconsole: ssh ended; what was said above tells why; it must work\r\n",
              "ssh: no such host; jconsole: ssh ended; what was said above tells why; it must work"},
             {"\x1b[31mred\x7f \xc3\xa9\n", "[31mred \xc3\xa9"},
         })
        EXPECT_EQ(top::complaint_of(row.errors), row.complaint) << row.errors;
}

TEST(ScreenComplaint, TellsAMissingConfigurationFromABrokenOne) {
    EXPECT_TRUE(
        top::misses_default_configuration("jconsole: /etc/jconsole/jail.conf: No such file or directory"));
    EXPECT_TRUE(top::misses_default_configuration(
        "jconsole: /root/.config/jconsole/jail.conf: No such file or directory"));
    EXPECT_FALSE(top::misses_default_configuration("jconsole: /etc/jconsole/jail.conf: Permission denied"));
    EXPECT_FALSE(top::misses_default_configuration("jconsole: /etc/jconsole/jail.conf:1: syntax error"));
    EXPECT_FALSE(top::misses_default_configuration(""));
}

TEST(ScreenBackoff, WaitsLongerEachTimeUntilASuccess) {
    using std::chrono::seconds;
    top::Backoff backoff;
    for (int wait : {2, 4, 8, 16, 32, 60, 60})
        EXPECT_EQ(backoff.after_failure(), seconds(wait));
    backoff.succeeded();
    EXPECT_EQ(backoff.after_failure(), seconds(2));
}

} // namespace
