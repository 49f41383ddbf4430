"""The `run` script itself, as a person, a pipe or cron calls it."""

import os
import pathlib
import subprocess

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
