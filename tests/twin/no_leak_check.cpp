// For the programs built with AddressSanitizer in which its leak check cannot work: it stops the process with
// ptrace(2) from a clone, and lists its threads from /proc. jenter's clone is in the pid namespace of the
// jail once jenter has entered, where it does not find its process, and waits for ever. jworker's sandbox
// neither clones nor opens files; the unit tests look for leaks in what it does.
extern "C" [[gnu::visibility("default")]] const char* __asan_default_options() { // NOLINT
    return "detect_leaks=0";
}
