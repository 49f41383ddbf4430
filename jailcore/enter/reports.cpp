#include "jailcore/enter/reports.hpp"

#include "jailcore/contract/enter.hpp"
#include "jailcore/enter/advice.hpp"
#include "jailcore/enter/pipes.hpp"
#include "pty/error.hpp"
#include "pty/escape.hpp"
#include "pty/fdpass.hpp"
#include "pty/kernel.hpp"

#include <cerrno>
#include <string>
#include <string_view>

namespace jailcore {

void send_report(const Report& report, std::span<const int> fds) {
    std::string_view bytes(reinterpret_cast<const char*>(&report), sizeof report);
    if (!pty::send_message(enter_report, bytes, fds))
        throw pty::StepError(errno, "report", "");
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

} // namespace jailcore
