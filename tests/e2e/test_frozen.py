"""Jails that are frozen, by cgroups of version 1 or 2: what is said of them, and their end."""

import json
import os
import pathlib
import subprocess

import pytest

from conftest import alive, wait_for
from test_attach import group  # noqa: F401: a fixture
from test_jails import jinit_of, make_jail  # noqa: F401: a fixture

pytestmark = pytest.mark.asan
UNIFIED = pathlib.Path("/sys/fs/cgroup/unified") if os.path.isdir("/sys/fs/cgroup/unified") else pathlib.Path("/sys/fs/cgroup")


class Version2:
    """The jail's own cgroup."""

    def __init__(self, jail):
        self.directory = UNIFIED / "jconsole" / jail.name
        if not self.directory.exists():
            pytest.skip("jails have no cgroup of version 2 here")
        self.thaw = f"echo 0 >{self.directory}/cgroup.freeze"
        (self.directory / "cgroup.freeze").write_text("1")
        wait_for(lambda: "frozen 1" in (self.directory / "cgroup.events").read_text(), "the freeze")

    def end(self):
        pass


class Version1:
    """A cgroup that somebody has put all of the jail into, jinit as well."""

    def __init__(self, jail):
        hierarchy = pathlib.Path("/sys/fs/cgroup/freezer")
        if not os.access(hierarchy / "cgroup.procs", os.W_OK):
            pytest.skip("there is no hierarchy of version 1 that freezes")
        self.above = hierarchy / f"above-{jail.name}"
        self.directory = self.above / "frozen"
        self.directory.mkdir(parents=True)
        jinit = jinit_of(jail)
        for pid in [jinit, *map(int, members_of(jail))]:
            (self.directory / "cgroup.procs").write_text(str(pid))
        self.switch = self.directory
        self.freeze()

    def freeze(self):
        self.thaw = f"echo THAWED >{self.switch}/freezer.state"
        (self.switch / "freezer.state").write_text("FROZEN")
        wait_for(lambda: (self.directory / "freezer.state").read_text() == "FROZEN\n", "the freeze")

    def end(self):
        if self.jail.record():
            self.jail.stop()
        (self.above / "freezer.state").write_text("THAWED")
        (self.directory / "freezer.state").write_text("THAWED")
        wait_for(lambda: not (self.directory / "cgroup.procs").read_text(), "the end of what was frozen")
        self.directory.rmdir()
        self.above.rmdir()


class Version1Above(Version1):
    """The same, frozen by one above it."""

    def freeze(self):
        self.switch = self.above
        super().freeze()


def members_of(jail):
    path = UNIFIED / "jconsole" / jail.name / "members/cgroup.procs"
    return path.read_text().split() if path.exists() else []


@pytest.fixture(params=[Version2, Version1, Version1Above])
def freeze(request, make_jail):
    """A jail with a program in it, frozen."""
    jail = make_jail(exec__start="sleep 1000 >/dev/null 2>&1 &")
    jail.start()
    made = request.param(jail)
    made.jail = jail
    yield made
    made.end()


def expected(freeze):
    where = freeze.thaw.split(">")[1].rsplit("/", 1)[0]
    return f"jconsole: {freeze.jail.name}: enter: it is frozen by its cgroup {where}; to thaw it: {freeze.thaw}\n"


@pytest.mark.parametrize("option", ["-t", "-T"])
def test_a_frozen_jail_is_not_entered(freeze, option):
    done = freeze.jail.router.run(option, freeze.jail.name, "--", "true", check=255)
    assert done.stderr.decode() == expected(freeze)
    subprocess.run(["sh", "-c", freeze.thaw], check=True)
    freeze.jail.run("true", check=0)


def test_check_says_that_it_is_frozen(freeze):
    done = freeze.jail.router.run("check", freeze.jail.name, check=1)
    line = expected(freeze).split(": enter: ")[1]
    assert done.stdout.decode() == f"cgroup: frozen: {line}ptmx: ok\n"
    found = json.loads(freeze.jail.router.run("check", "--json", freeze.jail.name, check=1).stdout)
    assert not found["usable"] and [one["fault"] for one in found["findings"]] == ["frozen"]


