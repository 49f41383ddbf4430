#include "jailcore/starter/reports.hpp"

#include "jailcore/contract/report.hpp"
#include "jailcore/contract/starter.hpp"
#include "jailcore/starter/output.hpp"
#include "pty/error.hpp"
#include "pty/fdpass.hpp"

#include <cerrno>
#include <poll.h>
#include <string>

namespace jailcore {
namespace {

void report_if_heard(ReportKind kind) {
    Report report;
    report.kind = kind;
    pty::send_message(starter_report, {reinterpret_cast<const char*>(&report), sizeof report}, {});
}

} // namespace

void report_created(const JailRecord& record, int process, int spec) {
    Report report;
    report.kind = ReportKind::created;
    report.pid = record.pid;
    std::string bytes(reinterpret_cast<const char*>(&report), sizeof report);
    bytes.append(reinterpret_cast<const char*>(&record), sizeof record);
    const int fds[] = {process, spec};
    if (!pty::send_message(starter_report, bytes, fds))
        throw pty::StepError(errno, "report to", "the router");
    // Before the first hook runs in it, the jail must be known: a console may be what the hook waits for.
    char answer[max_answer];
    ssize_t size = pty::receive_message(starter_report, answer).size;
    if (size < 1)
        throw StartFailure("the router did not take the jail");
    if (answer[0] == answer_unsaved)
        throw StartFailure("the router cannot keep its record: " +
                           std::string(answer + 1, static_cast<size_t>(size - 1)));
    if (answer[0] == answer_in_use)
        throw StartFailure(
            "a jail of that name or jid was started meanwhile; 'jconsole ls' lists those that run");
}

void report_removed() {
    report_if_heard(ReportKind::removed);
}

void report_ending() {
    report_if_heard(ReportKind::ending);
}

// Nothing is read: what may come before the end of the socket is no answer to wait for.
void expect_router() {
    pollfd router{starter_report, 0, 0};
    if (::poll(&router, 1, 0) != 0)
        throw StartFailure("the router has ended");
}

} // namespace jailcore
