"""The `run` script itself, as a person, a pipe or cron calls it."""

import os
import pathlib
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]


def run(*arguments, **options):
    return subprocess.run([str(TOP / "run"), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          **{"stdin": subprocess.DEVNULL, **options})


def test_a_verb_that_there_is_not_is_refused():
    done = run("walk")
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ./run demo")
    assert done.stdout == ""


def test_the_demo_takes_a_command_only_after_two_dashes():
    done = run("demo", "hostname")
    assert done.returncode == 2
    assert "./run demo [-- COMMAND...]" in done.stderr


@pytest.mark.parametrize("closed", [[0], [0, 1, 2]])
def test_it_runs_as_cron_would_run_it(closed):
    done = run("help", env={}, cwd="/", stdin=None, preexec_fn=lambda: [os.close(fd) for fd in closed])
    assert done.returncode == 0
    assert ("usage: ./run demo" in done.stdout) == (1 not in closed)


def test_every_package_has_a_reason():
    lines = (TOP / "docs/packages.txt").read_text().splitlines()
    names = [line for line in lines if line and line[0] not in "#["]
    assert len(names) > 20
    assert [line for line in names if " # " not in line or not line.split("# ", 1)[1].strip()] == []


# Two layers beside each other, as ctest --verbose tells of them.
CTEST = """\
1: [ RUN      ] Wire.Passes
1: [       OK ] Wire.Passes (0 ms)
2: [ RUN      ] Start.Dies
1: [ RUN      ] X/Wire.Fails/1
2: last words
1: a.cpp:7: Failure
1: Expected equality of these values:
1:   GetParam()
1:     Which is: 2
1:   1
1: 
1: [  FAILED  ] X/Wire.Fails/1, where GetParam() = 2 (0 ms)
1: [  FAILED  ] 1 test, listed below:
1: [  FAILED  ] X/Wire.Fails/1, where GetParam() = 2
1/3 Test #1: wire .............................***Failed    0.01 sec
2/3 Test #2: start ............................Subprocess aborted***Exception:   0.01 sec
3/3 Test #3: enter ............................***Skipped    0.01 sec
"""
CTEST_FAILURES = """\
failed: X/Wire.Fails/1
    a.cpp:7: Failure
    Expected equality of these values:
      GetParam()
        Which is: 2
      1
    
failed: Start.Dies
    last words
    start: Subprocess aborted Exception
"""


def failures(log):
    return subprocess.run([sys.executable, TOP / "tests/lint/failures.py", log], stdout=subprocess.PIPE, text=True,
                          check=True).stdout


def test_failures_of_unit_tests_are_told_in_full(folder):
    (folder / "log").write_text(CTEST)
    assert failures(folder / "log") == CTEST_FAILURES


def test_failures_of_end_to_end_tests_are_told_in_full(folder):
    (folder / "test_it.py").write_text("""
import pytest
@pytest.fixture
def bad():
    yield
    assert False, "left behind"
def test_ends_badly(bad):
    print("what a router logged")
@pytest.mark.parametrize("n", [5, 6])
def test_fails(n):
    assert list(range(100, 120)) + [n] == list(range(100, 120)) + [5]
""")
    with open(folder / "log", "wb") as log:
        subprocess.run([sys.executable, "-m", "pytest", "-vv", "-rfE", "-p", "no:cacheprovider", "test_it.py"], cwd=folder,
                       stdin=subprocess.DEVNULL, stdout=log)
    told = failures(folder / "log").splitlines()
    assert [line for line in told if not line.startswith(" ")] == ["failed: ERROR at teardown of test_ends_badly",
                                                                    "failed: test_fails[6]"]
    assert "    E       AssertionError: left behind" in told and "    test_it.py:6: AssertionError" in told
    assert ["E", "+", "6,"] in map(str.split, told), told
    assert "what a router logged" not in told
