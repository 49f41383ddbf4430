"""What the processes of a jail hold, looked at from the host: no inode that its configuration does not give it.

Whoever can reach an inode and is its owner can change its mode, and root in a jail reaches whatever a process in it holds:
by /proc/PID/{fd,cwd,root,exe,map_files}, by mounts, by pidfd_getfd.
"""

import contextlib
import errno
import os
import pathlib
import re
import signal
import stat
import subprocess
import threading

import pytest

from conftest import PATIENCE, alive, children, name_of, ours, stat_fields, wait_for
from test_jails import Jail
from test_rootless import User

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root sees all that a process holds")

# /dev of an ordinary user's jail: nobody but root can make nodes, and they are not the user's to change.
NODES = {"/null", "/zero", "/full", "/random", "/urandom", "/tty"}


class Mount:
    def __init__(self, line):
        fields = line.split()
        self.id, self.root, self.point = fields[0], fields[3], fields[4]
        major, minor = map(int, fields[2].split(":"))
        self.device = os.makedev(major, minor)
        self.type = fields[fields.index("-") + 1]

    def __repr__(self):
        return f"{self.type} {self.root} on {self.point}"


@contextlib.contextmanager
def while_it_lives(pid):
    """A process may end, and close what it has, while it is looked at: then it has no mounts, which is EINVAL."""
    try:
        yield
    except OSError as error:
        assert error.errno in (errno.ENOENT, errno.ESRCH, errno.EINVAL), (name_of(pid), error)


def mounts(pid):
    return [Mount(line) for line in open(f"/proc/{pid}/mountinfo")]


def files_below(root):
    """(device, inode) of everything there."""
    found = set()
    for path, folders, files in os.walk(root):
        for name in [".", *folders, *files]:
            with contextlib.suppress(OSError):
                status = os.lstat(os.path.join(path, name))
                found.add((status.st_dev, status.st_ino))
    return found


class Judge:
    """Says what of a jail's processes is the host's."""

    def __init__(self, root, given=()):
        self.files = files_below(root)
        self.root_device = os.stat(root).st_dev
        self.host = {mount.device for mount in mounts("self")}
        self.given = set(given)  # types of filesystems that the configuration mounts
        self.found = []

    def judge_mounts(self, pid):
        for mount in mounts(pid):
            own = mount.device not in self.host
            is_root = mount.point == "/" and mount.device == self.root_device
            node = mount.type == "devtmpfs" and mount.root in NODES or mount.type == "tmpfs" and mount.root in NODES
            if not own and not is_root and mount.type not in self.given and not ("nodes" in self.given and node):
                self.found.append(f"{name_of(pid)} has mounted: {mount}")

    def judge_file(self, pid, what, status, path):
        kind = stat.S_IFMT(status.st_mode)
        if kind in (stat.S_IFSOCK, stat.S_IFIFO) and re.match(r"(pipe|socket):\[", path):
            return
        if path.startswith("anon_inode:"):
            return
        # Neither lies on a device that anybody mounts.
        if what != "exe" and re.match(r"/memfd:|\w+:\[\d+\]$", path):
            self.found.append(f"{name_of(pid)} has {what}: {path}")
        if status.st_dev in self.host and (status.st_dev, status.st_ino) not in self.files:
            if "nodes" in self.given and stat.S_ISCHR(status.st_mode) and f"/{os.path.basename(path)}" in NODES:
                return
            self.found.append(f"{name_of(pid)} has {what}: {path} {oct(status.st_mode)}")

    def judge_process(self, pid):
        with while_it_lives(pid):
            self.judge_mounts(pid)
        links = ["cwd", "root", "exe"]
        for folder in ("fd", "map_files"):
            with while_it_lives(pid):
                links += [f"{folder}/{name}" for name in os.listdir(f"/proc/{pid}/{folder}")]
        for link in links:
            with while_it_lives(pid):
                path = os.readlink(f"/proc/{pid}/{link}")
                self.judge_file(pid, link, os.stat(f"/proc/{pid}/{link}"), path)
        with while_it_lives(pid):
            self.judge_program(os.open(f"/proc/{pid}/exe", os.O_PATH))

    def judge_program(self, program):
        """That of ours is one that even the host's root cannot change."""
        held = f"/proc/self/fd/{program}"
        if os.readlink(held).rsplit("/")[-1] in ("jinit", "jenter"):
            with pytest.raises(OSError, match="Read-only"):
                os.chmod(held, 0o755)
        os.close(program)



