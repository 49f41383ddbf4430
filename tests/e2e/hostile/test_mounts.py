"""File systems that a jail is given, and the directory that it is in, turned against the host and the other jails."""

import ctypes
import os
import re
import subprocess
import threading
import time

import pytest

from test_jails import Jail, make_jail  # noqa: F401

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root's jails")

AT_FDCWD, RENAME_EXCHANGE = -100, 2


def with_directories(root, *names):
    for name in names:
        (root / name).mkdir(parents=True, exist_ok=True)
    return root


# ---- cgroups of version 1 -----------------------------------------------------------------------------------------------------

VERSION_1 = [line.split(":")[1] for line in open("/proc/self/cgroup") if line.split(":")[1]]


@pytest.mark.skipif(not VERSION_1, reason="no cgroups of version 1 here")
@pytest.mark.parametrize("namespaces", ["-UrmC", "-Urm"])
def test_a_jail_that_may_make_namespaces_mounts_no_cgroup_of_version_1(make_jail, root, namespaces):
    """It would be the router's own, with all that is below: the limits, and the freezer."""
    for link in ("lib", "lib64"):
        (root / link).symlink_to(f"usr/{link}")
    jail = make_jail(children__max=1, mount=f"/usr {with_directories(root, 'usr', 'mnt')}/usr nullfs ro 0 0")
    jail.start()
    assert jail.sh("/usr/bin/unshare -Urm sh -c 'mount -t tmpfs x /mnt && echo mounted'") == "mounted\n"
    for controllers in VERSION_1:
        options = f"none,{controllers}" if controllers.startswith("name=") else controllers
        shown = jail.sh(f"/usr/bin/unshare {namespaces} sh -c 'mount -t cgroup -o {options} x /mnt && ls /mnt' 2>/dev/null; true")
        assert shown == "", controllers
    jail.stop()


# ---- cgroup2 ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def grouped(make_jail, root):
    jail = make_jail(mount=f"cgroup2 {with_directories(root, 'cg')}/cg cgroup2 rw 0 0", exec__start="sleep 1000 &")
    jail.start()
    return jail


def test_of_all_cgroups_a_jail_sees_its_own_alone(grouped, make_jail):
    other = make_jail(exec__start="sleep 1000 &")
    other.start()
    assert grouped.sh("find /cg -type d") == "/cg\n"
    assert "\n".join(re.findall(r"^0::(.*)$", grouped.sh("cat /proc/self/cgroup"), re.M)) == "/"
    # What is there is the jail's to use: it divides its processes, and ends.
    grouped.sh("mkdir -p /cg/a/b /cg/c && echo $$ >/cg/a/b/cgroup.procs && cat /proc/self/cgroup | grep -qx 0::/a/b")
    assert grouped.sh("sleep 1000 & echo $! >/cg/c/cgroup.procs; cat /cg/c/cgroup.procs").strip().isdigit()
    other.sh("true")
    grouped.stop()
    other.stop()


def test_no_jail_freezes_or_kills_another_through_it(grouped, make_jail):
    other = make_jail(exec__start="sleep 1000 &")
    other.start()
    assert grouped.sh(f"find / -path '*{other.name}*' 2>/dev/null; ls -d /cg/../jconsole /cg/../../jconsole 2>/dev/null; true") == ""
    # Pids are those of its own namespace, so that it can draw nobody else in; then all that it has is frozen and killed.
    grouped.sh("""mkdir /cg/trap
                  for pid in $(seq 2 400); do [ $pid = $$ ] || echo $pid >/cg/trap/cgroup.procs; done 2>/dev/null
                  echo 1 >/cg/trap/cgroup.freeze; echo 1 >/cg/trap/cgroup.kill""")
    assert other.sh("pidof sleep").strip().isdigit()
    other.stop()
    grouped.stop()


def test_its_limits_lie_above_what_it_sees(grouped):
    """And so it makes no more cgroups than a thousand, none of them deeper than can be removed."""
    top = grouped.cgroups()[0]
    assert (top / "cgroup.max.descendants").read_text() == "1000\n"
    script = """cd /cg; cat cgroup.max.descendants
                echo max >cgroup.max.descendants; echo max >../cgroup.max.descendants; echo max >/cg/../cgroup.max.descendants
                for i in $(seq 1100); do mkdir n$i 2>/dev/null || break; done; echo $i
                rmdir n*; d=.; for i in $(seq 20); do d=$d/%s; mkdir $d 2>/dev/null || break; done; echo $i""" % ("d" * 200)
    assert grouped.sh(f"({script}) 2>/dev/null").split() == ["max", "1000", "8"]
    assert (top / "cgroup.max.descendants").read_text() == "1000\n"
    grouped.stop()  # and make_jail sees that no cgroup is left


def test_without_a_cgroup_namespace_it_is_refused(make_jail, root):
    jail = make_jail(mount=f"cgroup2 {with_directories(root, 'cg')}/cg cgroup2 rw 0 0", linux__namespaces=["fs", "pid"])
    done = jail.verb("start", check=1)
    assert b"cgroup2: not supported on Linux (" in done.stderr and jail.record() is None


# ---- the other types ----------------------------------------------------------------------------------------------------------

