// The lines of the screen: order, filter, tree and selection, as tables.
#include "shell/screen/model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using top::Column;
using top::Model;

top::Jail jail(const std::string& name, double cpu = 0, uint64_t memory = 0, uint64_t created = 1) {
    return {name, name + ".host", "active", cpu, memory, static_cast<uint32_t>(name.size()), created};
}

top::Session session(const std::string& of, int number, uint64_t created = 1, bool terminal = true) {
    return {of + ":" + std::to_string(number), of, "sh", "pts/0", terminal, true, created, 24, 80};
}

// The keys of the lines, indented as in the tree.
std::vector<std::string> shown(const Model& model) {
    std::vector<std::string> keys;
    for (const top::Line& line : model.lines())
        keys.push_back(std::string(line.depth, ' ') + line.key());
    return keys;
}

Model some() {
    Model model;
    model.set_snapshot({100,
                        {jail("web", 5, 300, 30), jail("db", 50, 200, 20), jail("mail", 0.5, 100, 10)},
                        {session("db", 1), session("db", 2, 2)}});
    return model;
}

TEST(ScreenModel, SortsByEachColumn) {
    struct Row {
        Column column;
        std::vector<std::string> order;
    };
    const std::vector<Row> rows{
        {Column::hostname, {"db", "mail", "web"}},  {Column::state, {"db", "mail", "web"}}, // equals by name
        {Column::cpu, {"db", "web", "mail"}},       {Column::memory, {"web", "db", "mail"}},
        {Column::processes, {"mail", "web", "db"}}, {Column::sessions, {"db", "mail", "web"}},
        {Column::age, {"web", "db", "mail"}}};
    for (const Row& row : rows) {
        Model model = some();
        model.show_sessions(false);
        EXPECT_THAT(shown(model), ElementsAre("db", "mail", "web"));
        model.sort_by(row.column);
        EXPECT_EQ(shown(model), row.order) << static_cast<int>(row.column);
    }
}

TEST(ScreenModel, SortsTheOtherWayRoundTheSecondTime) {
    Model model = some();
    model.show_sessions(false);
    model.sort_by(Column::name);
    EXPECT_THAT(shown(model), ElementsAre("web", "mail", "db"));
    EXPECT_TRUE(model.descending());
    model.sort_by(Column::cpu);
    model.sort_by(Column::cpu);
    EXPECT_THAT(shown(model), ElementsAre("mail", "web", "db"));
}

TEST(ScreenModel, ShowsSessionsBelowTheirJails) {
    Model model = some();
    EXPECT_THAT(shown(model), ElementsAre("db", " db:1", " db:2", "mail", "web"));
    EXPECT_EQ(model.lines()[0].sessions, 2U);
    model.show_sessions(false);
    EXPECT_THAT(shown(model), ElementsAre("db", "mail", "web"));
}

TEST(ScreenModel, FiltersByNameHostStateAndSession) {
    struct Row {
        const char* filter;
        std::vector<std::string> lines;
    };
    const std::vector<Row> rows{{"", {"db", " db:1", " db:2", "mail", "web"}},
                                {"WE", {"web"}},
                                {"ail.h", {"mail"}},
                                {"db:2", {"db", " db:1", " db:2"}},
                                {"active", {"db", " db:1", " db:2", "mail", "web"}},
                                {"nothing", {}}};
    Model model = some();
    for (const Row& row : rows) {
        model.set_filter(row.filter);
        EXPECT_EQ(shown(model), row.lines) << row.filter;
    }
}

TEST(ScreenModel, IndentsJailsInJails) {
    Model model;
    model.set_snapshot({1, {jail("a.b.c", 9), jail("a.b"), jail("a"), jail("b.c", 5), jail("a.x.y")}, {}});
    EXPECT_THAT(shown(model), ElementsAre("a", " a.b", "  a.b.c", " a.x.y", "b.c"));
    // One is shown for the sake of one within it.
    model.set_filter("b.c");
    EXPECT_THAT(shown(model), ElementsAre("a", " a.b", "  a.b.c", "b.c"));
    model.set_filter("");
    // The order is one among siblings.
    model.sort_by(Column::cpu);
    EXPECT_THAT(shown(model), ElementsAre("b.c", "a", " a.b", "  a.b.c", " a.x.y"));
    model.set_tree(false);
    EXPECT_THAT(shown(model), ElementsAre("a.b.c", "b.c", "a", "a.b", "a.x.y"));
}

