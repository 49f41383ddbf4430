"""Clients that vanish, workers and routers that are killed."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess

import pexpect
import pytest

import wireclient
from conftest import PATIENCE, alive, children, command_of, descendants, name_of, wait_for
from test_jails import make_jail  # noqa: F401: a fixture
from test_relay import RawClient


@pytest.mark.asan
@pytest.mark.parametrize("option", ["-t", "-T"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
def test_a_client_that_vanishes_hangs_its_session_up(router, name, namespaces, option, how):
    client = router.popen(option, name, "--", "sleep", "1000", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    wait_for(lambda: namespaces.processes(), "the session")
    client.send_signal(how)
    client.communicate()
    wait_for(lambda: namespaces.processes() == [], "the session's end")
    wait_for(lambda: namespaces.terminals() == [], "the terminal's end")


def test_a_client_that_vanishes_takes_its_session_with_it_though_the_worker_says_nothing(router, name, namespaces):
    client = router.popen("-t", name, "--", "sleep", "1000", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    wait_for(lambda: namespaces.processes(), "the session")
    [worker] = router.workers()
    os.kill(worker, signal.SIGSTOP)
    try:
        client.kill()
        client.communicate()
        wait_for(lambda: namespaces.processes() == [], "the session's end")
    finally:
        os.kill(worker, signal.SIGCONT)


def test_200_clients_vanish_at_once(router, name, namespaces):
    clients = [router.popen(("-t", "-T")[number % 2], name, "--", "sleep", "1000", stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for number in range(200)]
    wait_for(lambda: len(namespaces.processes()) == 200, "200 sessions")
    for client in clients:
        client.kill()
    for client in clients:
        client.communicate()
    wait_for(lambda: namespaces.processes() == [], "the end of 200 sessions")
    wait_for(lambda: namespaces.terminals() == [], "the end of 100 terminals")
    assert router.run(name, "--", "true").returncode == 0
    wait_for(lambda: not [pid for pid in children(router.pid)
                          if name_of(pid) not in ("jworker", "jreader") and command_of(pid) != "jenter wait"],
             "the end of every helper")


def test_a_console_does_without_the_jenter_that_waited_for_it(router, name):
    """One waits after the first console; the next is made whether it lives or not."""
    assert router.run(name, "--", "echo", "one").stdout == b"one\n"
    for signal_number in (signal.SIGKILL, signal.SIGSTOP, None):
        [pid] = wait_for(router.waiting, "the next jenter")
        if signal_number:
            os.kill(pid, signal_number)
        if signal_number == signal.SIGKILL:  # which takes a moment
            wait_for(lambda: not alive(pid), "its end")
        client = router.popen("-t", name, "--", "tty", stdout=subprocess.PIPE)
        if signal_number == signal.SIGSTOP:
            os.kill(pid, signal.SIGCONT)
        assert client.communicate(timeout=PATIENCE)[0] == b"/dev/pts/0\r\n"
        wait_for(lambda: len(router.waiting()) == 1 and router.waiting() != [pid], "one more, and only one")


def test_a_process_number_that_comes_again_is_not_taken_for_the_one_before(router, name):
    """While an attach hangs, each child that ends could be its leader. Here every leader gets a helper's number."""
    last = pathlib.Path("/proc/sys/kernel/ns_last_pid")  # the next process gets the number after that
    if not os.access(last, os.W_OK):
        pytest.skip("this kernel lets nobody choose a process's number")
    assert router.run(name, "--", "true").returncode == 0
    [stopped] = wait_for(router.waiting, "the next jenter")
    os.kill(stopped, signal.SIGSTOP)
    hanging = router.popen(name, "--", "true", stdin=subprocess.DEVNULL)
    try:
        next_one = lambda: [pid for pid in router.waiting() if pid != stopped]  # noqa: E731
        wait_for(lambda: router.run(name, "--", "true").returncode == 0 and next_one(), "a jenter that waits")
        for _ in range(5):
            [helper] = wait_for(next_one, "the next jenter")
            assert router.run(name, "--", "true").returncode == 0
            wait_for(lambda: not os.path.exists(f"/proc/{helper}") and next_one(), "its end, and the next jenter")
            with wireclient.Connection(router.socket) as connection:
                connection.send(wireclient.hello())
                last.write_text(str(helper - 1))
                connection.send(wireclient.opening(name, ["sh", "-c", "sleep 0.1; exit 7"]))
                assert connection.until("exit")[-1][2] == {"type": "exit", "status": 7}
    finally:
        with contextlib.suppress(ProcessLookupError):  # the router ends it after a while
            os.kill(stopped, signal.SIGCONT)
        hanging.communicate()


