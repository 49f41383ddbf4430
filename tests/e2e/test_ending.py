"""What becomes of consoles when their jail is stopped, killed or dies, and that they hold nobody up."""

import os
import signal
import subprocess

import pytest

from conftest import PATIENCE, wait_for
from test_attach import finish
from test_jails import jail, jinit_of, listing, make_jail  # noqa: F401

pytestmark = pytest.mark.asan

# Longer than any test: what would wait for it hangs.
NEVER = 1000
DEAF = "trap '' TERM HUP; touch /tmp/deaf; while :; do sleep 1; done"


def console(jail, *command, terminal=False):
    """A client that goes on, whose output and errors are read."""
    client = jail.router.popen("-t" if terminal else "-T", jail.name, "--", *command, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if client.stdout.readline().strip() != b"up":
        raise AssertionError(client.communicate())
    return client


def end_of(client):
    _, errors = client.communicate(timeout=PATIENCE)
    return client.returncode, errors.decode()


def test_the_name_of_a_session_is_never_given_to_another(make_jail):
    jail = make_jail()
    jail.start()
    names = []
    for _ in range(3):
        client = console(jail, "sh", "-c", "echo up; exec cat")
        [row] = listing(jail.router, "sessions")
        names.append(row["session"])
        assert end_of(client) == (0, "")
    assert names == [f"{jail.name}:{place}" for place in (1, 2, 3)]


@pytest.fixture
def idle_shell(make_jail):
    jail = make_jail(stop__timeout=NEVER)
    jail.start()
    child = jail.router.terminal(jail.name)
    child.expect_exact("ready> ")
    yield jail, child
    child.close()


def test_an_idle_shell_holds_no_stop_up_and_is_told_why_it_ends(idle_shell):
    jail, child = idle_shell
    jail.stop()
    child.expect_exact(f"jconsole: {jail.name}: the jail was stopped\r\n")
    assert finish(child)[1] == 128 + signal.SIGHUP


def test_an_idle_shell_holds_no_kill_up(idle_shell):
    jail, child = idle_shell
    jail.router.run("kill", "-t", NEVER, jail.name, check=0)
    child.expect_exact(f"jconsole: {jail.name}: the jail was killed\r\n")
    assert finish(child)[1] == 128 + signal.SIGHUP


def test_nor_does_what_a_shell_has_stopped(idle_shell):
    jail, child = idle_shell
    child.sendline("sh -c 'kill -STOP $$'")
    child.expect_exact("ready> ")
    jail.stop()
    child.expect_exact(f"jconsole: {jail.name}: the jail was stopped\r\n")
    finish(child)


@pytest.mark.parametrize("namespaces", [None, ["fs", "ipc", "uts"]])
def test_a_process_that_was_stopped_holds_no_stop_up(make_jail, namespaces):
    jail = make_jail(stop__timeout=NEVER, exec__start="sh -c 'kill -STOP $$' &", linux__namespaces=namespaces)
    jail.start()
    wait_for(lambda: "T" in [row.split()[0][:1] for row in ps(jail)], "a process that is stopped")
    jail.stop()


def ps(jail):
    return jail.router.run("ps", jail.name, "-o", "stat=", check=0).stdout.decode().splitlines() or ["-"]


@pytest.mark.parametrize("terminal", [False, True])
def test_every_console_says_that_its_jail_was_stopped_and_keeps_its_status(jail, terminal):
    plain = console(jail, "sh", "-c", "echo up; exec sleep 1000", terminal=terminal)
    own = console(jail, "sh", "-c", "trap 'exit 7' TERM HUP; echo up; while :; do sleep 0.1; done", terminal=terminal)
    jail.stop()
    said = f"jconsole: {jail.name}: the jail was stopped\n"
    status, errors = end_of(plain)
    assert status in (128 + signal.SIGTERM, 128 + signal.SIGHUP) and errors == said
    status, errors = end_of(own)
    assert status == 7 and errors.endswith(said)  # a shell may have a word on its own commands before


def test_one_that_minds_no_signal_is_told_as_well(jail):
    client = console(jail, "sh", "-c", f"echo up; {DEAF}")
    wait_for((jail.root / "tmp/deaf").exists, "a program that minds nothing")
    jail.router.run("kill", "-f", "-q", "-t", "1", jail.name, check=0)
    assert end_of(client) == (128 + signal.SIGKILL, f"jconsole: {jail.name}: the jail was killed\n")


def test_a_console_that_exec_stop_ends_is_told(make_jail):
    jail = make_jail(exec__stop="killall -9 sleep")
    jail.start()
    client = console(jail, "sh", "-c", "echo up; exec sleep 1000")
    jail.stop()
    assert end_of(client) == (128 + signal.SIGKILL, f"jconsole: {jail.name}: the jail was stopped\n")


def test_a_console_whose_jail_dies_is_told(jail):
    client = console(jail, "sh", "-c", "echo up; exec sleep 1000")
    os.kill(jinit_of(jail), signal.SIGKILL)
    assert end_of(client) == (128 + signal.SIGKILL, f"jconsole: {jail.name}: the jail has ended\n")
    wait_for(lambda: jail.record() is None, "the end of the jail")


def test_the_last_program_of_a_jail_that_goes_with_it_says_nothing(make_jail):
    jail = make_jail(persist=False, exec__start="sleep 1000 &")
    jail.start()
    done = jail.run("sh", "-c", "killall sleep; exit 3", check=3)
    assert done.stderr == b""
    wait_for(lambda: jail.record() is None, "the end of the jail")


def test_nobody_enters_a_jail_that_ends_but_after_a_kill_that_failed(jail):
    deaf = console(jail, "sh", "-c", f"echo up; {DEAF}")
    wait_for((jail.root / "tmp/deaf").exists, "a program that minds nothing")
    kill = jail.router.popen("kill", "-t", NEVER, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    wait_for(lambda: jail.run("true").returncode == 255, "a refusal")
    assert jail.run("true", check=255).stderr.decode() == (
        f"jconsole: {jail.name}: enter: the jail is being stopped; wait for its end\n")
    kill.terminate()
    kill.communicate(timeout=PATIENCE)
    wait_for(lambda: jail.run("true").returncode == 0, "the end of the kill")
    assert "would not end" in jail.router.run("kill", "-t", "1", jail.name, check=1).stderr.decode()
    jail.run("killall", "-9", "sh")
    assert end_of(deaf) == (128 + signal.SIGKILL, "")
