"""precompile.py COMPILER... : CMake's launcher of the compiler for FreeBSD (cmake/freebsd/cross.cmake).

`zig c++` links each object that it makes with itself once more, which does not work where that is a precompiled header. So that
alone is made by the compiler below it, with the words that `zig c++` says (-###) that it would give it.
"""

import os
import re
import subprocess
import sys


def main(command: list[str]) -> int:
    if "-emit-pch" not in command:
        os.execv(command[0], command)
    at = command.index("-emit-pch")
    rest = command[: at - 1] + command[at + 1 :]  # and the -Xclang before it: -x c++-header says the same
    shown = subprocess.run([*rest, "-###"], capture_output=True, text=True, check=False)
    compilations = [line for line in shown.stderr.splitlines() if '"-cc1"' in line]
    if shown.returncode != 0 or len(compilations) != 1:
        sys.stderr.write(shown.stderr)
        return 1
    words = [re.sub(r"\\(.)", r"\1", word) for word in re.findall(r'"((?:[^"\\]|\\.)*)"', compilations[0])]
    words[words.index("-o") + 1] = command[command.index("-o") + 1]
    if "-MF" in command:
        words[2:2] = ["-dependency-file", command[command.index("-MF") + 1], "-MT", command[command.index("-MT") + 1]]
    return subprocess.run(words, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
