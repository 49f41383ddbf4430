#include "jailcore/enter/reports.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/enter/advice.hpp"
#include "jailcore/enter/pipes.hpp"
#include "pty/error.hpp"
#include "pty/escape.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <exception>
#include <string>
#include <string_view>

namespace jailcore {

void send_report(const Report& report, std::span<const int> fds) {
    std::string_view bytes(reinterpret_cast<const char*>(&report), sizeof report);
    if (!pty::send_message(enter_report, bytes, fds))
        throw pty::StepError(errno, "report", "");
}

void report_entered(pid_t pid) {
    Report report;
    report.kind = ReportKind::entered;
    report.pid = pid;
    send_report(report);
}

// What the texts quote may be the jail's: a shell of its passwd, the target of a link.
int report_failure(const EnterFailure& failure) {
    Report report;
    report.kind = ReportKind::failed;
    report.error = failure.error();
    report.exit_code = failure.exit_code();
    pty::set_text(report.step, failure.step());
    pty::set_text(report.cause, pty::escape(failure.cause()));
    pty::set_text(report.mend, failure.mend());
    try {
        send_report(report);
    } catch (const pty::StepError&) {
        std::string line = "jconsole: " + jail_name() + ": " + pty::escape(failure.what()) + "; " +
                           pty::escape(failure.mend()) + "\n";
        if (is_pipe(2))
            kernel::write(2, line.data(), line.size());
    }
    return failure.exit_code();
}

int reporting(const std::function<int()>& work) {
    try {
        return work();
    } catch (const EnterFailure& failure) {
        return report_failure(failure);
    } catch (const pty::StepError& error) {
        if (auto end = end_behind(error))
            return report_failure(*end);
        std::string cause = error.subject().empty() ? "" : error.subject() + ": ";
        return report_failure(
            {error.step(), cause + error.code().message(), "see jrouterd(8)", error.error()});
    } catch (const std::exception& error) {
        return report_failure({"enter", error.what(), "see jrouterd(8)"});
    }
}

} // namespace jailcore
