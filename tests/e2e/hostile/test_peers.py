"""Root of a jail at the router's socket, which somebody bound into the jail: it is not the host's root."""

import array
import os
import pathlib
import shutil
import signal
import socket
import subprocess

import pytest

import wireclient
from conftest import client_environment, wait_for
from test_jails import Jail

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="jails with the host's uids are root's")

OLD_KERNEL = {"JCONSOLE_TWIN": ",".join([
    "jrouterd/peer_process:*:ENOPROTOOPT", "jconsole/peer_process:*:ENOPROTOOPT",
    "jrouterd/pidfd_namespace:*:ENOTTY"])}


@pytest.fixture(params=["this kernel", "Linux 6.1"])
def any_router(request, make_router, twin):
    """With what the kernel tells since 6.5 and 6.11, and without."""
    return make_router() if request.param == "this kernel" else make_router(twin, environment=OLD_KERNEL)


@pytest.fixture
def jail_with_socket(any_router, root, folder):
    """The router's folder at /mnt, and its client among the programs."""
    made = []

    def make(**parameters):
        (root / "mnt").mkdir()
        shutil.copy(any_router.prefix.jconsole, root / "bin/jconsole")
        jail = Jail(any_router, root, folder, **parameters)
        jail.start()
        made.append(jail)
        return jail

    yield make
    for jail in made:
        jail.stop()


def bound(router, root):
    return f"{router.folder / 'run'} {root}/mnt nullfs rw 0 0"


def expect_refusal(done, *causes):
    assert (done.returncode, done.stdout) == (255, b""), (done.returncode, done.stdout, done.stderr)
    assert any(cause in done.stderr for cause in causes), done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("namespaces, parameters, causes", [
    (["fs", "ipc", "uts", "cgroup"], {}, [b"you are in the jail of the cgroup /"]),
    (["fs"], {"host.hostname": None}, [b"you are in the jail of the cgroup /"]),
    (["fs", "ipc", "uts", "cgroup", "user"], {"mount.procfs": None}, [b"other pid or user namespaces"]),
    (["fs", "ipc", "pid", "uts", "cgroup"], {}, [b"another pid namespace", b"other pid or user namespaces"]),
])
def test_root_of_a_jail_is_not_root(any_router, root, jail_with_socket, namespaces, parameters, causes):
    jail = jail_with_socket(linux__namespaces=namespaces, mount=[bound(any_router, root)], **parameters)
    for words in (["ls"], ["stop", jail.name], ["pid:1", "--", "id"]):
        expect_refusal(jail.run("jconsole", "--router", "/mnt/socket", *words,
                                environment=client_environment() | OLD_KERNEL), *causes)


def test_nor_is_it_where_the_root_is_the_hosts(any_router, folder):
    jail = Jail(any_router, "/", folder, linux__namespaces=["fs", "ipc", "uts"], mount__devfs=False, mount__procfs=False)
    jail.start()
    done = jail.run(any_router.prefix.jconsole, "--router", any_router.socket, "ls")
    expect_refusal(done, b"you are in the jail of the cgroup /")
    jail.stop()


def unified():
    for line in open("/proc/self/mountinfo"):
        fields = line.split()
        if fields[fields.index("-") + 1] == "cgroup2" and fields[3] == "/":
            return fields[4]
    return None


@pytest.mark.skipif(unified() is None, reason="there is no cgroup version 2 hierarchy")
def test_who_leaves_his_cgroup_is_told_by_his_root(any_router, root, jail_with_socket):
    jail = jail_with_socket(linux__namespaces=["fs", "ipc", "uts"], mount=[
        bound(any_router, root), f"{unified()} {root}/sys nullfs rw 0 0"], linux__pids_max=0)
    done = jail.run("sh", "-c", "echo $$ >/sys/cgroup.procs && cat /proc/self/cgroup >&2 && "
                    "exec jconsole --router /mnt/socket ls")
    assert b"0::/\n" in done.stderr
    assert (done.returncode, done.stdout) == (255, b"")
    assert b"you have another root directory than this router" in done.stderr


def test_a_chroot_on_the_host_is_not_the_host(any_router, root):
    (root / "mnt").mkdir()
    shutil.copy(any_router.prefix.jconsole, root / "bin/jconsole")
    shutil.copytree(any_router.folder / "run", root / "run", dirs_exist_ok=True, ignore=lambda *_: ["socket", "state"])
    subprocess.run(["unshare", "-m", "sh", "-c", f"mount --bind {any_router.folder}/run {root}/mnt && "
                    f"exec chroot {root} jconsole --router /mnt/socket ls 2>{any_router.folder}/said"],
                   env=client_environment() | any_router.environment, timeout=60)
    assert "you have another root directory than this router" in (any_router.folder / "said").read_text()


