"""Our own programs, seen from a jail that runs them: whatever it does to them, the others start and are entered."""

import os
import subprocess

import pytest

from conftest import PATIENCE, wait_for, with_usr
from test_jails import Jail, jinit_of, make_jail  # noqa: F401
from test_rootless import UID, User

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's jails are that user's own")

# Python is where a tenant has installed it; here it is the host's.
USR = ["/usr $path/usr nullfs ro 0 0"]


def with_python(root):
    with_usr(root)
    return root


def expect_that_others_work(router, root, folder):
    other = Jail(router, root, folder)
    other.start()
    assert other.run("echo", "entered", check=0).stdout == b"entered\n"
    assert router.run("-t", other.name, "--", "tty", check=0).stdout == b"/dev/pts/0\r\n"
    other.stop()


ATTACKS = ["chmod 000 {}", "chmod 4777 {}", "chown 1000 {}", "chgrp 1000 {}", "touch -d 2001-01-01 {}", ": >{}",
           "echo x >>{}", "mv {} /tmp/gone", "ln {} /tmp/linked && chmod 000 /tmp/linked"]


@pytest.mark.parametrize("namespaces", [[], ["fs", "pid", "uts", "ipc", "cgroup", "user"]])
def test_jinit_is_not_the_jails_to_change(router, make_jail, session_root, folder, namespaces):  # noqa: F811
    jail = make_jail(**({"linux.namespaces": namespaces} if namespaces else {}))
    jail.start()
    program = f"/proc/{jinit_of(jail)}/exe"
    before = os.stat(program)
    for attack in ATTACKS:
        done = jail.run("sh", "-c", attack.format("/proc/1/exe"))
        assert done.returncode != 0, attack
    after = os.stat(program)
    assert [(now.st_mode, now.st_uid, now.st_gid, now.st_mtime) for now in (before, after)] == [
        (before.st_mode, before.st_uid, before.st_gid, before.st_mtime)] * 2
    expect_that_others_work(router, session_root, folder)


# What may be done to whatever is open: attributes, leases, seals, another mount of it, its filesystem made writable.
OPEN_ATTACKS = """
import ctypes, fcntl, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
def attempts(fd):
    path = f"/proc/self/fd/{fd}"
    yield "fchmod", lambda: os.fchmod(fd, 0)
    yield "fchmod 4777", lambda: os.fchmod(fd, 0o4777)
    yield "fchown", lambda: os.fchown(fd, 1000, 1000)
    yield "utime", lambda: os.utime(fd, (1, 1))
    yield "setxattr", lambda: os.setxattr(fd, "security.x", b"1")
    yield "setxattr user", lambda: os.setxattr(fd, "user.x", b"1")
    yield "capability", lambda: os.setxattr(fd, "security.capability", bytes.fromhex("01000002" + "ff" * 4 + "00" * 12))
    yield "flags", lambda: fcntl.ioctl(fd, 0x40086602, (0x10).to_bytes(8, "little"))
    yield "open", lambda: os.open(path, os.O_RDWR)
    yield "truncate", lambda: os.truncate(path, 0)
    yield "lease", lambda: fcntl.fcntl(fd, 1024, fcntl.F_WRLCK)
    yield "seal", lambda: fcntl.fcntl(fd, 1033, 0x20)
    yield "open_tree", lambda: call(428, -100, path.encode(), 1)
    yield "fspick", lambda: call(433, -100, path.encode(), 0)
    yield "remount", lambda: call(165, b"", path.encode(), b"", 32, None)
def attack(fd):
    done = []
    for name, attempt in attempts(fd):
        try:
            attempt()
        except OSError:
            continue
        done.append(name)
    return done
"""


def test_jinit_as_an_open_file(router, root, session_root, folder):
    jail = Jail(router, with_python(root), folder, mount=USR)
    jail.start()
    done = jail.run("/usr/bin/python3", "-c", OPEN_ATTACKS + 'print(attack(os.open("/proc/1/exe", os.O_RDONLY)))')
    assert done.returncode == 1 and b"PermissionError: [Errno 13] Permission denied: '/proc/1/exe'" in done.stderr
    expect_that_others_work(router, session_root, folder)
    jail.stop()


