// Closes in a copy of a program that works on what a jail wrote: it has its memory, one descriptor to be
// asked and to answer through, and its end. Nothing can be opened, executed, signalled or asked for.
#pragma once

namespace sandbox {

// From here on only read(2) and write(2) of `channel` work, and what needs no descriptor: memory that is not
// executable, and exit_group(2). Not to be undone. Throws pty::StepError.
void enter_computing_sandbox(int channel);

} // namespace sandbox