@pytest.mark.parametrize("closed_in", [
    ["unshare", "--mount"], ["unshare", "--cgroup"], ["unshare", "--mount", "--cgroup", "--net", "--ipc", "--uts"],
    ["setpriv", "--no-new-privs", "--bounding-set=-sys_admin,-sys_ptrace", "--inh-caps=-all"],
    ["unshare", "--mount", "sh", "-c", "mount -t tmpfs x /home && mount --rbind / /mnt && exec \"$@\"", "sh"],
])
def test_who_is_only_closed_in_is_served(any_router, closed_in):
    done = subprocess.run([*closed_in, *any_router.command("ls")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=client_environment() | any_router.environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


# ---- the number of a process that has ended ----------------------------------------------------------------------------


def take_number(wanted):
    """A process of that number, which the kernel gives out after the last one (proc(5), ns_last_pid)."""
    for _ in range(1000):
        pathlib.Path("/proc/sys/kernel/ns_last_pid").write_text(str(wanted - 1))
        pid = os.fork()
        if pid == 0:
            signal.pause()
        if pid == wanted:
            return pid
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    raise AssertionError(f"no process could be {wanted}")


def connect_and_end(path):
    """A connection that was made by a process which has ended: its number, and the socket."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(path))
        socket.send_fds(theirs, [b"x"], [client.fileno()])
        os._exit(0)
    _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    os.waitpid(pid, 0)
    ours.close()
    theirs.close()
    return pid, socket.socket(fileno=fds[0])


def answer_demand(client):
    """What a client of ours does on an old kernel; the rest is for whoever reads on."""
    data, ancillary, _, _ = client.recvmsg(1, socket.CMSG_SPACE(4))
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            with socket.socket(fileno=array.array("i", content)[0]) as proof:
                proof.send(data)
            return b""
    return data


@pytest.mark.parametrize("answers", [True, False])
def test_whoever_has_the_number_of_a_dead_client_lends_it_nothing(any_router, answers):
    # A busy router accepts late; this one is made to.
    os.kill(any_router.pid, signal.SIGSTOP)
    try:
        number, client = connect_and_end(any_router.socket)
        heir = take_number(number)
    finally:
        os.kill(any_router.pid, signal.SIGCONT)
    try:
        with wireclient.Connection(any_router.socket) as connection:
            connection.socket.close()
            connection.socket = client
            client.settimeout(60)
            connection.send(wireclient.hello() + wireclient.control(
                type="open", verb="ls", jail="", terminal=None, user="", directory="", environment=[], command=[],
                arguments=[]))
            if any_router.environment:
                # Without an answer the socket that came with it is closed.
                connection.buffer = answer_demand(client) if answers else client.recv(1).replace(b"?", b"")
            assert [message["type"] for message in connection.messages()] == ["error"]
    finally:
        os.kill(heir, signal.SIGKILL)
        os.waitpid(heir, 0)


def test_a_client_that_proves_nothing_is_told_so(make_router, twin):
    router = make_router(twin, environment=OLD_KERNEL)
    with wireclient.Connection(router.socket) as client:
        client.send(wireclient.hello())
        assert client.socket.recv(1) == b"?"
        [error] = client.messages()
        assert error["cause"] == "your process has not proven that it is the one that connected"
    wait_for(lambda: router.run("ls").returncode == 0, "an answer to one that does")


# ---- the other way round: who poses as the router -----------------------------------------------------------------------


IMPOSTOR = """
import os, signal, socket, sys
signal.alarm(60)
os.setgroups([]); os.setgid(61236); os.setuid(61236)
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
listener.listen()
connection, _ = listener.accept()
print("got", connection.recv(65536), flush=True)
"""
# A /run of its own, where an administrator has opened the router's folder.
OPENED = """
mount --make-rprivate / && mount -t tmpfs -o mode=755 run /run && mkdir /run/jconsole && chmod 777 /run/jconsole
/usr/bin/python3 -c "$1" "$2" & impostor=$!
while ! [ -S "$2" ]; do sleep 0.01; done
shift 2
"$@" -e SECRET=hunter2 web -- true; status=$?
kill $impostor; wait $impostor 2>/dev/null
exit $status
"""


@pytest.mark.parametrize("name", ["root.socket", "socket"])
@pytest.mark.parametrize("words", [[], ["--router", "/run/jconsole/socket"]])
def test_root_tells_nothing_to_who_could_make_a_socket_in_his_folder(prefix, name, words):
    done = subprocess.run(["unshare", "--mount", "sh", "-c", OPENED, "sh", IMPOSTOR, f"/run/jconsole/{name}",
                           prefix.jconsole, *words], env=client_environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    assert done.stdout == b"" and done.returncode == 255
    assert done.stderr.count(b"\n") == 1 and b"can be written by others, who may have put a router there; " in done.stderr


def test_nor_to_another_user_who_listens_where_he_was_sent(prefix, folder):
    place = folder / "open"
    place.mkdir()
    place.chmod(0o1777)
    impostor = subprocess.Popen(["/usr/bin/python3", "-c", IMPOSTOR, place / "socket"], stdout=subprocess.PIPE)
    wait_for((place / "socket").exists, "the impostor")
    done = subprocess.run([prefix.jconsole, "--router", place / "socket", "-e", "SECRET=hunter2", "web", "--", "true"],
                          env=client_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    impostor.kill()
    assert impostor.communicate()[0] in (b"", b"got b''\n")
    assert (done.returncode, done.stdout) == (255, b"")
    assert b"uid 61236 listens there, which is neither you nor root; " in done.stderr
