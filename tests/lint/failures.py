"""What failed in the output of `ctest --verbose` or of pytest, and what was asserted there: failures.py LOG

For each failed test a line `failed: NAME` and, indented, its assertions in full: without the source around them, and
without what the programs logged.
"""

import re
import sys

CTEST = re.compile(r"^(\d+): (.*)$")
CTEST_RESULT = re.compile(r"^ *\d+/\d+ Test +#(\d+): (\S+) \.*(.*\*{3}(?!Skipped).*?):? +[0-9.]+ sec")
GTEST = re.compile(r"^\[ +(RUN|OK|FAILED|SKIPPED) +\] (\S+\.\S+?)(?:, where .*?)?(?: \(\d+ ms\))?$")
PYTEST_SECTION = re.compile(r"^=+ (.*?) =+$")
PYTEST_NAME = re.compile(r"^_{3,} (.*?) _{3,}$")
PYTEST_ASSERTION = re.compile(r"^(E  .*|\S+:\d+: \S.*)$")


def of_ctest(lines):
    """(name, assertions) of each test that said that it failed, and of each that a binary ended in."""
    running, open_tests, found, told = {}, {}, [], set()
    for line in lines:
        if match := CTEST.match(line):
            number, text = match.groups()
            if not (told_by := GTEST.match(text)):
                running.get(number, []).append(text)
            elif told_by[1] == "RUN":
                running[number], open_tests[number] = [], told_by[2]
            elif number in open_tests:
                if told_by[1] == "FAILED":
                    found.append((told_by[2], running[number]))
                    told.add(number)
                del running[number], open_tests[number]
        elif (match := CTEST_RESULT.match(line)) and match[1] not in told:
            number, layer, result = match.groups()
            name = open_tests.get(number, layer)
            found.append((name, [*running.get(number, []), f"{layer}: {result.replace('***', ' ').strip()}"]))
    return found


def of_pytest(lines):
    found, section = [], ""
    for line in lines:
        if match := PYTEST_SECTION.match(line):
            section = match[1]
        elif section in ("FAILURES", "ERRORS"):
            if match := PYTEST_NAME.match(line):
                found.append((match[1], []))
            elif found and PYTEST_ASSERTION.match(line):
                found[-1][1].append(line)
    return found


def main():
    with open(sys.argv[1], errors="replace") as log:
        lines = log.read().splitlines()
    for name, assertions in of_pytest(lines) or of_ctest(lines):
        print(f"failed: {name}")
        for line in assertions:
            print(f"    {line}")


if __name__ == "__main__":
    main()
