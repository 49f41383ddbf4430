"""Steps of attach and start, failed and killed in turn by the kernel twin: an answer comes, the router lives on, and nothing
is left behind. With --soak at every step; otherwise some of them stand for their neighbours."""

import collections
import contextlib
import os
import pathlib
import re
import signal
import subprocess

import pytest

from conftest import alive, children, client_environment, command_of, name_of, ours, wait_for
from test_jails import Jail, listing

KILLED = 128 + signal.SIGKILL


# More than the steps in a row at which the death of a process changes nothing, although others come behind them.
ENOUGH = 20


@pytest.fixture
def cut(request):
    def made(process, stride, run):
        """Calls run(plan) for steps of `process`, until there are no more: then its death there has no effect, run gives 0.

        Returns how often each (error, exit status) was seen."""
        soak = request.config.getoption("--soak")
        seen = collections.Counter()
        step = last = 1
        while step < last + ENOUGH:
            if (status := run(f"{process}/*:{step}:KILL")) != 0:
                seen["KILL", status] += 1
                last = step
            if status != 0 or soak:
                seen["EPERM", run(f"{process}/*:{step}:EPERM")] += 1
            step += 1 if soak else stride
        return seen

    return made


# ---- what is left -------------------------------------------------------------------------------------------------------


def waits_for_an_order(pid):
    with contextlib.suppress(OSError):
        return command_of(pid) == "jenter wait" and os.readlink(f"/proc/{pid}/ns/mnt") == os.readlink("/proc/self/ns/mnt")
    return False


def helpers(router):
    """Without the worker, and the one jenter that is there for the next console."""
    found = [pid for pid in children(router.pid) if alive(pid) and name_of(pid) != "jworker"]
    waiting = [pid for pid in found if waits_for_an_order(pid)]
    return [(pid, command_of(pid)) for pid in found if pid not in waiting[:1]]


def state_files(router):
    return os.listdir(router.folder / "run/state")


def mounts_of(root):
    """Mounts at or below `root`, in the mount namespace of any process of the tests'."""
    found = []
    for pid in [os.getpid(), *ours()]:
        try:
            lines = pathlib.Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
        except OSError:
            continue
        found += [line for line in lines if (line.split()[4] + "/").startswith(f"{root}/")]
    return found


# ---- the tests -------------------------------------------------------------------------------------------------------------


# jenter itself, and the process that it forks for the program.
@pytest.mark.parametrize("option", ["-t", "-T"])
@pytest.mark.parametrize("process, outcomes", [("jenter", [("EPERM", 255), ("KILL", 255)]),
                                               ("jenter+", [("EPERM", 255), ("KILL", KILLED)])])
def test_attach(cut, make_router, twin, namespaces, option, process, outcomes):
    def attach(plan):
        router = make_router(twin, environment={"JCONSOLE_TWIN": plan})
        done = router.run(option, namespaces.name, "--", "echo", "here")
        told = (plan, done.returncode, done.stdout, done.stderr)
        if done.returncode == 0:
            assert done.stdout.splitlines()[-1] == b"here", told  # before it perhaps that its home cannot be entered
        elif done.returncode == KILLED:
            # As if it had been killed a moment later, when it was the program.
            assert ("KILL", KILLED) in outcomes and (done.stdout, done.stderr) == (b"", b""), told
        else:
            assert done.returncode in (255, 126) and done.stdout == b"", told
            assert re.fullmatch(rf"jconsole: {namespaces.name}: [^\n]+\r?\n", done.stderr.decode()), told
        wait_for(lambda: helpers(router) == [], f"the end of every helper: {told}")
        wait_for(lambda: namespaces.processes() == [], f"the end of what runs inside: {told}")
        wait_for(lambda: namespaces.terminals() == [], f"the end of the terminal: {told}")
        wait_for(lambda: state_files(router) == [], f"the end of the session's file: {told}")
        assert listing(router, "sessions") == [], told
        assert router.process.poll() is None, told
        router.stop()
        return done.returncode

    seen = cut(process, 4, attach)
    assert all(seen[outcome] > 5 for outcome in outcomes), seen


# jstarter itself, and the process that it forks to become jinit.
@pytest.mark.parametrize("process, outcomes", [("jstarter@start", [("EPERM", 1), ("KILL", KILLED)]),
                                               ("jstarter@start+", [("EPERM", 1), ("KILL", 1)])])
def test_start(cut, make_router, twin, folder, root, process, outcomes):
    folder.chmod(0o700)  # else each start warns of it
    mounted = root / "var/mnt"
    mounted.mkdir()

    def start(plan):
        router = make_router(twin, environment={"JCONSOLE_TWIN": plan})
        jail = Jail(router, root, folder, exec__start="true", exec__poststart="true", mount__fdescfs=True, vnet=True,
                    mount=[f"tmpfs {mounted} tmpfs rw 0 0"])
        done = jail.verb("start")
        told = (plan, done.returncode, done.stdout, done.stderr)
        if done.returncode == 0:
            # A jail like any. Its stop would be cut off by the same plan, so that is left to a router without one.
            assert jail.sh("hostname").strip() == f"{jail.name}.jail", told
            router.stop()
            router.environment = {}
            router.start()
            jail.stop()
        elif done.returncode == 1:
            # Where a hook could not be run: why, and then jail(8)'s own words.
            assert re.fullmatch(rf"({jail.name}: [^\n]+\n){{1,2}}", done.stderr.decode()), told
        else:
            assert ("KILL", done.returncode) in outcomes, told
            # What was at work in the jail for the starter may see the jail end.
            assert re.fullmatch(rf"(jconsole: {jail.name}: enter: [^\n]+\n)?jconsole: {jail.name}: start: [^\n]+\n",
                                done.stderr.decode()), told
        wait_for(lambda: helpers(router) == [], f"the end of every helper, and of the jail: {told}")
        wait_for(lambda: state_files(router) == [], f"the end of the jail's files: {told}")
        wait_for(lambda: jail.cgroups() == [], f"the end of its cgroup: {told}")
        assert jail.record() is None, told
        assert mounts_of(root) == [], told
        assert router.process.poll() is None, told
        router.stop()
        return done.returncode

    seen = cut(process, 7, start)
    assert all(seen[outcome] > 5 for outcome in outcomes), seen


def test_a_stop_removes_what_its_start_could_not(make_router, twin, folder, root):
    router = make_router(twin, environment={"JCONSOLE_TWIN": "jstarter@start/unlinkat:*:EPERM"})
    jail = Jail(router, root, folder, exec__start="true", exec__poststart="true")
    jail.start()
    assert [path.name for path in jail.cgroups()].count(f"{jail.name}:start") == 1
    router.stop()
    router.environment = {}
    router.start()
    jail.stop()
    assert jail.cgroups() == [] and jail.record() is None


def test_the_log_of_a_daemon_is_named(twin, folder, namespaces):
    run = folder / "run"
    run.mkdir(mode=0o700)
    environment = {**client_environment(), "JCONSOLE_TWIN": "jenter/*:2:KILL"}
    subprocess.run([twin.jrouterd, "--daemon", "--socket", run / "socket"], env=environment, check=True)
    done = subprocess.run([twin.jconsole, "--router", run / "socket", namespaces.name, "--", "true"], env=environment,
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    os.kill(int((run / "jrouterd.pid").read_text()), signal.SIGTERM)
    assert done.stderr == (f"jconsole: {namespaces.name}: enter: the helper that enters the jail was killed; "
                           f"try again, and see {run}/state/log\n")
    assert "listening" in (run / "state/log").read_text()