def test_nothing_is_left_of_what_had_ended_when_its_client_left(make_router, name):
    """More than a client that reads nothing is sent; so the program has ended, and the rest of its output waits."""
    router = make_router(options=["--idle-exit"])
    with wireclient.Connection(router.socket) as connection:
        connection.send(wireclient.hello() + wireclient.opening(name, ["sh", "-c", "echo begun; head -c 100000 /dev/zero"]))
        connection.until("opened")
        wait_for(lambda: not json.loads(router.run("sessions", "--json", check=0).stdout), "the end of the program")
    wait_for(lambda: router.process.poll() is not None, "the end of a router that has nothing to keep")
    assert router.process.returncode == 0


@pytest.mark.asan
def test_sessions_leave_no_descriptor_behind(router, name):
    def some():
        for option in ("-t", "-T"):
            for command in (["true"], ["no-such-program"], ["sh", "-c", "kill -9 $$"]):
                router.run(option, name, "--", *command)

    some()
    before = router.descriptors()
    for _ in range(5):
        some()
    wait_for(lambda: router.descriptors() <= before, "the router's descriptors to be closed")


# So many that the next worker is put off for a while.
DEATHS = 6


def test_a_worker_killed_under_load_costs_nothing(make_router, name, rounds):
    count = 400000
    expected = "".join(f"{n}\n" for n in range(1, count + 1)).encode()
    for _ in range(rounds(4)):
        router = make_router()
        client = RawClient(router, "-t", name, "--", "sh", "-c", f"stty -onlcr; seq 1 {count}")
        got, kills = bytearray(), 0
        while block := client.read():
            got += block
            if kills < DEATHS and len(got) > (kills + 1) * len(expected) // (DEATHS + 2):
                for worker in router.workers():
                    os.kill(worker, signal.SIGKILL)
                    kills += 1
        assert client.end()[0] == 0
        assert kills == DEATHS
        assert bytes(got) == expected


def test_input_survives_the_worker_too(router, name, namespaces):
    lines = b"".join(b"%d\n" % n for n in range(1, 200001))
    size = len(lines) // DEATHS + 1
    pieces = [lines[start:start + size] for start in range(0, len(lines), size)]
    sizes = " ".join(str(len(piece)) for piece in pieces)
    client = RawClient(router, "-t", name, "--", "sh", "-c",
                       f"stty raw -echo; echo up; for size in {sizes}; do head -c $size | md5sum; done")
    client.read_until(b"up")
    for piece in pieces:
        client.write_all(piece)
        expected = subprocess.run(["md5sum"], input=piece, stdout=subprocess.PIPE, check=True).stdout.split()[0]
        assert expected in client.read_until(b"-")
        # What the worker had passed on and answered for is counted; a write that it was killed in is not promised.
        for worker in router.workers():
            os.kill(worker, signal.SIGKILL)
    assert client.end()[0] == 0


def kill_workers(router):
    old = wait_for(router.workers, "a worker")
    for worker in old:
        os.kill(worker, signal.SIGKILL)
    wait_for(lambda: not set(old) & set(router.workers()), "its end")


def test_a_session_survives_any_number_of_its_workers(router, name):
    """However fast they die: the next one comes later then, but it comes."""
    child = router.terminal(name)
    child.expect_exact("ready> ")
    for _ in range(9):
        kill_workers(router)
    child.sendline("echo still he'r'e")
    child.expect_exact("still here")
    child.expect_exact("ready> ")
    child.sendline("exit 3")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3


