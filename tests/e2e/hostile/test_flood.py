"""An ordinary user at the socket of the system's router, which everybody may connect to: nobody has to wait for him.

Nor for root of a jail into which the socket was bound."""

import contextlib
import errno
import os
import pathlib
import signal
import socket
import subprocess
import threading

import pytest

import wireclient
from conftest import PATIENCE, Router, alive, children, client_environment, name_of, wait_for

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
            stdout=self.log, stderr=self.log, env={"PATH": os.environ["PATH"], **self.environment})
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


# ---- what is sent and never read ----------------------------------------------------------------------------------------

# Whoever closes the last descriptor of such a socket waits for an hour, unless he is killed.
LINGER = """
import os, signal, socket, struct, sys
signal.alarm(60)
path, uid, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
listener = socket.create_server(("127.0.0.1", 0))
def slow():
    mine = socket.create_connection(listener.getsockname())
    theirs, _ = listener.accept()
    mine.setblocking(False)
    try:
        while True:
            mine.send(bytes(65536))
    except BlockingIOError:
        pass
    mine.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 3600))
    return mine, theirs
if uid:
    os.setgroups([]); os.setgid(uid); os.setuid(uid)
held = []
for _ in range(count):
    mine, theirs = slow()
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    try:
        socket.send_fds(client, [b"x"], [mine.fileno()])
        print("sent")
        mine.close()
    except PermissionError:
        print("refused")
    held += [mine, theirs, client]
print("done", flush=True)
sys.stdin.read()
for client in held[2::3]:
    client.settimeout(60)
    answer = client.recv(65536)
    print(b"may not use this router" in answer or b"you are in " in answer)
sys.stdout.flush()
os._exit(0)
"""
# Before Linux 6.16 nobody can refuse descriptors.
TAKES_DESCRIPTORS = {"JCONSOLE_TWIN": "jrouterd/refuse_descriptors:*:ENOPROTOOPT"}
kernels = pytest.mark.parametrize("kernel", ["this kernel", "Linux 6.15"])


