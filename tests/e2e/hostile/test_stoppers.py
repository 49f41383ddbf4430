"""A tenant who holds up what the host begins in his jail: by SIGSTOP for whatever comes, by SIGKILL, by a lease on a file."""

import subprocess
import sys

import pytest

from conftest import wait_for
from test_jails import make_jail  # noqa: F401: a fixture
from test_tracers import with_host_programs

# Some are over before they can be stopped.
SOME = ["true"] * 30
CLOSED = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def loop(number):
    return f'(trap "" TERM HUP; while :; do kill -{number} -1; done) >/dev/null 2>&1'


def begin(jail, script):
    """In the jail, by a client that is stopped, too, and ends with it."""
    holder = jail.router.popen(jail.name, "--", "sh", "-c", f"touch /tmp/begun; {script}", **CLOSED)
    wait_for((jail.root / "tmp/begun").exists, "it")
    return holder


@pytest.fixture
def stopping(make_jail):
    jail = make_jail(exec__stop=SOME, exec__timeout="1", stop__timeout="1")
    jail.start()
    holder = begin(jail, loop("STOP"))
    yield jail
    jail.router.run("kill", "-kf", "-t", "1", jail.name)
    holder.wait()


@pytest.mark.parametrize("verb", ["stop", "restart"])
def test_exec_timeout_counts_from_the_beginning(stopping, verb):
    done = stopping.verb(verb, check=1)
    lines = [stopping.router.typed(f"{stopping.name}: true: timed out{why}; it runs on: 'jconsole kill -f {stopping.name}' ends it\n")
             for why in ("", "; it was stopped from inside the jail")]
    assert done.stderr.decode() in lines
    done = stopping.router.run("kill", "-kf", "-t", "1", stopping.name, check=0)
    assert f"{stopping.name}: removed\n" in done.stdout.decode()


def test_so_it_does_at_a_start(make_jail):
    jail = make_jail(exec__start=[loop("STOP") + " &", *SOME], exec__timeout="1")
    done = jail.verb("start", check=1)
    assert ": timed out" in done.stderr.decode()
    assert f"{jail.name}: removed\n" in done.stdout.decode() and not jail.record()


def test_the_script_of_a_kill_has_its_time(stopping, request):
    if not request.config.getoption("--soak"):
        pytest.skip("a minute and a half")
    kill = stopping.router.popen("kill", "-f", "-t", "1", stopping.name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
    output, errors = kill.communicate(timeout=150)
    assert kill.returncode == 0 and f"{stopping.name}: removed\n" in output.decode(), errors
    assert b"has not ended within 90 seconds; the kill goes on without it" in errors


@pytest.mark.parametrize("option", ["-t", "-T"])
def test_an_attach_says_that_it_was_stopped(stopping, option):
    for _ in SOME:
        done = stopping.router.run(option, stopping.name, "--", "/no/program", stdin=subprocess.DEVNULL)
        if done.returncode != 127:
            break
    assert done.returncode == 255
    # While it waits it is told that there is no answer yet.
    assert done.stderr.decode().splitlines(keepends=True)[-1] == stopping.router.typed(
        f"jconsole: {stopping.name}: enter: what was to enter it was stopped by a process in it; "
        f"'jconsole kill -kf {stopping.name}' ends all that is in it\n")


def test_a_check_is_not_held_up(stopping):
    """It has no process among the jail's."""
    stopping.router.run("check", stopping.name, check=0)


def test_what_is_killed_inside_leaves_the_jail_up(make_jail):
    """As with jail(8): what exec.stop executes is the jail's. The line says what ends it."""
    jail = make_jail(exec__stop="sleep 1000", stop__timeout="1")
    jail.start()
    holder = begin(jail, loop("KILL"))
    try:
        done = jail.verb("stop", check=1)
        assert done.stderr.decode() == jail.router.typed(
            f"{jail.name}: sleep 1000: exited on signal 9; it runs on: "
            f"'jconsole kill -f {jail.name}' ends it\n")
        done = jail.router.run("kill", "-f", "-t", "1", jail.name, check=0)
        assert f"{jail.name}: removed\n" in done.stdout.decode()
    finally:
        holder.kill()
        holder.wait()


def test_a_command_that_fails_leaves_it_up_too(make_jail):
    jail = make_jail(exec__stop="false")
    jail.start()
    done = jail.verb("stop", check=1)
    assert done.stderr.decode() == jail.router.typed(f"{jail.name}: false: failed; it runs on: 'jconsole kill -f {jail.name}' ends it\n")
    jail.run("true", check=0)


LEASES = """
import fcntl, os, signal, time
for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGIO):
    signal.signal(number, signal.SIG_IGN)
log = os.open("/log", os.O_RDONLY)
fcntl.fcntl(log, fcntl.F_SETLEASE, fcntl.F_RDLCK)
open("/tmp/leased", "w").close()
while KEEPS or fcntl.fcntl(log, fcntl.F_GETLEASE) == fcntl.F_RDLCK:
    time.sleep(0.01)
"""


@pytest.fixture
def lease(make_jail, root):
    """A jail that has one on its console log; it gives it up when it is asked to, or not."""
    holders = []

    def make(keeps):
        jail = make_jail(exec__consolelog=f"{root}/log", exec__stop="echo said", stop__timeout="1",
                         mount=[with_host_programs(root)])
        jail.start()
        (root / "log").touch()
        script = LEASES.replace("KEEPS", str(keeps))
        holders.append((jail, jail.router.popen(jail.name, "--", sys.executable, "-c", script, **CLOSED)))
        wait_for((root / "tmp/leased").exists, "the lease")
        return jail

    yield make
    for jail, holder in holders:
        jail.router.run("kill", "-kf", "-t", "1", jail.name)
        holder.wait()


def test_a_lease_on_the_console_log_holds_nothing_up(lease, root):
    jail = lease(keeps=True)
    done = jail.verb("stop", check=1)
    assert done.stderr.decode() == jail.router.typed(
        f"{jail.name}: exec.consolelog: somebody holds a lease on {root}/log; /proc/locks names him; "
        f"it runs on: 'jconsole kill -f {jail.name}' ends it\n")


def test_whoever_gives_it_up_is_waited_for(lease, root):
    lease(keeps=False).stop()
    assert (root / "log").read_text() == "said\n"
