"""An ordinary user at the socket of the system's router, which everybody may connect to: nobody has to wait for him."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import threading

import pytest

import wireclient
from conftest import PATIENCE, Router, name_of, wait_for

UID = 61236
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the system's router is root's")

# A /run of its own, with the system's router in it.
SYSTEM = 'mount --make-rprivate / && mount -t tmpfs -o mode=755 run /run && exec "$@"'
FLOOD = """
import os, socket, sys
os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
print("ready", flush=True)
while True:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("/run/jconsole/socket")
"""


class SystemRouter(Router):
    """Root's, at its usual place: whoever talks to it has to be in its mount namespace."""

    def start(self):
        self.log = open(self.folder / "router.log", "ab")
        self.process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", SYSTEM, "sh", self.prefix.jrouterd], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, env={"PATH": os.environ["PATH"]})
        self.run_folder = f"/proc/{self.process.pid}/root/run/jconsole"
        wait_for(lambda: self.listens() or self.process.poll() is not None, "the router's socket")
        assert self.process.poll() is None, self.log_text()

    def listens(self):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(f"{self.run_folder}/socket")
            return name_of(self.process.pid) == "jrouterd"
        return False

    def inside(self, *command):
        return ["nsenter", "--mount", "--target", str(self.pid), *map(str, command)]

    def command(self, *words):
        return self.inside(self.prefix.jconsole, *words)


@pytest.fixture
def system(prefix, folder):
    made = SystemRouter(prefix, folder)
    yield made
    made.stop()


def connect_as(uid, router, name):
    """The socket and the errno of a connection that a process of that user has made."""
    client = socket.socket(socket.AF_UNIX)
    client.setblocking(False)
    folder = os.open(router.run_folder, os.O_PATH)  # nobody else may look into /proc/PID/root
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(uid)
    os.seteuid(uid)
    try:
        return client, client.connect_ex(f"/proc/self/fd/{folder}/{name}")
    finally:
        os.close(folder)
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@contextlib.contextmanager
def stopped(router):
    os.kill(router.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(router.pid, signal.SIGCONT)


def fill(router):
    """Connections until the queue of everybody's socket is full."""
    held = []
    while True:
        client, error = connect_as(UID, router, "socket")
        held.append(client)
        if error:
            assert error == errno.EAGAIN
            return held


def test_roots_queue_is_his_own(system):
    with stopped(system):
        held = fill(system)
        assert len(held) > 1000
        ls = system.popen("ls", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # It stands in the other queue, though this one is full.
        wait_for(lambda: any(line.split()[-1].endswith("/root.socket") and line.split()[5] == "02"
                             for line in open("/proc/net/unix") if "/root.socket" in line), "root's client")
    output, error = ls.communicate(timeout=PATIENCE)
    assert (ls.returncode, error) == (0, b""), output
    for client in held[:-1]:
        client.setblocking(True)
        client.settimeout(PATIENCE)
        assert b"may not use this router" in client.recv(65536)
    for client in held:
        client.close()


def test_nobody_else_can_stand_in_it(system):
    client, error = connect_as(UID, system, "root.socket")
    client.close()
    assert error == errno.EACCES
    assert os.stat(f"{system.run_folder}/root.socket").st_mode & 0o777 == 0o600


@pytest.mark.parametrize("gone", ["root.socket", "socket"])
def test_either_will_do(system, gone):
    """A router of an older build has one only."""
    os.rename(f"{system.run_folder}/{gone}", f"{system.run_folder}/away")
    assert system.run("ls").returncode == 0
    assert system.run("--router", "/run/jconsole/socket", "ls").returncode == 0
    os.rename(f"{system.run_folder}/away", f"{system.run_folder}/{gone}")


def test_both_go_with_it(system):
    names = {"socket", "root.socket"}
    folder = os.open(system.run_folder, os.O_PATH)
    assert names < set(os.listdir(f"/proc/self/fd/{folder}"))
    system.stop()
    assert not names & set(os.listdir(f"/proc/self/fd/{folder}"))
    os.close(folder)


def test_sessions_go_on_in_a_flood_and_nothing_grows(system, namespaces, rounds):
    command = [namespaces.name, "--", "sh", "-c", "echo in; exit 3"]
    system.run(*command)
    before = system.descriptors()
    floods = [subprocess.Popen(system.inside("/usr/bin/python3", "-c", FLOOD, UID), stdout=subprocess.PIPE)
              for _ in range(4)]
    try:
        for flood in floods:
            assert flood.stdout.readline() == b"ready\n"
        for _ in range(rounds(20)):
            done = system.run(*command)
            assert (done.returncode, done.stdout, done.stderr) == (3, b"in\n", b"")
        assert [flood.poll() for flood in floods] == [None] * 4
    finally:
        for flood in floods:
            flood.kill()
            flood.communicate()
    wait_for(lambda: system.descriptors() <= before, "the descriptors of before")


# ---- one's own router ---------------------------------------------------------------------------------------------------


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_silent_connections_wait_outside_the_worker(router):
    assert router.run("ls").returncode == 0
    [worker] = router.workers()
    before = descriptors(worker)
    silent = [wireclient.Connection(router.socket) for _ in range(600)]
    wait_for(lambda: descriptors(router.pid) > 600, "the router has taken them")
    wait_for(lambda: descriptors(worker) >= before + 256, "the worker has as many as it may")
    assert descriptors(worker) <= before + 256 + 8
    # Those that the worker has not got are not forgotten: one that speaks has its turn once others leave.
    answers = []
    late = threading.Thread(target=lambda: answers.append(router.run("ls")))
    late.start()
    for connection in silent:
        connection.socket.close()
    late.join(PATIENCE)
    assert [answer.returncode for answer in answers] == [0]
    wait_for(lambda: descriptors(worker) <= before, "the worker's descriptors of before")
    wait_for(lambda: descriptors(router.pid) < 256, "those of the router")


def test_those_that_wait_outlive_the_worker(router):
    assert router.run("ls").returncode == 0
    [worker] = router.workers()
    silent = [wireclient.Connection(router.socket) for _ in range(300)]
    wait_for(lambda: descriptors(worker) >= 256, "the worker has as many as it may")
    with wireclient.Connection(router.socket) as late:
        late.send(wireclient.hello() + wireclient.control(
            type="open", verb="ls", jail="", terminal=None, user="", directory="", environment=[], command=[],
            arguments=[]))
        wait_for(lambda: len([fd for fd in os.listdir(f"/proc/{router.pid}/fd")]) > 300, "the router has taken it")
        os.kill(worker, signal.SIGKILL)
        assert late.messages()[-1]["type"] == "exit"
    for connection in silent:
        connection.socket.close()
