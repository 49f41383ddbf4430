// The columns and options of ps(1).
#include "jailcore/listing/ps.hpp"
#include "jailcore/listing/refusal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace {

using jailcore::JailProcess;
using testing::HasSubstr;

const jailcore::JailRecord& jail() {
    static const jailcore::JailRecord record = [] {
        jailcore::JailRecord made;
        made.jid = 7;
        pty::set_text(made.name, "web");
        return made;
    }();
    return record;
}

JailProcess process(int32_t pid, const char* command, const char* terminal = "-") {
    JailProcess one;
    one.jail = &jail();
    one.jailed_pid = pid;
    one.jailed_parent = pid - 1;
    one.process.pid = 1000 + pid;
    one.process.session = 1000 + pid;
    one.process.group = 1000 + pid;
    one.process.foreground = -1;
    one.process.state = 'S';
    one.process.terminal = terminal;
    one.process.ticks = 5000;
    one.process.start_time = 10000;
    one.process.virtual_size = 4096000;
    one.process.resident = 100;
    one.process.threads = 1;
    one.process.name = "prog";
    one.process.command = command;
    return one;
}

// 1000 seconds after boot, of which the processes above have lived 900.
constexpr jailcore::PsMachine machine{100, 100000, 1'700'000'000, 4096, 40'960'000};

std::string shown(const std::vector<JailProcess>& processes, const std::vector<std::string>& words) {
    jailcore::PsOptions options = jailcore::parse_ps(words);
    return options.json ? ps_json(processes, options, machine) : ps_text(processes, options, machine);
}

TEST(ListingPs, ShowsTheColumnsThatWereAskedFor) {
    JailProcess shell = process(12, "sh -i", "pts/0");
    shell.process.foreground = shell.process.group;
    shell.process.nice = 5;
    shell.jailed_user = 1000;
    const std::vector<JailProcess> processes{process(1, "jinit"), shell};
    using Words = std::vector<std::string>;
    const std::pair<Words, const char*> table[] = {
        {{"-o", "pid,user,args"}, "PID USER COMMAND\n  1 root jinit\n 12 1000 sh -i\n"},
        {{"-opid", "-o", "ppid jid"}, "PID PPID JID\n  1    0   7\n 12   11   7\n"},
        {{"-o", "user=WHO, EVER"}, "WHO, EVER\nroot\n1000\n"},
        {{"-o", "pid=", "-o", "comm="}, " 1 prog\n12 prog\n"},
        {{"-o", "pid=,x"}, ",x\n 1\n12\n"},
        {{"-o", "tt,stat,ni"}, "TT    STAT  NI\n-     SsJ    0\npts/0 SNs+J  5\n"},
        {{"-o", "%cpu,%mem,rss,vsz"}, "%CPU %MEM RSS  VSZ\n 5.6  1.0 400 4000\n 5.6  1.0 400 4000\n"},
        {{"-o", "time,etime,lstart,jail,hostpid,uid,nlwp"},
         "    TIME  ELAPSED STARTED              JAIL HOSTPID  UID NLWP\n"
         "00:00:50 00:15:00 2023-11-14T21:58:20Z web     1001    0    1\n"
         "00:00:50 00:15:00 2023-11-14T21:58:20Z web     1012 1000    1\n"},
        {{"-ax"},
         "PID TT    STAT      TIME COMMAND\n  1 -     SsJ   00:00:50 jinit\n 12 pts/0 SNs+J 00:00:50 sh "
         "-i\n"},
        {{"aux"},
         "USER PID %CPU %MEM  VSZ RSS TT    STAT  STARTED     TIME COMMAND\n"
         "root   1  5.6  1.0 4000 400 -     SsJ   21:58   00:00:50 jinit\n"
         "1000  12  5.6  1.0 4000 400 pts/0 SNs+J 21:58   00:00:50 sh -i\n"},
        {{"lX"},
         " UID PID PPID NI  VSZ RSS STAT  TT        TIME COMMAND\n"
         "1000  12   11  5 4000 400 SNs+J pts/0 00:00:50 sh -i\n"},
        {{"-Xx", "-o", "pid"}, "PID\n  1\n 12\n"},
        {{"-o", "pid", "--json", "-o", "user,pcpu", "-X"},
         "[\n {\n  \"pid\": 12,\n  \"user\": \"1000\",\n  \"pcpu\": 5.6\n }\n]\n"},
    };
    for (const auto& [words, text] : table)
        EXPECT_EQ(shown(processes, words), text) << testing::PrintToString(words);
}

TEST(ListingPs, EscapesWhatAProcessCallsItself) {
    JailProcess hostile = process(1, "\x1b[2J\nfaked\xe2\x80\xae\xff");
    hostile.process.name = "\x1b]0;x\a";
    for (const std::vector<std::string>& words : {std::vector<std::string>{"aux"},
                                                  {"-o", "comm,args,pid"},
                                                  {"-o", "comm,args", "--json"},
                                                  {"-o", "pid=\x1b[2J\n"}}) {
        std::string text = shown({hostile}, words);
        EXPECT_TRUE(std::ranges::all_of(text, [](char c) {
            return c == '\n' || (c >= ' ' && c != 0x7f);
        })) << text;
    }
    EXPECT_EQ(shown({hostile}, {"-o", "args="}), "\\x1b[2J\\x0afaked\\u{202e}\\xff\n");
}

TEST(ListingPs, WithoutOptionsIsTheTableOfJconsole) {
    EXPECT_TRUE(jailcore::parse_ps({}).columns.empty());
    EXPECT_TRUE(jailcore::parse_ps({"--json"}).columns.empty());
    EXPECT_TRUE(jailcore::parse_ps({"--json"}).json);
    EXPECT_EQ(jailcore::parse_ps({"-J", "a,b", "-J8"}).jails, (std::vector<std::string>{"a", "b", "8"}));
}

TEST(ListingPs, RefusesByName) {
    const std::pair<std::vector<std::string>, const char*> table[] = {
        {{"-z"}, "ps: unknown option -z; "},
        {{"auxz"}, "ps: 'auxz': unknown option z; "},
        {{"web2"},
         "ps: 'web2': unknown option e; jconsole ps NAME takes -aAlouwxX of ps(1), and -J JAIL,JAIL"},
        {{"z"}, "ps: 'z': unknown option z; "},
        {{"-a", "-uzx"}, "ps: '-uzx': unknown option -z; "},
        {{"aux", "-z"}, "ps: unknown option -z; "},
        {{"auxo"}, "ps: 'auxo': option o needs a value; "},
        {{"-e"}, "unknown option -e"},
        {{"--forest"}, "unknown option --forest"},
        {{"-o", "pid,nosuch"}, "unknown column: nosuch; they are pid,"},
        {{"-o"}, "option -o needs a value"},
        {{"-o", ","}, "-o needs the names of columns"},
        {{"-a", "x"}, "'x' is no option"},
        {{""}, "'' is no option"},
        {{"-J", ""}, "-J names no jail"},
        {{"-J", " ,"}, "-J names no jail"},
        {{"-\xc3\xa9"}, "unknown option in -\xc3\xa9"},
    };
    for (const auto& [words, message] : table) {
        try {
            jailcore::parse_ps(words);
            FAIL() << message;
        } catch (const jailcore::ListingRefusal& refusal) {
            EXPECT_THAT(refusal.what(), HasSubstr(message));
        }
    }
}

} // namespace
