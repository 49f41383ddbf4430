"""An ordinary user: a private router, started on demand, and a jail in a user namespace of one id."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from conftest import PATIENCE, command_of, make_root, ours, wait_for

UID = 61234
pytestmark = [pytest.mark.asan,
              pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")]


class User:
    """A user with a home, and without a terminal, a session manager or an entry in passwd."""

    def __init__(self, prefix, folder):
        self.prefix = prefix
        self.home = folder / "home"
        self.runtime = folder / "runtime"
        self.root = make_root(self.home / "jails/mine") if not self.home.exists() else self.home / "jails/mine"
        self.runtime.mkdir(mode=0o700)
        (self.home / ".config/jconsole").mkdir(parents=True)
        (self.home / ".config/jconsole/jail.conf").write_text(
            f"mine {{ path = {self.root}; host.hostname = mine.jail; mount.devfs; mount.procfs; persist; }}\n")
        self.home.chmod(0o700)
        for path in [self.home, self.runtime, *self.home.rglob("*")]:
            os.chown(path, UID, UID, follow_symlinks=False)

    def environment(self):
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.runtime)}

    def run(self, *words, check=None, environment=None, command=None):
        done = subprocess.run(command or [self.prefix.jconsole, *map(str, words)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, user=UID, group=UID,
                              extra_groups=[], umask=0o022, env=environment or self.environment())
        if check is not None:
            assert done.returncode == check, (done.returncode, done.stdout, done.stderr)
        return done


@pytest.fixture
def user(prefix, folder):
    made = User(prefix, folder)
    yield made
    made.run("stop", "mine")
    for pid in ours():
        if "/jrouterd " in command_of(pid):
            os.kill(pid, 15)


def test_from_nothing_to_a_command_in_a_jail(user):
    assert user.run("start", "mine", check=0).stdout == b"mine: created\n"
    assert user.run("mine", "--", "hostname", check=0).stdout == b"mine.jail\n"
    assert user.run("mine", "--", "id", "-u", check=0).stdout == b"0\n"
    assert user.run("-t", "mine", "--", "tty", check=0).stdout == b"/dev/pts/0\r\n"
    assert "mine" in user.run("ls", "-v", check=0).stdout.decode()
    assert (user.runtime / "jconsole").stat().st_mode & 0o777 == 0o700
    assert user.run("stop", "mine", check=0).stdout == b"mine: removed\n"


def test_what_a_start_hook_mounts_is_there_for_the_hooks_of_the_end(user):
    (user.root / "mnt").mkdir()
    os.chown(user.root / "mnt", UID, UID)
    configuration = user.home / ".config/jconsole/jail.conf"
    configuration.write_text(configuration.read_text().replace("persist;", """persist;
        exec.prestart = "mount -t tmpfs x $path/mnt", "touch $path/mnt/x"; exec.poststop = "umount $path/mnt";"""))
    user.run("start", "mine", check=0)
    assert user.run("mine", "--", "ls", "/mnt", check=0).stdout == b"x\n"
    assert os.listdir(user.root / "mnt") == []
    for pid in ours():
        if "/jrouterd " in command_of(pid):
            os.kill(pid, 9)
    user.run("restart", "mine", check=0)
    done = user.run("stop", "mine", check=0)
    assert done.stdout == b"mine: removed\n" and done.stderr == b""


def test_another_user_has_one_id_only(user):
    user.run("start", "mine", check=0)
    done = user.run("-u", "demo", "mine", "--", "id", check=255)
    assert re.fullmatch(rb"jconsole: mine: [^\n]+\n", done.stderr)


def test_a_group_without_an_id_is_told_apart_from_its_user(user):
    user.run("start", "mine", check=0)
    assert b"the group 5 has no id in the jail's user namespace; this jail has one group only" in \
        user.run("-u", "0:5", "mine", "true", check=255).stderr


def test_without_a_runtime_directory(user):
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(user.home)}
    place = pathlib.Path(f"/tmp/jconsole-{UID}")
    try:
        user.run("start", "mine", check=0, environment=environment)
        assert place.stat().st_mode & 0o777 == 0o700 and place.stat().st_uid == UID
        assert user.run("mine", "--", "hostname", check=0, environment=environment).stdout == b"mine.jail\n"
        user.run("stop", "mine", check=0, environment=environment)
    finally:
        wait_for(lambda: [os.kill(pid, 15) for pid in ours()
                          if "/jrouterd " in command_of(pid)] == [], "the router's end")
        shutil.rmtree(place, ignore_errors=True)


def test_a_router_directory_that_somebody_else_made_is_not_used(user):
    (user.runtime / "jconsole").mkdir(mode=0o755)
    done = user.run("ls", check=255)
    assert re.fullmatch(rb"jconsole: [^\n]+; [^\n]+\n", done.stderr)


def test_the_router_of_another_user_refuses(user, router):
    for path in (router.folder, router.folder / "run"):
        path.chmod(0o755)
    router.socket.chmod(0o666)
    done = user.run("--router", router.socket, "demo", "--", "true", check=255)
    assert re.fullmatch(rb"jconsole: [^\n]+; [^\n]+\n", done.stderr) and str(UID).encode() in done.stderr


def test_where_the_kernel_forbids_user_namespaces_one_line_says_so(user):
    # In a user namespace where no further one may be made; the router is started in there, too.
    limit = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\""
    done = user.run(command=["unshare", "--user", "--map-root-user", "sh", "-c", limit, "sh", user.prefix.jconsole,
                             "start", "-f", user.home / ".config/jconsole/jail.conf", "--router",
                             user.runtime / "none", "mine"])
    assert done.returncode == 255 and done.stderr.count(b"\n") == 1


def test_an_idle_private_router_ends(user):
    user.run("ls", check=0)
    wait_for(lambda: [pid for pid in ours() if "/jrouterd " in command_of(pid)] == [],
             "the router's end")
    user.run("ls", check=0)


@pytest.mark.parametrize("how", ["INT", "TERM", "late"])
def test_what_a_stop_runs_in_the_jail_ends_with_it(user, how):
    """There is no cgroup to tell it by."""
    user.run("start", "mine", check=0)
    word = str(20_000_000 + os.getpid())
    config = user.home / ".config/jconsole/jail.conf"
    stop = f"sh -c 'touch /tmp/begun; sleep {word}; touch /tmp/X'"
    plain = config.read_text()
    config.write_text(plain.replace("persist;", f'persist; exec.stop = "{stop}"; ' + ("exec.timeout = 1;" if how == "late" else "")))
    client = subprocess.Popen([user.prefix.jconsole, "stop", "mine"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, user=UID, group=UID, extra_groups=[], env=user.environment())
    wait_for((user.root / "tmp/begun").exists, "the command")
    if how != "late":
        client.send_signal(getattr(signal, "SIG" + how))
    assert client.wait(PATIENCE) != 0
    wait_for(lambda: not [pid for pid in ours() if word in command_of(pid)], "its end")
    assert user.run("mine", "--", "ls", "/tmp", check=0).stdout == b"begun\n"
    config.write_text(plain)
