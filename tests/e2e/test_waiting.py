"""A client that has to wait says for what, ends by any signal, and tells apart what is wrong with where it was started."""

import fcntl
import os
import select
import signal
import socket
import subprocess
import time

import pytest

import wireclient
from conftest import PATIENCE, alive, client_environment, wait_for

UID = 61238
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")


# ---- a router that is yet to be started ------------------------------------------------------------------------------------


@pytest.fixture
def place(folder):
    """The folder of a user's router, and the end of that."""
    runtime = folder / "runtime"
    made = runtime / "jconsole"
    for path in (runtime, made):
        path.mkdir(mode=0o700)
        os.chown(path, UID, UID)
    yield made
    pid_file = made / "jrouterd.pid"
    if pid_file.exists():
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not alive(pid), "the end of the router")


def as_user(place, *command):
    return subprocess.Popen([*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            user=UID, group=UID, extra_groups=[],
                            env={**client_environment(), "HOME": "/nonexistent", "XDG_RUNTIME_DIR": str(place.parent)})


def lock_of(place):
    lock = open(place / "socket.lock", "w")
    os.chown(lock.name, UID, UID)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def first_line(client):
    """Of what it says while it waits."""
    assert select.select([client.stderr], [], [], PATIENCE)[0], "nothing was said"
    return client.stderr.readline()


@root_only
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("words", [["ls"], ["-t", "web"]])
def test_a_client_that_waits_for_another_says_so_and_can_be_ended(prefix, place, words, ended_by):
    with lock_of(place):
        client = as_user(place, prefix.jconsole, *words)
        assert first_line(client) == (
            f"jconsole: connect to the router: waiting for another client, which starts it (whoever has {place}/socket.lock"
            " locked); ^C ends the wait\n").encode()
        client.send_signal(ended_by)
        assert client.communicate(timeout=PATIENCE) == (b"", b"") and client.returncode == -ended_by


@root_only
def test_it_goes_on_with_the_router_that_comes_meanwhile(prefix, place):
    with lock_of(place):
        client = as_user(place, prefix.jconsole, "ls")
        assert b"waiting for another client" in first_line(client)
        daemon = as_user(place, prefix.jrouterd, "--daemon", "--socket", place / "socket")
        assert daemon.communicate(timeout=PATIENCE) == (b"", b"")
        assert client.communicate(timeout=PATIENCE)[1] == b"" and client.returncode == 0


# ---- one that does not answer --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["router", "worker"])
def test_a_router_that_is_stopped_is_told(router, who):
    router.run("ls", check=0)
    pid = router.pid if who == "router" else router.workers()[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        first = router.popen("ls", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        second = router.popen("ls", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for client in (first, second):
            assert first_line(client) == (
                "jconsole: connection: there is no answer yet: the router is stopped, frozen or very busy, or what it does takes long (its process: "
                f"{router.socket.parent}/jrouterd.pid); ^C ends the wait\n").encode()
        second.send_signal(signal.SIGINT)
        second.communicate(timeout=PATIENCE)
        assert second.returncode == -signal.SIGINT
    finally:
        os.kill(pid, signal.SIGCONT)
    assert first.communicate(timeout=PATIENCE)[1] == b"" and first.returncode == 0


# ---- what is wrong with where it was started -------------------------------------------------------------------------------


def run(router, script, *words):
    return subprocess.run(["bash", "-c", script, "bash", *router.command(*words)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE,
                          env=client_environment(), cwd=router.folder)


@root_only
def test_two_users_in_one_process_are_named(prefix, router):
    done = run(router, f'exec setpriv --euid {UID} "$@"', "ls")
    assert (done.returncode, done.stderr) == (
        255, f"jconsole: connect: the effective user is uid {UID}, the real one uid 0; become one user: sudo -u, or setpriv "
        "--reuid\n")


def test_a_removed_working_directory_is_named(router):
    done = run(router, 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "start", "-f", "rel.conf", "web")
    assert (done.returncode, done.stderr) == (
        255, "jconsole: rel.conf: the working directory cannot be named: No such file or directory; go to one that is there, "
        "or give an absolute path\n")


@pytest.mark.asan
@pytest.mark.parametrize("limit", range(4, 8))
def test_few_descriptors_are_told_with_the_mend(router, limit):
    done = run(router, f'ulimit -n {limit}; exec "$@"', "ls")
    if done.returncode:
        assert done.returncode == 255 and done.stderr.count("\n") == 1, done
        assert done.stderr.endswith("Too many open files; raise the limit of open files: ulimit -n\n"), done


def test_a_limit_of_the_size_of_files_is_told(router):
    (router.folder / "jail.conf").write_text("web { path = /nowhere; }\n")
    done = run(router, 'ulimit -f 0; "$@" | cat; exit ${PIPESTATUS[0]}', "start", "-f", router.folder / "jail.conf", "web")
    assert (done.returncode, done.stderr) == (
        255, "jconsole: the router's answer: File too large; raise the limit of the size of files: ulimit -f\n")


# ---- requests ------------------------------------------------------------------------------------------------------------


def ask(jail):
    return wireclient.hello() + wireclient.control(
        type="open", verb="console", jail=jail, terminal=None, user="", directory="", environment=[], command=["true"],
        arguments=[])


def test_a_byte_now_and_then_keeps_no_connection(router, rounds):
    if rounds(1) == 1:
        pytest.skip("lasts eleven seconds: with --soak")
    with wireclient.Connection(router.socket) as client:
        client.socket.settimeout(1)
        for byte in ask("x" * 1000)[:60]:
            try:
                client.socket.send(bytes([byte]))
                if b"no request came in time" in client.socket.recv(65536):
                    return
            except socket.timeout:
                time.sleep(0)
    raise AssertionError("it was kept for a minute")
