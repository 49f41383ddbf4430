"""link.py MISSING COMMAND...: links a program for FreeBSD as far as that goes, for CMake (CMAKE_CXX_LINKER_LAUNCHER).

MISSING is missing.txt: the functions that have no FreeBSD half yet, and the libraries that are there as headers only. A
program that lacks nothing else counts as linked; what it lacks is written beside it, PROGRAM.lacks. Without a command:
MISSING and the folder of the build; says of which names on the list nothing is lacking any more.
"""

import pathlib
import re
import subprocess
import sys

ERROR = re.compile(r"^(?:ld\.lld: )?error: ", re.MULTILINE)
UNDEFINED = re.compile(r"^ld\.lld: error: undefined symbol: (.*)", re.MULTILINE)


def listed(path):
    """(patterns of the libraries' names, names that Debian's libraries define, names of functions)."""
    sections = {"patterns": [], "libraries": [], "functions": []}
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith("["):
            section = sections[line.strip("[]")]
        elif line and not line.startswith("#"):
            section.append(line)
    defined = {name for library in sections["libraries"] for name in names_of(library)}
    return [re.compile(pattern) for pattern in sections["patterns"]], defined, set(sections["functions"])


def names_of(library):
    path = subprocess.run(["cc", f"-print-file-name={library}"], capture_output=True, text=True, check=True).stdout.strip()
    table = subprocess.run(["nm", "--dynamic", "--defined-only", "--format=posix", path],
                           capture_output=True, text=True, check=True).stdout
    return [line.split()[0].partition("@")[0] for line in table.splitlines()]


def link(missing, command):
    patterns, defined, functions = listed(missing)
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    output = pathlib.Path(command[command.index("-o") + 1])
    undefined = UNDEFINED.findall(result.stderr)
    if result.returncode != 0 and (not undefined or len(undefined) != len(ERROR.findall(result.stderr))):
        sys.stderr.write(result.stderr)
        return 1
    lacks = {name for name in undefined if not any(pattern.match(name) for pattern in patterns)} - defined
    unexpected = sorted(lacks - functions)
    for name in unexpected:
        where = result.stderr.partition(f"undefined symbol: {name}\n")[2].split("\n\n")[0]
        print(f"{output.name}: nothing on FreeBSD defines {name}\n{where}", file=sys.stderr)
    output.with_name(output.name + ".lacks").write_text("".join(name + "\n" for name in sorted(lacks)))
    if not unexpected:
        output.touch()
    return 1 if unexpected else 0


def compare(missing, folder):
    _, _, functions = listed(missing)
    found = list(pathlib.Path(folder).rglob("*.lacks"))
    lacks = {name for path in found for name in path.read_text().splitlines()}
    for name in sorted(functions - lacks):
        print(f"{missing}: {name} is lacking no more: take it off the list", file=sys.stderr)
    for name in sorted(lacks - functions):
        print(f"{missing}: {name} is lacking", file=sys.stderr)
    print(f"{len(found)} programs, {len(lacks)} functions without a FreeBSD half")
    return 0 if found and functions == lacks else 1


if __name__ == "__main__":
    sys.exit(link(sys.argv[1], sys.argv[2:]) if len(sys.argv) > 3 else compare(*sys.argv[1:]))
