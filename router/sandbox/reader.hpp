// What the reader gives up before it looks at anything that somebody else wrote.
#pragma once

namespace sandbox {

// What a reader goes on doing in its sandbox.
enum class Reading {
    once, // one listing, within a bounded time
    live, // one each time that a snapshot comes in over the socket it was started with
};

// From here on this process can open and read files, write to what it has open, and end. It can open nothing
// for writing, make no socket, run no program, start no process, and touch no other process. It takes no more
// than a bounded amount of memory and of time, whatever it reads. Throws StepError.
void enter_reader_sandbox(Reading reading = Reading::once);

// For a live reader: what it does from now to end_round() takes no longer than a reader that reads once may.
void begin_round();
void end_round();

} // namespace sandbox