@pytest.mark.parametrize("words", [["stop"], ["restart"], ["kill"], ["kill", "-f"], ["kill", "-kft", "1"]], ids=" ".join)
def test_a_frozen_jail_ends(freeze, words):
    jail = freeze.jail
    jinit = jinit_of(jail)
    options = ["-f", jail.config] if words[0] != "kill" else []
    done = jail.router.run(*words, *options, jail.name, check=0)
    assert f"{jail.name}: removed\n" in done.stdout.decode()
    wait_for(lambda: not alive(jinit), "its end")
    if words[0] == "restart":
        jail.run("true", check=0)


def test_exec_stop_runs_in_a_jail_that_was_frozen(freeze):
    jail = freeze.jail
    jail.write(exec__stop="sh -c 'echo stopped >/tmp/said'")
    jail.verb("stop", check=0)
    assert (jail.root / "tmp/said").read_text() == "stopped\n"


def test_a_cgroup_above_the_jails_own_is_not_thawed(make_jail):
    """What it holds may be others'. Its processes die all the same (version 2)."""
    jail, other = make_jail(), make_jail()
    jail.start()
    other.start()
    above = UNIFIED / "jconsole"
    (above / "cgroup.freeze").write_text("1")
    try:
        mend = f"to thaw it: echo 0 >{above}/cgroup.freeze\n"
        assert jail.run("true", check=255).stderr.decode().endswith(mend)
        done = jail.verb("stop", check=0)
        assert done.stderr.decode() == (
            f"{jail.name}: it is frozen by the cgroup {above}, which is not its own; {mend}"
            f"{jail.name}: its processes are killed, and exec.stop is not run\n")
        assert (above / "cgroup.freeze").read_text() == "1\n"
    finally:
        (above / "cgroup.freeze").write_text("0")


def test_a_start_that_fails_ends_what_is_frozen(make_jail, folder):
    """Its rollback is a removal, too."""
    hierarchy = pathlib.Path("/sys/fs/cgroup/freezer")
    if not os.access(hierarchy / "cgroup.procs", os.W_OK):
        pytest.skip("there is no hierarchy of version 1 that freezes")
    made = hierarchy / f"jct{os.getpid()}"
    made.mkdir()
    try:
        freeze = (f"pid=$(cat {UNIFIED}/jconsole/$JNAME/cgroup.procs); echo $pid >{made}/cgroup.procs; "
                  f"echo FROZEN >{made}/freezer.state; exit 1")
        (folder / "freeze").write_text(freeze)
        jail = make_jail(exec__poststart=f"sh {folder}/freeze")
        done = jail.verb("start", check=1)
        assert f"{jail.name}: removed\n" in done.stdout.decode()
        assert not jail.record()
    finally:
        (made / "freezer.state").write_text("THAWED")
        wait_for(lambda: not (made / "cgroup.procs").read_text(), "its end")
        made.rmdir()


def test_a_process_that_is_frozen_is_not_entered(router, name, group):
    """Of a jail that is not ours, in whatever hierarchy."""
    state = {"cgroup.freeze": "1", "freezer.state": "FROZEN"}
    switches = [(group / file, value) for file, value in state.items() if (group / file).exists()]
    if not switches:
        pytest.skip("no hierarchy that freezes")
    switch, value = switches[0]
    switch.write_text(value)
    thawed = "0" if value == "1" else "THAWED"
    try:
        done = router.run(name, "--", "true", check=255)
        assert done.stderr.decode() == (f"jconsole: {name}: enter: it is frozen by its cgroup {group}; "
                                        f"to thaw it: echo {thawed} >{switch}\n")
    finally:
        switch.write_text(thawed)
    router.run(name, "--", "true", check=0)