def test_clients_wait_for_a_worker_that_is_put_off(router, name):
    with contextlib.closing(router.terminal(name)) as child:
        child.expect_exact("ready> ")
        for _ in range(8):
            kill_workers(router)
        clients = [router.popen(name, "--", "echo", "served", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
                   for _ in range(5)]
        assert [client.communicate(timeout=PATIENCE)[0] for client in clients] == [b"served\n"] * 5
        child.sendline("exit 3")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 3


def test_an_idle_session_survives_its_worker(router, name):
    child = router.terminal(name)
    child.expect_exact("ready> ")
    old = wait_for(router.workers, "the worker")
    for worker in old:
        os.kill(worker, signal.SIGKILL)
    wait_for(lambda: router.workers() and router.workers() != old, "another worker")
    child.sendline("echo still he'r'e; tty")
    child.expect_exact("still here")
    child.expect_exact("/dev/pts/0")
    child.expect_exact("ready> ")
    child.sendline("exit 3")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3


def everything(router):
    """Every process of the router that is not inside a jail."""
    mine = os.readlink("/proc/self/ns/pid")
    return [pid for pid in [router.pid, *descendants(router.pid)]
            if alive(pid) and os.readlink(f"/proc/{pid}/ns/pid") == mine]


def test_the_terminal_is_restored_when_every_process_of_the_router_is_killed(router, name, namespaces):
    shell = pexpect.spawn("/bin/sh", env={"PS1": "% ", "TERM": "xterm", "PATH": os.environ["PATH"]}, encoding="utf-8",
                          timeout=PATIENCE)
    shell.delaybeforesend = None
    shell.expect_exact("% ")
    shell.sendline("stty -g")
    shell.expect(r"\n([0-9a-f:]+)\r")
    modes = shell.match.group(1)
    shell.sendline(subprocess.list2cmdline(router.command(name)))
    shell.expect_exact("ready> ")
    for pid in everything(router):
        os.kill(pid, signal.SIGKILL)
    shell.expect(r"jconsole: pid:\d+: [^\n]*\n")
    shell.expect_exact("% ")
    shell.sendline("echo status=$?; stty -g")
    shell.expect(r"status=(\d+)\r\n([0-9a-f:]+)\r")
    assert shell.match.groups() == ("255", modes)
    shell.close()
    wait_for(lambda: namespaces.processes() == [], "the session's end")


@pytest.mark.asan
def test_a_router_that_ends_takes_its_sessions_along(router, name, namespaces):
    client = router.popen("-t", name, "--", "sleep", "1000", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    wait_for(lambda: namespaces.processes(), "the session")
    router.stop()
    _, errors = client.communicate(timeout=PATIENCE)
    assert client.returncode == 255
    assert re.fullmatch(rb"(jconsole: pid:\d+: [^\n]+\n)+", errors)
    wait_for(lambda: namespaces.processes() == [], "the session's end")


@pytest.mark.asan
@pytest.mark.parametrize("what", ["the router", "its worker"])
def test_pipes_are_not_waited_for(router, name, namespaces, what):
    client = router.popen(name, "--", "sh", "-c", "echo here; exec sleep 1000", stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert client.stdout.readline() == b"here\n"
    if what == "the router":
        router.stop()
    else:
        os.kill(*router.workers(), signal.SIGKILL)
    _, errors = client.communicate(timeout=PATIENCE)
    assert client.returncode == 255
    assert errors.decode() == (f"jconsole: {name}: connection: the router closed the connection; "
                               "the session has ended with it\n")
    wait_for(lambda: namespaces.processes() == [], "the session's end")


# ---- starters that have lost their router


@pytest.fixture
def waiting(folder):
    """A hook that tells how often it has run, and goes on when it may."""

    def make(what="hook"):
        script = folder / what
        script.write_text(f"echo begun >>{folder}/{what}.log\nuntil [ -e {folder}/go ]; do sleep 0.05; done\n"
                          f"echo ended >>{folder}/{what}.log\n")
        return f"sh {script}"

    make.log = lambda what="hook": (folder / f"{what}.log").read_text().split() if (folder / f"{what}.log").exists() else []
    make.go = (folder / "go").touch
    return make


def begin_and_lose_the_router(jail, verb, waiting):
    client = jail.router.popen(verb, "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    wait_for(lambda: waiting.log() == ["begun"], "the hook")
    jail.router.process.kill()
    jail.router.process.wait()
    assert client.wait(PATIENCE) == 255
    jail.router.start()


def refusal(done):
    return done.stderr.decode().splitlines()[-1]


@pytest.mark.parametrize("when", ["prestop", "stop"])
def test_a_stop_that_has_lost_its_router_is_waited_for(make_jail, waiting, folder, root, when):
    jail = make_jail()
    jail.start()
    if when == "stop":  # inside
        jail.write(exec__stop="sh -c 'touch /tmp/begun; until [ -e /tmp/go ]; do sleep 0.05; done'",
                   exec__prestop=waiting(), exec__poststop=f"touch {folder}/poststop")
    else:
        jail.write(exec__prestop=waiting(), exec__poststop=f"touch {folder}/poststop")
    begin_and_lose_the_router(jail, "stop", waiting)
    if when == "stop":
        waiting.go()
        wait_for((root / "tmp/begun").exists, "the command in the jail")
    for verb in ("start", "stop", "restart"):
        assert re.search(r"begin: a stop of it is under way; wait for its end, or end process \d+, which does it$",
                         refusal(jail.verb(verb, check=255)))
    assert refusal(jail.run("true", check=255)) == (
        f"jconsole: {jail.name}: enter: the jail is being stopped; wait for its end")
    assert f"{jail.name} " in (listed := jail.router.run("ls", "-v", check=0).stdout.decode()) and "STOPPING" in listed
    waiting.go()
    (root / "tmp/go").touch()
    wait_for(lambda: not jail.record() and (folder / "poststop").exists(), "the end of the stop")
    assert waiting.log() == ["begun", "ended"]
    jail.write()
    wait_for(lambda: jail.verb("start").returncode == 0, "the name to be free")
    assert not list(pathlib.Path(jail.router.socket).parent.glob("state/*.starter"))


def test_a_stop_that_has_lost_its_router_can_be_ended(make_jail, waiting):
    """By a signal, after which the jail goes on, and by the end of the jail."""
    jail = make_jail()
    jail.start()
    jail.write(exec__prestop=waiting())
    begin_and_lose_the_router(jail, "stop", waiting)
    pid = re.search(r"end process (\d+),", refusal(jail.verb("stop", check=255)))[1]
    os.kill(int(pid), signal.SIGTERM)
    wait_for(lambda: jail.run("true").returncode == 0, "its end")
    jail.write(exec__poststop=waiting("after"))
    client = jail.router.popen("stop", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: waiting.log("after") == ["begun"], "the hook")
    jail.router.process.kill()
    jail.router.process.wait()
    client.wait(PATIENCE)
    jail.router.start()
    assert "a stop of it is under way" in refusal(jail.verb("start", check=255))
    jail.router.run("kill", "-f", jail.name, check=0)
    jail.write()
    jail.start()
    waiting.go()
    assert jail.sh("echo up") == "up\n" and waiting.log() == ["begun"] and waiting.log("after") == ["begun"]


def test_a_start_that_has_lost_its_router_is_ended(make_jail, waiting):
    jail = make_jail(exec__prestart=waiting())
    begin_and_lose_the_router(jail, "start", waiting)
    jail.write()
    wait_for(lambda: jail.verb("start").returncode == 0, "the name to be free")
    waiting.go()
    assert jail.sh("echo up") == "up\n" and waiting.log() == ["begun"]


def test_a_restart_that_has_lost_its_router_ends_with_its_stop(make_jail, waiting, folder):
    jail = make_jail()
    jail.start()
    jail.write(exec__prestop=waiting(), exec__prestart=f"touch {folder}/prestart")
    begin_and_lose_the_router(jail, "restart", waiting)
    assert "a restart of it is under way" in refusal(jail.verb("start", check=255))
    waiting.go()
    wait_for(lambda: not jail.record(), "the end of the stop")
    jail.write()
    wait_for(lambda: jail.verb("start").returncode == 0, "the name to be free")
    assert not (folder / "prestart").exists()
