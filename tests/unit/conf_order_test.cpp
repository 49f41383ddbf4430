// The order of starts and stops.
#include "jailcore/conf/order.hpp"

#include <gtest/gtest.h>
#include <sstream>

namespace {

using Jail = jailcore::JailConfiguration;
using jailcore::conf::Order;

// db; cache; web needs db and cache; shop needs web; a.b, whose parent is a.
std::vector<Jail> configured() {
    std::vector<Jail> jails;
    const std::pair<const char*, std::vector<std::string>> table[] = {
        {"shop", {"web"}}, {"web", {"db", "cache"}}, {"db", {}}, {"cache", {}}, {"a.b", {}}, {"a", {}}};
    for (const auto& [name, needs] : table) {
        Jail& jail = jails.emplace_back();
        jail.name = name;
        if (!needs.empty())
            jail.parameters.push_back({"depend", needs});
    }
    return jails;
}

// "start db; start web (db cache)"
std::string shown(const Order& order) {
    std::string text;
    for (const auto& step : order.steps) {
        text += (text.empty() ? "" : "; ") + step.verb + " " + step.jail;
        for (const std::string& jail : step.after)
            text += (&jail == &step.after.front() ? " (" : " ") + jail;
        text += step.after.empty() ? "" : ")";
    }
    for (const std::string& error : order.errors)
        text += (text.empty() ? "" : "; ") + error;
    return text;
}

std::string ordered(const std::string& line, const std::set<std::string>& running,
                    const std::vector<Jail>& jails = configured()) {
    std::istringstream stream(line);
    std::string verb;
    stream >> verb;
    std::vector<std::string> names;
    for (std::string name; stream >> name;)
        names.push_back(name);
    return shown(jailcore::conf::order_jails(verb, names, jails, running));
}

TEST(ConfOrder, DependenciesFirstAndDependentsLast) {
    const std::set<std::string> none;
    const std::set<std::string> all{"shop", "web", "db", "cache", "a", "a.b"};
    const struct {
        const char* line;
        std::set<std::string> running;
        const char* order;
    } table[] = {
        {"start db", none, "start db"},
        {"start web", none, "start db; start cache; start web (db cache)"},
        {"start web", {"db"}, "start cache; start web (cache)"},
        {"start shop db", {"cache"}, "start db; start web (db); start shop (web)"},
        {"start web db cache", none, "start db; start cache; start web (db cache)"},
        {"start web web", {"db", "cache"}, "start web"},
        // What runs and is named is left to the start itself to refuse, and so is what nobody knows.
        {"start db", {"db"}, "start db"},
        {"start nobody", none, "start nobody"},
        {"start a.b", none, "start a; start a.b (a)"},
        {"start *", {"db", "a"}, "start cache; start web (cache); start shop (web); start a.b"},
        {"start a.*", none, "start a; start a.b (a)"},
        {"start x.*", none, ""},
        {"stop shop", all, "stop shop"},
        {"stop db", all, "stop shop; stop web (shop); stop db (web)"},
        {"stop db", {"db", "shop"}, "stop db"},
        {"stop db cache", {"db", "cache", "web"}, "stop web; stop db (web); stop cache (web)"},
        {"stop db web", {"db", "web"}, "stop web; stop db (web)"},
        {"stop db", none, "stop db"},
        {"stop unconfigured", {"unconfigured"}, "stop unconfigured"},
        {"stop a", all, "stop a.b; stop a (a.b)"},
        {"stop a", {"a", "a.unconfigured"}, "stop a.unconfigured; stop a (a.unconfigured)"},
        {"stop unconfigured",
         {"unconfigured", "unconfigured.b"},
         "stop unconfigured.b; stop unconfigured (unconfigured.b)"},
        {"stop *", {"db", "web", "unconfigured"}, "stop web; stop db (web)"},
        {"restart shop", all, "restart shop"},
        {"restart db", {"db"}, "restart db"},
        {"restart db", {"db", "web"}, "stop web; stop db (web); start db (db)"},
        {"restart db web",
         {"db", "web", "cache"},
         "stop web; stop db (web); start db (db); start web (db web)"},
        {"restart web", {"web"}, "stop web; start db; start cache; start web (db cache web)"},
        // What does not run cannot be restarted, which the step itself says, and nothing is done for it.
        {"restart web", {"db", "cache"}, "restart web"},
        {"restart web", none, "restart web"},
        {"restart shop web",
         {"shop", "db", "cache"},
         "stop shop; restart web (shop); start web; start shop (web shop)"},
        {"restart *",
         {"db"},
         "stop db; start db (db); start cache; start web (db cache); start shop (web); "
         "start a; start a.b (a)"},
    };
    for (const auto& [line, running, order] : table)
        EXPECT_EQ(ordered(line, running), order) << line;
}

TEST(ConfOrder, KillsTheJailsInAJailFirst) {
    EXPECT_EQ(ordered("kill a", {"db", "a", "a.b", "a.b.c"}, {}),
              "kill a.b.c; kill a.b (a.b.c); kill a (a.b)");
    EXPECT_EQ(ordered("kill a a.b", {"a", "a.b"}, {}), "kill a.b; kill a (a.b)");
    EXPECT_EQ(ordered("kill a", {"a", "a.b.c", "a.x.y.z"}, {}),
              "kill a.b.c; kill a.x.y.z; kill a (a.b.c a.x.y.z)");
    EXPECT_EQ(ordered("kill *", {"a"}, {}).substr(0, 26), "refuse *; *: that is no na");
}

TEST(ConfOrder, RefusesWhatIsNoName) {
    std::vector<Jail> jails = configured();
    jails[1].parameters.clear();
    jails[1].parameters.push_back({"depend", {"no name"}}); // web
    jails.emplace_back().name = "no name";
    jails.back().parameters.push_back({"depend", {"db"}});
    const std::string error =
        "no name: that is no name of a jail; a name begins with a letter, a digit or _, and "
        "goes on with these and + - and single dots";
    EXPECT_EQ(ordered("start shop", {}, jails),
              "refuse no name; start web (no name); start shop (web); " + error);
    EXPECT_EQ(ordered("restart web", {"web"}, jails), error);
}

TEST(ConfOrder, FollowsNoEndlessChain) {
    std::vector<Jail> jails;
    std::set<std::string> all;
    for (int i = 0; i < 3000; ++i) {
        jails.emplace_back().name = "j" + std::to_string(i);
        jails.back().parameters.push_back({"depend", {"j" + std::to_string(i + 1)}});
        all.insert(jails.back().name);
    }
    EXPECT_TRUE(ordered("start j0", {}, jails)
                    .ends_with("; j1000: at the end of a chain of more than 1000 dependencies"));
    EXPECT_TRUE(ordered("stop j2999", all, jails)
                    .ends_with("; j1999: at the end of a chain of more than 1000 dependencies"));
}

TEST(ConfOrder, NamesTheJailsOfALoopAndWhatIsNotThere) {
    std::vector<Jail> jails = configured();
    jails[2].parameters.push_back({"depend", {"shop"}}); // db
    jails[3].parameters.push_back({"depend", {"nobody"}});
    const std::string undefined = "cache: depends on undefined jail \"nobody\"";
    EXPECT_EQ(ordered("start db", {"cache"}, jails),
              "refuse web; start shop (web); start db (shop); web: dependency loop: web, db, shop, web");
    EXPECT_EQ(ordered("start shop", {"cache"}, jails),
              "refuse db; start web (db); start shop (web); db: dependency loop: db, shop, web, db");
    EXPECT_EQ(ordered("start a cache", {}, jails), "start a; refuse cache; " + undefined);
    EXPECT_EQ(ordered("start a", {}, jails), "start a");
    // What is stopped would not be started again.
    EXPECT_EQ(ordered("restart cache", {"cache"}, jails), undefined);
    EXPECT_TRUE(
        ordered("restart a stranger", {"a", "stranger"}, jails)
            .starts_with("stranger: it is not in the configuration, so that it could not be started"));
    // Whoever wants it stopped gets it stopped.
    EXPECT_EQ(ordered("stop db", {"db", "web", "shop"}, jails), "stop shop; stop web (shop); stop db (web)");
    jails[4].parameters.push_back({"depend", {"a.b"}});
    EXPECT_EQ(ordered("start a.b", {}, jails), "refuse a.b; a.b: dependency loop: a.b, a.b");
}

// As jail(8): the rest is started all the same, but not what only the refused one needs.
TEST(ConfOrder, RefusesWhatCannotBeStartedAndNoOther) {
    std::vector<Jail> jails = configured();
    jails[1].parameters.clear();
    jails[1].parameters.push_back({"depend", {"db", "nobody"}}); // web
    const std::string error = "; web: depends on undefined jail \"nobody\"";
    EXPECT_EQ(ordered("start shop", {}, jails), "refuse web; start shop (web)" + error);
    EXPECT_EQ(ordered("start web db", {}, jails), "start db; refuse web" + error);
    EXPECT_EQ(ordered("start *", {}, jails),
              "start db; refuse web; start shop (web); start cache; start a; start a.b (a)" + error);
}

} // namespace