def linger(router, command, path, uid, count):
    """Connections that each hold such a socket before the router has taken them, as a busy one does late."""
    with stopped(router):
        attack = subprocess.Popen([*command, "/usr/bin/python3", "-c", LINGER, path, str(uid), str(count)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        lines = [attack.stdout.readline() for _ in range(count + 1)]
    assert lines[-1] == b"done\n"
    return attack, lines[:-1]


def closers(router):
    return [pid for pid in children(router.pid) if name_of(pid) == "jcloser" and alive(pid)]


@kernels
def test_what_strangers_send_keeps_nobody_waiting(kernel, request, prefix, folder, rounds):
    old = kernel == "Linux 6.15"
    router = SystemRouter(request.getfixturevalue("twin") if old else prefix, folder,
                          environment=TAKES_DESCRIPTORS if old else {})
    try:
        attack, sent = linger(router, router.inside(), "/run/jconsole/socket", UID, rounds(10))
        if old:
            assert set(sent) == {b"sent\n"}
        assert router.run("ls", check=0).stderr == b""
        # So many that whoever closes them has to be replaced.
        for _ in range(rounds(300)):
            client, error = connect_as(UID, router, "socket")
            client.settimeout(PATIENCE)
            assert error == 0 and b"may not use this router" in client.recv(65536)
            client.close()
        assert router.run("ls", check=0).stderr == b""
        wait_for(lambda: len(closers(router)) <= old, "the end of those that were replaced")
        if old:
            [closer] = closers(router)
            uids = [line for line in open(f"/proc/{closer}/status") if line.startswith("Uid:")]
            assert uids == ["Uid:" + "\t2013265920" * 4 + "\n"]
        answers, _ = attack.communicate(b"", timeout=PATIENCE)
        assert set(answers.split()) == {b"True"}
    finally:
        router.stop()


@kernels
def test_nor_does_what_is_sent_as_it_ends(kernel, request, prefix, folder):
    old = kernel == "Linux 6.15"
    router = SystemRouter(request.getfixturevalue("twin") if old else prefix, folder,
                          environment=TAKES_DESCRIPTORS if old else {})
    try:
        with stopped(router):
            attack = subprocess.Popen([*router.inside(), "/usr/bin/python3", "-c", LINGER, "/run/jconsole/socket",
                                       str(UID), "20"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            while attack.stdout.readline() != b"done\n":
                pass
            os.kill(router.pid, signal.SIGTERM)
        assert router.process.wait(PATIENCE) == 0
    finally:
        attack.kill()
        attack.communicate()
        router.stop()


@kernels
def test_nor_does_what_root_of_a_jail_sends(kernel, request, make_router):
    old = kernel == "Linux 6.15"
    router = make_router(request.getfixturevalue("twin") if old else None,
                         environment=TAKES_DESCRIPTORS if old else {})
    attack, _ = linger(router, ["unshare", "--pid", "--fork", "--kill-child"], str(router.socket), 0, 3)
    assert router.run("ls", check=0).stderr == b""
    answers, _ = attack.communicate(b"", timeout=PATIENCE)
    assert set(answers.split()) == {b"True"}


# The proof that is asked for before Linux 6.5 comes over a socket that is the client's to fill.
PROOF = """
import array, signal, socket, struct, sys
signal.alarm(60)
listener = socket.create_server(("127.0.0.1", 0))
mine = socket.create_connection(listener.getsockname())
theirs, _ = listener.accept()
mine.setblocking(False)
try:
    while True:
        mine.send(bytes(65536))
except BlockingIOError:
    pass
mine.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 3600))
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
_, ancillary, _, _ = client.recvmsg(1, socket.CMSG_SPACE(4))
with socket.socket(fileno=array.array("i", ancillary[0][2])[0]) as proof:
    print("asked", flush=True)
    sys.stdin.readline()
    socket.send_fds(proof, [b"?"], [mine.fileno()])
    mine.close()
print("done", flush=True)
sys.stdin.read()
"""


def test_a_proof_is_read_where_it_is(make_router, twin):
    router = make_router(twin, environment={"JCONSOLE_TWIN": ",".join([
        "jrouterd/peer_process:*:ENOPROTOOPT", "jconsole/peer_process:*:ENOPROTOOPT",
        TAKES_DESCRIPTORS["JCONSOLE_TWIN"]])})
    attack = subprocess.Popen(["/usr/bin/python3", "-c", PROOF, router.socket], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    assert attack.stdout.readline() == b"asked\n"
    with stopped(router):
        attack.stdin.write(b"\n")
        attack.stdin.flush()
        assert attack.stdout.readline() == b"done\n"
    assert router.run("ls", check=0).stderr == b""
    attack.communicate(b"", timeout=PATIENCE)


# Each writes without end, to the connection that they share.
WRITERS = """
import os, socket, sys
os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
print("ready", flush=True)
while True:
    with socket.socket(socket.AF_UNIX) as before, socket.socket(socket.AF_UNIX) as client:
        before.connect("/run/jconsole/socket")
        before.recv(1)  # after this one the router rests for a moment
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
        client.connect("/run/jconsole/socket")
        for _ in range(4):
            if os.fork() == 0:
                try:
                    while True:
                        client.send(bytes(4096), socket.MSG_NOSIGNAL)
                except OSError:
                    os._exit(0)
        for _ in range(4):
            os.wait()
"""


def test_nobody_is_read_for_as_long_as_he_writes(system, rounds):
    flood = subprocess.Popen(system.inside("/usr/bin/python3", "-c", WRITERS, UID), stdout=subprocess.PIPE,
                             start_new_session=True)
    try:
        assert flood.stdout.readline() == b"ready\n"
        for _ in range(rounds(20)):
            assert system.run("ls", check=0).stderr == b""
    finally:
        os.killpg(flood.pid, signal.SIGKILL)
        flood.communicate()


def links(pid):
    return [os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")]


def test_the_pid_file_is_no_lock(system):
    """Whoever may read a file may lock it: the next router starts all the same."""
    wait_for(pathlib.Path(f"{system.run_folder}/jrouterd.pid").exists, "its pid file")
    holder = subprocess.Popen(
        system.inside("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "flock",
                      "/run/jconsole/jrouterd.pid", "sh", "-c", "echo held; read line"), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)
    try:
        inside = ["nsenter", "--mount", "--target", str(holder.pid)]
        # It waits for the lock of the router that is there, and has it when that is killed.
        wait_for(lambda: "jrouterd.pid" in " ".join(links(holder.pid)), "the open pid file")
        system.process.kill()
        system.process.wait()
        assert holder.stdout.readline() == b"held\n"
        done = subprocess.run([*inside, system.prefix.jconsole, "ls"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=client_environment(), timeout=PATIENCE)
        pid_file = pathlib.Path(f"/proc/{holder.pid}/root/run/jconsole/jrouterd.pid")
        assert (done.returncode, done.stderr) == (0, b"")
        assert pid_file.stat().st_mode & 0o777 == 0o644
        os.kill(int(pid_file.read_text()), signal.SIGTERM)
        wait_for(lambda: not pid_file.exists(), "the end of the next router")
    finally:
        holder.communicate(b"\n", timeout=PATIENCE)


# ---- one's own router ---------------------------------------------------------------------------------------------------


def descriptors(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except FileNotFoundError:  # it has ended
        return 0


def worker_of(router):
    """That of the connections which are there; without one it would soon leave."""
    [worker] = wait_for(router.workers, "the worker")
    return worker


def test_silent_connections_wait_outside_the_worker(router):
    own = 32  # more than a worker has for itself
    silent = [wireclient.Connection(router.socket) for _ in range(600)]
    worker = worker_of(router)
    wait_for(lambda: descriptors(router.pid) > 600, "the router has taken them")
    wait_for(lambda: descriptors(worker) >= 256, "the worker has as many as it may")
    assert descriptors(worker) < 256 + own
    # Those that the worker has not got are not forgotten: one that speaks has its turn once others leave.
    answers = []
    late = threading.Thread(target=lambda: answers.append(router.run("ls")))
    late.start()
    for connection in silent:
        connection.socket.close()
    late.join(PATIENCE)
    assert [answer.returncode for answer in answers] == [0]
    wait_for(lambda: descriptors(worker) < own, "the worker has none of theirs")
    wait_for(lambda: descriptors(router.pid) < 256, "those of the router")


def test_those_that_wait_outlive_the_worker(router):
    silent = [wireclient.Connection(router.socket) for _ in range(300)]
    worker = worker_of(router)
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