# Where the trap is executed, its interpreter is the program that executes it: jenter once more, now a process of the jail
# like any other. A sibling looks out for it.
TRAP = "#!/proc/self/exe\n"
HUNT = OPEN_ATTACKS + """
open("/tmp/hunting", "w")
seen = set(os.listdir("/proc"))
while True:
    last = int(open("/proc/loadavg").read().split()[4])
    for pid in range(last, last + 3):
        try:
            if not os.readlink(f"/proc/{pid}/exe").split(" ")[0].endswith("jenter"):
                continue
            fd = os.open(f"/proc/{pid}/exe", os.O_RDONLY)
            if not os.readlink(f"/proc/self/fd/{fd}").split(" ")[0].endswith("jenter"):
                continue
        except OSError:
            continue
        open("/tmp/caught", "w").write(repr(attack(fd)))
        raise SystemExit
"""


def test_jenter_is_not_the_jails_to_change(router, root, session_root, folder):
    (with_python(root) / "bin/trap").write_text(TRAP)
    (root / "bin/trap").chmod(0o755)
    jail = Jail(router, root, folder, mount=USR)
    jail.start()
    hunter = router.popen("-T", jail.name, "--", "/usr/bin/python3", "-c", HUNT, stdin=subprocess.DEVNULL)
    wait_for((root / "tmp/hunting").exists, "the hunter")
    for _ in range(500):
        if hunter.poll() is not None:
            break
        router.run(jail.name, "--", "/bin/trap")
    assert hunter.wait(PATIENCE) == 0
    assert (root / "tmp/caught").read_text() == "[]"
    expect_that_others_work(router, session_root, folder)
    jail.stop()


def knows_of_sealed_modes():
    return tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2]) >= (6, 3)


@pytest.mark.skipif(not knows_of_sealed_modes(), reason="this kernel's memfds have modes that their owner can change")
def test_in_an_ordinary_users_jail_jinit_stays_executable(prefix, folder):
    user = User(prefix, folder)
    user.run("start", "mine", check=0)
    for attack in ("chmod 000 /proc/1/exe", "chmod 666 /proc/1/exe", ": >/proc/1/exe"):
        assert user.run("mine", "--", "sh", "-c", attack).returncode != 0, attack
    user.run("mine", "--", "sh", "-c", "chmod 111 /proc/1/exe")
    user.run("restart", "mine", check=0)
    assert user.run("-t", "mine", "--", "tty", check=0).stdout == b"/dev/pts/0\r\n"
    user.run("stop", "mine", check=0)


# ---- where memfds are not executable ------------------------------------------------------------------------------------------

NOEXEC = "/proc/sys/vm/memfd_noexec"
IN_A_PID_NAMESPACE = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-ec"]


@pytest.mark.skipif(not os.path.exists(NOEXEC), reason="this kernel has no vm.memfd_noexec")
def test_an_ordinary_users_router_where_memfds_are_not_executable(prefix, folder):
    user = User(prefix, folder)
    script = f"""echo 1 >{NOEXEC}
        exec setpriv --reuid={UID} --regid={UID} --clear-groups sh -ec '
            "$0" start mine; "$0" mine -- hostname; "$0" -t mine -- tty; "$0" stop mine' {prefix.jconsole}"""
    done = subprocess.run([*IN_A_PID_NAMESPACE, script], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                          env=user.environment())
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [b"mine: created", b"mine.jail", b"/dev/pts/0", b"mine: removed"]


@pytest.mark.skipif(not os.path.exists(NOEXEC), reason="this kernel has no vm.memfd_noexec")
def test_roots_router_where_no_memfd_may_be_executable(prefix, root, folder):
    (folder / "jail.conf").write_text(f"mine {{ path = {root}; host.hostname = mine.jail; mount.devfs; persist; }}\n")
    (folder / "run").mkdir(mode=0o700)
    script = f"""echo 2 >{NOEXEC}
        {prefix.jrouterd} --daemon --socket {folder}/run/socket --config {folder}/jail.conf
        for words in "start mine" "mine -- hostname" "-t mine -- tty" "stop mine"; do
            {prefix.jconsole} --router {folder}/run/socket $words
        done"""
    done = subprocess.run([*IN_A_PID_NAMESPACE, script], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [b"mine: created", b"mine.jail", b"/dev/pts/0", b"mine: removed"]


@pytest.mark.parametrize("plan", ["jrouterd/fsopen:1:EPERM", "jrouterd/fsopen:1:ENOSYS,jrouterd/memfd_create:1:EINVAL"])
def test_roots_router_that_may_make_no_mounts(make_router, twin, root, folder, plan):
    router = make_router(twin, environment={"JCONSOLE_TWIN": plan})
    wait_for(lambda: "can change their modes" in router.log_text(), "the warning")
    expect_that_others_work(router, root, folder)
