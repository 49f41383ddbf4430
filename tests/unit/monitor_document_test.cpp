// docs/protocol.md against the structs and descriptors that the router's programs exchange: every row of its
// tables.
#include "jailcore/contract/enter.hpp"
#include "jailcore/contract/linux/enter_spec.hpp"
#include "jailcore/contract/linux/jinit.hpp"
#include "jailcore/contract/linux/keeper.hpp"
#include "jailcore/contract/linux/record.hpp"
#include "jailcore/contract/record.hpp"
#include "jailcore/contract/report.hpp"
#include "jailcore/contract/starter.hpp"
#include "router/contract/closer.hpp"
#include "router/contract/reader.hpp"
#include "router/wire/link.hpp"
#include "tests/unit/document_tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace {

using document_test::Row;
using document_test::tables;

std::string code(std::string_view text) {
    return "`" + std::string(text) + "`";
}

// The rows without what they say for people.
std::vector<Row> rows_of(const std::string& table, size_t columns) {
    auto rows = tables().at(table).at(0);
    for (Row& row : rows)
        row.resize(columns);
    return rows;
}

// A struct with a base has no offsetof in the standard.
template <class Struct, class Field>
size_t offset_in(const Struct& all, const Field& field) {
    return static_cast<size_t>(reinterpret_cast<const char*>(&field) - reinterpret_cast<const char*>(&all));
}

struct Field {
    std::string name;
    size_t offset;
    size_t size;
};