def space_of(pid):
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/{pid}/ns/pid")
    return None


def jinit_of(router):
    return wait_for(lambda: [pid for pid in children(router.pid) if name_of(pid) == "jinit"], "jinit")[0]


def inside(router):
    """The processes of the one jail there is, jinit first."""
    space = space_of(jinit_of(router))
    return [pid for pid in ours() if space_of(pid) == space and alive(pid)]


def judged(judge, router, least):
    """Looks at a jail with so many processes besides jinit."""
    processes = wait_for(lambda: len(found := inside(router)) > least and found, "the processes of the jail")
    for pid in processes:
        judge.judge_process(pid)
    assert judge.found == []


# Waits in the jail until the test has looked, and leaves a daemon with all that it was given.
def waiting(name):
    return f"sleep 1000 & touch /tmp/{name}; while [ ! -e /tmp/{name}.go ]; do sleep 0.02; done"


class Hooks:
    def __init__(self, root):
        self.root = root

    def reached(self, name):
        wait_for((self.root / "tmp" / name).exists, name)

    def go_on(self, name):
        (self.root / "tmp" / f"{name}.go").touch()


def starts(jail, verb, *words):
    return jail.router.popen(verb, "-f", jail.config, *words, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)


@pytest.mark.parametrize("log", [None, "host", "jail"])
@pytest.mark.parametrize("space", [[], ["fs", "pid", "uts", "ipc", "cgroup", "user"]], ids=["", "user"])
def test_at_start_in_hooks_and_at_stop(router, root, folder, log, space):
    path = {None: None, "host": folder / "log", "jail": root / "var/log"}[log]
    jail = Jail(router, root, folder, exec__start=waiting("start"), command=waiting("command"), exec__stop=waiting("stop"),
                exec__consolelog=path, **({"linux.namespaces": space} if space else {}))
    hooks, running = Hooks(root), None
    try:
        running = starts(jail, "start")
        for name in ("start", "command"):
            hooks.reached(name)
            judged(Judge(root), router, 2)
            hooks.go_on(name)
        assert running.wait(PATIENCE) == 0
        judged(Judge(root), router, 2)
        running = starts(jail, "stop")
        hooks.reached("stop")
        judged(Judge(root), router, 4)
        hooks.go_on("stop")
        assert running.wait(PATIENCE) == 0
    finally:
        for name in ("start", "command", "stop"):
            hooks.go_on(name)
        running.communicate()
        jail.verb("stop")


def test_in_its_shutdown_script(router, root, folder):
    (root / "etc/rc.shutdown").write_text(waiting("shutdown"))
    (root / "etc/rc.shutdown").chmod(0o755)
    jail = Jail(router, root, folder)
    jail.start()
    hooks = Hooks(root)
    running = router.popen("kill", "-f", "--timeout", "1", jail.name, stdin=subprocess.DEVNULL)
    try:
        hooks.reached("shutdown")
        judged(Judge(root), router, 2)
    finally:
        hooks.go_on("shutdown")
        assert running.wait(PATIENCE) == 0


def test_at_every_moment_of_an_attach(router, root, folder, rounds):
    jail = Jail(router, root, folder)
    jail.start()
    jinit_of(router)
    judge, done = Judge(root), threading.Event()
    seen = set()

    def look():
        while not done.is_set():
            for pid in children(router.pid):
                if name_of(pid) in ("jenter", "true") and space_of(pid) == space:
                    seen.add(name_of(pid))
                    try:
                        judge.judge_process(pid)
                    except AssertionError as wrong:
                        judge.found.append(str(wrong))

    space = space_of(jinit_of(router))
    looker = threading.Thread(target=look)
    looker.start()
    try:
        for number in range(rounds(60)):
            router.run(("-t", "-T")[number % 2], jail.name, "--", "true", check=0)
    finally:
        done.set()
        looker.join()
    assert judge.found == []
    assert "jenter" in seen, "no attach was seen under way"
    jail.stop()


def stopped_jenter(router, space):
    """Of those that lead into the pid namespace `space`, from outside or as its first process in there."""
    found = [pid for pid in children(router.pid) if name_of(pid) == "jenter" and stat_fields(pid)[0] == "T"]
    return [pid for pid in found if os.readlink(f"/proc/{pid}/ns/pid_for_children") == space]


def descriptors(pid):
    return sorted(map(int, os.listdir(f"/proc/{pid}/fd")))


