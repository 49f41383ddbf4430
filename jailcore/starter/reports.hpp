// What a starter tells the router (jailcore/contract/report.hpp).
#pragma once

#include "jailcore/contract/record.hpp"

namespace jailcore {

// A jail is there: `process` as jailcore/process_handle.hpp hands one over, `spec` the memfd of its
// specification. Returns when the router knows it. Throws StartFailure where it does not take it, StepError.
void report_created(const JailRecord& record, int process, int spec);
// Where nobody hears it, the end goes on all the same.
void report_removed();
void report_ending();

// Throws StartFailure where the router has ended, which will then not keep the jail.
void expect_router();

} // namespace jailcore