REFUSED = ["cgroup", "cpuset", "binfmt_misc", "debugfs", "tracefs", "bpf", "securityfs", "pstore", "configfs", "efivarfs",
           "devtmpfs", "devpts", "ramfs", "fusectl", "fuse", "autofs", "rpc_pipefs", "nfsd", "resctrl", "selinuxfs",
           "smackfs", "binder", "pipefs", "sockfs", "of-the-next-kernel"]


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_the_hosts_is_not_mounted(make_jail, root, folder, kind):
    """Before anything is done: the hook that stands before it has not run."""
    jail = make_jail(mount=f"x {root}/tmp {kind} rw 0 0", exec__prepare=f"touch {folder}/begun")
    done = jail.verb("start", check=1)
    assert re.fullmatch(f"{jail.name}: mount: {root}/tmp: {kind}: not supported on Linux \\(.+\\)\n", done.stderr.decode())
    assert not (folder / "begun").exists()


def kinds_of_this_kernel():
    """Those that need no device."""
    return [line.split()[1] for line in open("/proc/filesystems") if line.startswith("nodev")]


def test_every_type_that_this_kernel_has_shows_the_jails_or_is_refused(router, root, folder):
    own = {"tmpfs", "proc", "sysfs", "cgroup2", "mqueue"}
    files = {"overlay", "hugetlbfs", "nfs", "nfs4", "9p", "virtiofs", "cifs", "smb3", "ceph", "ecryptfs", "afs", "lustre",
             "orangefs", "ubifs"}
    for kind in kinds_of_this_kernel():
        jail = Jail(router, root, folder, mount=f"x {root}/tmp {kind} rw 0 0")
        done = jail.verb("start")
        if kind in own:
            assert done.returncode == 0, done.stderr
            jail.stop()
        elif kind in files:
            assert b": not supported" not in done.stderr
            if done.returncode == 0:
                jail.stop()
        else:
            assert done.returncode == 1 and f"{kind}: not supported on Linux (".encode() in done.stderr, (kind, done.stderr)


def test_message_queues_are_those_of_the_jails_namespace(make_jail, root):
    queue = f"/jct{os.getpid()}"
    libc = ctypes.CDLL(None, use_errno=True)
    jail = make_jail(mount=f"x {with_directories(root, 'q')}/q mqueue rw 0 0")
    jail.start()
    fd = libc.mq_open(queue.encode(), os.O_CREAT | os.O_RDWR, 0o600, None)
    assert fd >= 0, os.strerror(ctypes.get_errno())
    try:
        assert jail.sh("ls /q") == ""
        assert jail.sh("touch /q/mine; ls /q") == "mine\n"
    finally:
        libc.mq_unlink(queue.encode())
        os.close(fd)
    jail.stop()


# ---- path, swapped while the jail is started ------------------------------------------------------------------------------------


class Swapping:
    """Exchanges two directories, for as long as it lasts."""

    def __init__(self, one, other, pause=0):
        self.names = str(one).encode(), str(other).encode()
        self.pause = pause
        self.ended = False
        self.count = 0
        self.thread = threading.Thread(target=self.run)

    def run(self):
        libc = ctypes.CDLL(None, use_errno=True)
        while not self.ended:
            if libc.renameat2(AT_FDCWD, self.names[0], AT_FDCWD, self.names[1], RENAME_EXCHANGE) == 0:
                self.count += 1
            time.sleep(self.pause)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()


@pytest.mark.parametrize("place", ["", "/dev"])
def test_a_jail_that_comes_up_has_all_that_was_mounted(router, folder, root, rounds, place):
    """Whoever owns the directory that `path` lies in exchanges it, or one in it, all the time."""
    home = folder / "tenant"
    home.mkdir()
    root.rename(home / "a")
    other = home / "b"
    subprocess.run(["cp", "-a", home / "a", other], check=True)
    jail = Jail(router, home / "a", folder, mount=[f"tmpfs {home}/a/tmp tmpfs rw 0 0", f"{folder} {home}/a/home nullfs ro 0 0"])
    aside = other if not place else home / "a" / "aside"
    aside.mkdir(exist_ok=True)
    came, refused, swapped = 0, 0, 0
    # What is mounted on a directory goes where that goes, once the jail is up.
    look = f"""for m in /dev /dev/pts /dev/shm /tmp /home /proc; do
                   grep -Eq " ($m|${{m/dev/aside}}) " /proc/self/mounts || echo $m
               done
               cd {place and "/aside"}/ && test -c null || cd /dev; test -c null -a -c pts/ptmx -a -L ptmx || echo nodes"""
    for round in range(rounds(10)):
        # Without a pause mostly all are refused, with one of a whole start mostly none.
        with Swapping(f"{home}/a{place}", aside, pause=(round % 5) ** 2 / 1000) as swapping:
            done = jail.verb("start")
        swapped += swapping.count
        if done.returncode == 0:
            came += 1
            assert jail.sh(look) == ""
            jail.stop()
        else:
            refused += 1
            assert done.stderr.decode().splitlines()[-1].startswith(f"{jail.name}: "), done.stderr
            assert jail.record() is None
    assert came > 0 and came + refused == rounds(10) and swapped > 100
    assert refused > 0 or not place
    print(f"{came} came up, {refused} were refused, {swapped} exchanges")
