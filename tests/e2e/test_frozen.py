"""Jails that are frozen, by cgroups of version 1 or 2: what is said of them, and their end."""

import json
import os
import pathlib
import subprocess

import pytest

from conftest import PATIENCE, alive, name_of, wait_for
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
    """A jail with a program in it, frozen. What is thawed ends by itself, long before it would be killed."""
    jail = make_jail(exec__start="sleep 1000 >/dev/null 2>&1 &", stop__timeout=1000)
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


@pytest.fixture
def above(make_jail):
    """The cgroup of all jails, to be frozen; another jail keeps it."""
    make_jail().start()
    switch = UNIFIED / "jconsole/cgroup.freeze"
    if not switch.exists():
        pytest.skip("jails have no cgroup of version 2 here")
    yield switch
    switch.write_text("0")


@pytest.mark.parametrize("verb", ["start", "restart"])
def test_a_start_below_what_is_frozen_says_so(make_jail, above, folder, verb):
    """Before a hook has run in vain."""
    jail = make_jail()
    if verb == "restart":
        jail.start()
    above.write_text("1")
    jail.write(exec__prepare=f"touch {folder}/begun")
    done = jail.verb(verb, check=1)
    mend = f"it is frozen by the cgroup {above.parent}; to thaw it: echo 0 >{above}\n"
    assert done.stderr.decode().endswith(f"{jail.name}: {mend}"), done.stderr
    assert jail.record() is None and not (folder / "begun").exists()
    subprocess.run(["sh", "-c", mend.split("thaw it: ")[1]], check=True)
    jail.start()
    assert jail.sh("echo up") == "up\n"


def test_a_start_whose_cgroup_is_frozen_meanwhile_says_so(make_jail):
    """Its first process is born frozen."""
    jail = make_jail()
    jail.write(exec__prestart=f"sh -c 'echo 1 >{UNIFIED}/jconsole/{jail.name}/cgroup.freeze'")
    if not (UNIFIED / "cgroup.procs").exists():
        pytest.skip("jails have no cgroup of version 2 here")
    done = jail.verb("start", check=1)
    frozen = UNIFIED / "jconsole" / jail.name
    assert done.stderr.decode().endswith(
        f"{jail.name}: it is frozen by the cgroup {frozen}; to thaw it: echo 0 >{frozen}/cgroup.freeze\n"), done.stderr
    assert jail.record() is None and jail.cgroups() == []


@pytest.mark.parametrize("where, hook", [("", "start"), (":start", "prestart")], ids=["inside", "on the host"])
def test_a_command_that_is_frozen_is_told_and_goes_on(make_jail, folder, where, hook):
    jail = make_jail(exec__timeout=PATIENCE // 2, **{f"exec__{hook}": "sh -c 'sleep 1; echo done'"})
    frozen = UNIFIED / "jconsole" / f"{jail.name}{where}"
    start = jail.router.popen("start", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    procs = frozen / "cgroup.procs" if where else frozen / "members/cgroup.procs"
    wait_for(lambda: procs.exists() and "sh" in [name_of(int(pid)) for pid in procs.read_text().split()], "the hook")
    (frozen / "cgroup.freeze").write_text("1")
    said = ""
    while "frozen" not in said:  # what every user of the host can reach is said before it
        said = start.stderr.readline()
        assert said and "timed out" not in said, "nothing was said: " + said
    assert f"is frozen by the cgroup {frozen}; to thaw it: echo 0 >{frozen}/cgroup.freeze\n" in said
    (frozen / "cgroup.freeze").write_text("0")
    assert sorted(start.communicate(timeout=PATIENCE)[0].splitlines()) == ["done", f"{jail.name}: created"]
    assert start.returncode == 0


def test_hooks_of_a_stop_run_below_what_is_frozen(make_jail, above, folder):
    jail = make_jail()
    jail.start()
    above.write_text("1")
    jail.write(exec__prestop=f"touch {folder}/prestop", exec__poststop=f"touch {folder}/poststop")
    jail.verb("stop", check=0)
    assert (folder / "prestop").exists() and (folder / "poststop").exists()
    assert above.read_text() == "1\n"