def test_what_is_born_in_the_jail_is_born_with_nothing(make_router, twin, root, folder):
    """An attach, stopped where its process is about to be made, and where that waits for a word from outside."""
    router = make_router(twin, environment={"JCONSOLE_TWIN": "jenter/clone3:1:STOP,jenter+/read:1:STOP"})
    jail = Jail(router, root, folder)
    jail.start()
    space = space_of(jinit_of(router))
    client = router.popen("-T", jail.name, "--", "true", stdin=subprocess.DEVNULL)
    [outside] = wait_for(lambda: stopped_jenter(router, space), "jenter, about to fork")
    judge = Judge(root)
    judge.judge_process(outside)
    # Standard descriptors, the socket for reports, a pipe, a socket pair, the jail's first process: the child's copies.
    assert descriptors(outside) == list(range(9))
    os.kill(outside, signal.SIGCONT)
    [born] = wait_for(lambda: [pid for pid in stopped_jenter(router, space) if pid != outside], "its child")
    judge.judge_process(born)
    # Of these it keeps what it says and hears something by.
    assert descriptors(born) == list(range(5))
    os.kill(born, signal.SIGCONT)
    assert client.wait(PATIENCE) == 0
    assert judge.found == []
    jail.stop()


def test_what_an_attach_leaves_in_the_jail(router, root, folder):
    jail = Jail(router, root, folder)
    jail.start()
    terminal = router.terminal(jail.name)
    terminal.expect_exact("ready> ")
    pipes = router.popen("-T", jail.name, "--", "sleep", "1000", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    judged(Judge(root), router, 2)
    pipes.terminate()
    pipes.communicate()
    terminal.close()
    jail.stop()


def test_in_an_ordinary_users_jail(prefix, folder):
    user = User(prefix, folder)
    user.run("start", "mine", check=0)
    try:
        jinit = wait_for(lambda: [pid for pid in ours() if name_of(pid) == "jinit"], "jinit")[0]
        judge = Judge(user.root, given=["nodes"])
        judge.judge_mounts(jinit)
        for link in ("cwd", "root", *(f"fd/{name}" for name in os.listdir(f"/proc/{jinit}/fd"))):
            judge.judge_file(jinit, link, os.stat(f"/proc/{jinit}/{link}"), os.readlink(f"/proc/{jinit}/{link}"))
        assert judge.found == []
    finally:
        user.run("stop", "mine", check=0)
        for pid in ours():
            if name_of(pid) == "jrouterd":
                os.kill(pid, 15)


# ---- what a tenant would type -----------------------------------------------------------------------------------------------


HIDDEN = ["keys", "key-users", "timer_list", "kcore", "kpageflags", "kpagecount", "kpagecgroup", "slabinfo", "vmallocinfo",
          "pagetypeinfo", "allocinfo", "iomem", "ioports", "mtrr", "sched_debug", "latency_stats"]


@pytest.mark.parametrize("name", HIDDEN)
def test_what_hides_a_file_of_proc_cannot_be_changed(router, root, folder, name):
    before = os.stat("/dev/null")
    jail = Jail(router, root, folder)
    jail.start()
    path = f"/proc/{name}"
    if jail.run("test", "-e", path).returncode == 0:
        for attack in (f"chmod 667 {path}", f"chmod 000 {path}", f"chown 1000 {path}", f"touch -d 2001-01-01 {path}",
                       f": >{path}", f"echo x >>{path}", f"rm {path}"):
            assert jail.run("sh", "-c", attack).returncode != 0, attack
        assert jail.run("cat", path, check=0).stdout == b""
    after = os.stat("/dev/null")
    assert (before.st_mode, before.st_uid, before.st_mtime) == (after.st_mode, after.st_uid, after.st_mtime)
    jail.stop()


def test_standard_input_of_a_hook_is_nothing_of_the_hosts(router, root, folder):
    before = os.stat("/dev/null")
    jail = Jail(router, root, folder, exec__start="cat; chmod 000 /proc/self/fd/0; chown 1000 /proc/self/fd/0; true")
    jail.start()
    after = os.stat("/dev/null")
    assert (before.st_mode, before.st_uid) == (after.st_mode, after.st_uid)
    jail.stop()


def test_the_console_log_of_the_host_is_only_appended_to(router, root, folder):
    log = folder / "log"
    log.write_text("kept\n")
    attack = "echo first; : >/proc/self/fd/1; chmod 666 /proc/self/fd/1; chown 1000 /proc/self/fd/1; echo last >&2; true"
    jail = Jail(router, root, folder, exec__consolelog=log, exec__start=attack)
    jail.start()
    wait_for(lambda: "last\n" in log.read_text(), "the log")
    assert log.read_text().startswith("kept\nfirst\n")
    assert (log.stat().st_mode & 0o777, log.stat().st_uid) == (0o644, 0)
    jail.stop()


def keepers():
    return [pid for pid in ours() if name_of(pid) == "jkeeper"]


def test_a_daemon_prints_to_its_console_log_with_and_without_a_router(router, root, folder):
    log = folder / "log"
    daemon = "(while echo line; do sleep 0.1; done; touch /tmp/broken) &"
    jail = Jail(router, root, folder, exec__consolelog=log, exec__start=daemon)
    jail.start()
    wait_for(lambda: "line\n" in log.read_text(), "the daemon")
    router.process.kill()
    router.process.wait()
    last = len(log.read_text().splitlines())
    wait_for(lambda: len(log.read_text().splitlines()) > last + 2, "the daemon goes on")
    router.start()
    assert not (root / "tmp/broken").exists()
    assert len(keepers()) == 2
    jail.stop()
    wait_for(lambda: not keepers(), "their end")


def test_a_disk_that_is_full_costs_a_line_and_no_daemon(router, root, folder):
    small = folder / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], check=True)
    try:
        (small / "filler").write_bytes(bytes(60 << 10))
        daemon = "(head -c 200000 /dev/zero; touch /tmp/written; while [ ! -e /tmp/go ]; do sleep 0.05; done; echo end) &"
        jail = Jail(router, root, folder, exec__consolelog=small / "log", exec__start=daemon)
        jail.start()
        wait_for((root / "tmp/written").exists, "the daemon")
        (small / "filler").unlink()
        (root / "tmp/go").touch()
        wait_for(lambda: (small / "log").read_bytes().endswith(b"end\n"), "what it says then")
        jail.stop()
        wait_for(lambda: not keepers(), "their end")
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.mark.parametrize("attack, cause", [("mkfifo {}", "is not a regular file"), ("mkdir {}", "is not a regular file"),
                                           ("ln -s /proc/1/comm {}", "is a symbolic link"),
                                           ("ln -s ../etc/passwd {}", "is a symbolic link")])