TEST(ScreenModel, CountsWhatEndsWithAJail) {
    Model model;
    model.set_snapshot({100, {jail("a"), jail("a.b"), jail("a.b.c"), jail("ab")}, {}});
    model.set_configured({{"ab", {"a.b"}}, {"a", {"nobody"}}, {"stopped", {"a"}}});
    EXPECT_EQ(2U, model.loss_of("a", false).jails);
    EXPECT_EQ(1U + 3U + 5U, model.loss_of("a", false).processes);
    EXPECT_EQ(3U, model.loss_of("a", true).jails);
    EXPECT_EQ(1U + 3U + 5U + 2U, model.loss_of("a", true).processes);
    EXPECT_EQ(0U, model.loss_of("ab", true).jails);
    EXPECT_EQ(2U, model.loss_of("ab", true).processes);
}

TEST(ScreenModel, KeepsTheSelectionOnWhatWasSelected) {
    Model model = some();
    model.select(3);
    EXPECT_EQ(model.selected()->key(), "mail");
    model.sort_by(Column::name);
    EXPECT_EQ(model.selected()->key(), "mail");
    EXPECT_EQ(model.selected_index(), 1U);
    // It has gone: the place stays.
    model.set_snapshot({100, {jail("web"), jail("db")}, {}});
    EXPECT_EQ(model.selected_index(), 1U);
    EXPECT_EQ(model.selected()->key(), "db");
    model.set_snapshot({100, {}, {}});
    EXPECT_EQ(model.selected(), nullptr);
    model.move(1);
    model.set_snapshot({100, {jail("new")}, {}});
    EXPECT_EQ(model.selected()->key(), "new");
}

TEST(ScreenModel, GoesToTheJailOfASessionThatIsNoLongerListed) {
    Model model = some();
    model.select(2);
    EXPECT_EQ(model.selected()->key(), "db:2");
    model.show_sessions(false);
    EXPECT_EQ(model.selected()->key(), "db");
    model.show_sessions(true);
    model.select(2);
    model.set_snapshot({100, {jail("web"), jail("db"), jail("mail")}, {}});
    EXPECT_EQ(model.selected()->key(), "db");
}

TEST(ScreenModel, SortedAnewAtTheTopItStaysAtTheTop) {
    Model model;
    model.set_snapshot({100, {jail("a", 1), jail("b", 2), jail("c", 3)}, {}});
    model.sort_by(Column::cpu);
    EXPECT_EQ(model.selected()->key(), "c");
    model.set_snapshot({100, {jail("a", 1), jail("b", 4), jail("c", 3)}, {}});
    EXPECT_EQ(model.selected()->key(), "c");
}

TEST(ScreenModel, MovesWithinTheList) {
    Model model = some();
    for (const auto& [by, at] : {std::pair<ptrdiff_t, size_t>{-1, 0}, {2, 2}, {100, 4}, {-100, 0}}) {
        model.move(by);
        EXPECT_EQ(model.selected_index(), at) << by;
    }
}

TEST(ScreenModel, PreviewsTheSelectedSessionOrTheNewest) {
    Model model;
    model.set_snapshot(
        {1, {jail("a"), jail("b")}, {session("a", 1, 5), session("a", 2, 7), session("a", 3, 9, false)}});
    EXPECT_EQ(model.previewed()->name, "a:2");
    model.select(1);
    EXPECT_EQ(model.previewed()->name, "a:1");
    model.select(3); // on pipes
    EXPECT_EQ(model.previewed(), nullptr);
    model.select(4);
    EXPECT_EQ(model.selected()->key(), "b");
    EXPECT_EQ(model.previewed(), nullptr);
    EXPECT_EQ(Model().previewed(), nullptr);
}

TEST(ScreenModel, ListsWhatIsConfiguredAndDoesNotRunAndWhatIsEnteredFromOutside) {
    Model model;
    model.set_snapshot({1, {jail("a")}, {session("pid:7", 1)}});
    model.set_configured({{"a", {}}, {"b", {}}});
    EXPECT_THAT(shown(model), ElementsAre("a", "b", "pid:7", " pid:7:1"));
    EXPECT_EQ(model.lines()[1].jail->state, "stopped");
    EXPECT_EQ(model.lines()[2].jail->state, "outside");
    model.set_snapshot({2, {jail("b")}, {}});
    EXPECT_THAT(shown(model), ElementsAre("a", "b"));
    EXPECT_EQ(model.lines()[0].jail->state, "stopped");
    EXPECT_EQ(model.lines()[1].jail->state, "active");
    model.set_configured({});
    EXPECT_THAT(shown(model), ElementsAre("b"));
    model.set_snapshot({});
    EXPECT_THAT(shown(model), IsEmpty());
}

} // namespace