#define FIELD(type, name)                                                                                    \
    [](const type& whole) {                                                                                  \
        return Field{#name, offset_in(whole, whole.name), sizeof whole.name};                                \
    }

// A field that is not named here leaves a hole.
template <class Struct>
void add(std::vector<Row>& rows, const std::string& name, size_t begin,
         const std::vector<std::function<Field(const Struct&)>>& fields) {
    Struct all;
    for (const auto& field_of : fields) {
        Field field = field_of(all);
        EXPECT_EQ(begin, field.offset) << name << "." << field.name;
        rows.push_back(
            {code(name), code(field.name), std::to_string(field.offset), std::to_string(field.size)});
        begin = field.offset + field.size;
    }
    EXPECT_LT(sizeof(Struct) - begin, alignof(Struct)) << name;
}

TEST(InsideDocument, Messages) {
    std::vector<Row> rows;
    for (const wire::LinkRow& row : wire::link_table) {
        EXPECT_EQ(rows.size() + 1, static_cast<size_t>(row.id)) << row.name;
        std::string phases = row.phases == wire::phase_starting  ? "starting"
                             : row.phases == wire::phase_serving ? "serving"
                                                                 : "starting, serving";
        std::string fds = std::to_string(row.min_fds);
        if (row.max_fds != row.min_fds)
            fds += "–" + std::to_string(row.max_fds);
        rows.push_back({code(row.name), row.sender == wire::Sender::worker ? "worker" : "monitor", phases,
                        std::to_string(row.size), fds});
    }
    EXPECT_EQ(rows, rows_of("message,from", 5));
}

TEST(InsideDocument, Fields) {
    std::vector<Row> all;
    add<wire::LinkOpen>(all, "open", sizeof(wire::LinkHeader),
                        {FIELD(wire::LinkOpen, connection), FIELD(wire::LinkOpen, verb),
                         FIELD(wire::LinkOpen, forced), FIELD(wire::LinkOpen, terminal),
                         FIELD(wire::LinkOpen, size), FIELD(wire::LinkOpen, jail),
                         FIELD(wire::LinkOpen, config)});
    add<wire::LinkAttached>(all, "attached", sizeof(wire::LinkHeader),
                            {FIELD(wire::LinkAttached, connection)});
    add<wire::LinkSignal>(all, "signal", sizeof(wire::LinkHeader), {FIELD(wire::LinkSignal, signal)});
    add<wire::LinkClosed>(all, "closed", sizeof(wire::LinkHeader), {FIELD(wire::LinkClosed, connection)});
    add<wire::LinkConnection>(
        all, "connection", sizeof(wire::LinkHeader),
        {FIELD(wire::LinkConnection, connection), FIELD(wire::LinkConnection, principal)});
    add<wire::LinkOpened>(all, "opened", sizeof(wire::LinkHeader),
                          {FIELD(wire::LinkOpened, session), FIELD(wire::LinkOpened, terminal),
                           FIELD(wire::LinkOpened, token), FIELD(wire::LinkOpened, name),
                           FIELD(wire::LinkOpened, notice)});
    add<wire::LinkRefused>(all, "refused", sizeof(wire::LinkHeader),
                           {FIELD(wire::LinkRefused, code), FIELD(wire::LinkRefused, step),
                            FIELD(wire::LinkRefused, cause), FIELD(wire::LinkRefused, mend)});
    add<wire::LinkAdopt>(all, "adopt", sizeof(wire::LinkHeader),
                         {FIELD(wire::LinkAdopt, token), FIELD(wire::LinkAdopt, name)});
    add<wire::LinkExited>(all, "exited", sizeof(wire::LinkHeader),
                          {FIELD(wire::LinkExited, signalled), FIELD(wire::LinkExited, value),
                           FIELD(wire::LinkExited, reason)});
    add<jailcore::Report>(all, "Report", 0,
                          {FIELD(jailcore::Report, kind), FIELD(jailcore::Report, error),
                           FIELD(jailcore::Report, pid), FIELD(jailcore::Report, exit_code),
                           FIELD(jailcore::Report, step), FIELD(jailcore::Report, cause),
                           FIELD(jailcore::Report, mend)});
    add<jailcore::RecordHead>(all, "RecordHead", 0,
                              {FIELD(jailcore::RecordHead, magic), FIELD(jailcore::RecordHead, version),
                               FIELD(jailcore::RecordHead, needs), FIELD(jailcore::RecordHead, size),
                               FIELD(jailcore::RecordHead, pid), FIELD(jailcore::RecordHead, start_time),
                               FIELD(jailcore::RecordHead, jid), FIELD(jailcore::RecordHead, spare),
                               FIELD(jailcore::RecordHead, name), FIELD(jailcore::RecordHead, cgroup)});
    add<jailcore::JailRecord>(all, "JailRecord", sizeof(jailcore::RecordHead),
                              {FIELD(jailcore::JailRecord, flags), FIELD(jailcore::JailRecord, starter),
                               FIELD(jailcore::JailRecord, starter_start),
                               FIELD(jailcore::JailRecord, created), FIELD(jailcore::JailRecord, system),
                               FIELD(jailcore::JailRecord, hostname), FIELD(jailcore::JailRecord, domainname),
                               FIELD(jailcore::JailRecord, osrelease), FIELD(jailcore::JailRecord, path),
                               FIELD(jailcore::JailRecord, keeper), FIELD(jailcore::JailRecord, reserved),
                               FIELD(jailcore::JailRecord, keeper_start)});
    add<jailcore::LinuxJail>(all, "LinuxJail", 0,
                             {FIELD(jailcore::LinuxJail, pid_namespace),
                              FIELD(jailcore::LinuxJail, namespaces), FIELD(jailcore::LinuxJail, permissions),
                              FIELD(jailcore::LinuxJail, filtered),
                              FIELD(jailcore::LinuxJail, children_max)});
    add<jailcore::SessionRecord>(
        all, "SessionRecord", sizeof(jailcore::RecordHead),
        {FIELD(jailcore::SessionRecord, number), FIELD(jailcore::SessionRecord, terminal),
         FIELD(jailcore::SessionRecord, created), FIELD(jailcore::SessionRecord, owner),
         FIELD(jailcore::SessionRecord, attached), FIELD(jailcore::SessionRecord, rows),
         FIELD(jailcore::SessionRecord, columns), FIELD(jailcore::SessionRecord, output)});
    add<jailcore::StarterRecord>(
        all, "StarterRecord", sizeof(jailcore::RecordHead),
        {FIELD(jailcore::StarterRecord, verb), FIELD(jailcore::StarterRecord, reserved)});
    add<jailcore::EnterSpec>(all, "EnterSpec", sizeof(jailcore::RecordHead),
                             {FIELD(jailcore::EnterSpec, repair), FIELD(jailcore::EnterSpec, allow_host_pty),
                              FIELD(jailcore::EnterSpec, no_new_privs),
                              FIELD(jailcore::EnterSpec, own_user_namespace),
                              FIELD(jailcore::EnterSpec, filter_length),
                              FIELD(jailcore::EnterSpec, bounding_set), FIELD(jailcore::EnterSpec, filter)});
    std::vector<Row> written;
    auto found = tables().at("of,field");
    for (const auto& table : found)
        for (Row row : table) {
            EXPECT_EQ(5U, row.size()) << row[1];
            row.resize(4);
            written.push_back(row);
        }
    EXPECT_EQ(all, written);
}

TEST(InsideDocument, Descriptors) {
    struct {
        const char* program;
        int last;
    } programs[] = {{"jreader", contract::reader_table},
                    {"jstarter", jailcore::starter_table},
                    {"jenter", jailcore::enter_spec},
                    {"jinit", jailcore::jinit_members},
                    {"jkeeper members", jailcore::keeper_events},
                    {"jkeeper log", jailcore::keeper_asker},
                    {"jkeeper mounts", jailcore::keeper_jail},
                    {"jcloser", contract::closer_link}};
    std::vector<Row> rows;
    for (const auto& program : programs)
        for (int fd = 3; fd <= program.last; ++fd)
            rows.push_back({code(program.program), std::to_string(fd)});
    EXPECT_EQ(rows, rows_of("program,descriptor", 2));
    EXPECT_EQ((std::array<int, 6>{0, 1, 2, 4, 5, 6}), jailcore::enter_order);
}

TEST(InsideDocument, Reports) {
    using jailcore::ReportKind;
    std::vector<Row> rows;
    for (auto [kind, name] :
         {std::pair(ReportKind::terminal, "terminal"), std::pair(ReportKind::entered, "entered"),
          std::pair(ReportKind::failed, "failed"), std::pair(ReportKind::created, "created"),
          std::pair(ReportKind::removed, "removed"), std::pair(ReportKind::ending, "ending")})
        rows.push_back({std::to_string(static_cast<unsigned>(kind)), code(name)});
    EXPECT_EQ(rows, rows_of("kind,name", 2));
    std::string followed = tables().at("kind,name").at(0).at(3).at(3);
    for (char answer : {jailcore::answer_taken, jailcore::answer_in_use, jailcore::answer_unsaved})
        EXPECT_NE(std::string::npos, followed.find(code(std::string(1, answer)))) << answer;
}

} // namespace