def test_a_console_log_inside_is_a_regular_file_or_none(router, root, folder, attack, cause):
    log, passwd = root / "tmp/log", (root / "etc/passwd").read_bytes()
    subprocess.run(attack.format(log).split(), check=True)
    # With somebody who reads it, a fifo could be opened.
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK) if log.is_fifo() else None
    jail = Jail(router, root, folder, exec__consolelog=log, exec__start="echo said")
    done = jail.verb("start")
    assert done.returncode == 1 and f"exec.consolelog: {log} {cause}\n" in done.stderr.decode()
    assert jail.record() is None and (root / "etc/passwd").read_bytes() == passwd
    if reader is not None:
        os.close(reader)


def test_jinit_has_nothing_to_steal(router, root, folder):
    jail = Jail(router, root, folder)
    jail.start()
    held = [os.readlink(path) for path in pathlib.Path(f"/proc/{jinit_of(router)}/fd").iterdir()]
    assert sorted(re.sub(r"\d+", "N", link) for link in held) == ["anon_inode:[signalfd]", "socket:[N]"]
    jail.stop()


# ---- a jail ends with its last process all the same -----------------------------------------------------------------------------


@pytest.mark.parametrize("space", [["fs", "pid", "uts", "ipc"], ["fs", "uts", "ipc"]], ids=["own pids", "shared pids"])
@pytest.mark.parametrize("routed", [True, False])
def test_a_jail_ends_with_its_last_process_router_or_not(router, root, folder, space, routed):
    command = "(while [ ! -e /tmp/end ]; do sleep 0.05; done) &"
    jail = Jail(router, root, folder, exec__start=command, persist=None, **{"linux.namespaces": space})
    jail.start()
    jinit = jinit_of(router)
    if not routed:
        router.process.kill()
        router.process.wait()
    assert alive(jinit)
    (root / "tmp/end").touch()
    wait_for(lambda: not alive(jinit), "the end of the jail")
    wait_for(lambda: not keepers(), "that of its keeper")
    if not routed:
        router.start()
    wait_for(lambda: jail.record() is None, "that it is not listed")
