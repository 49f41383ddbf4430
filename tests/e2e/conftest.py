"""What the end-to-end tests share: the programs as installed, a router of one's own, jails, and a look at what is left.

Everything here is driven from outside, by what a user types and sees. Every process that a test starts stays below one of
ours, however it daemonizes, because that one is a subreaper; and root's mounts are made in a namespace of ours. So `leaks`
can tell what was left behind without looking at what anybody else does meanwhile.
"""

import contextlib
import ctypes
import hashlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pexpect
import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("JCONSOLE_BUILD", TOP / "build/release"))
# A limit, never a measure: what takes longer hangs.
PATIENCE = 60
# For what a test has started to end behind it.
GRACE = 10
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE, MS_SHARED = 1 << 14, 1 << 18, 1 << 20


def prctl(option, argument):
    ctypes.CDLL(None).prctl(option, argument, 0, 0, 0)


def go_below_a_reaper():
    """Goes on in a child. The parent collects orphans at once, as init would: a zombie keeps its pid namespace alive."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    child = os.fork()
    if child == 0:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def mount_apart():
    """Nobody else's mounts come in, and ours do not get out. Shared within, as systemd makes a host's: there a mount that is
    made in a namespace without care shows in the one it was made from."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)

    def check(result, what):
        if result != 0:
            raise OSError(ctypes.get_errno(), what)
    check(libc.unshare(CLONE_NEWNS), "unshare")
    for propagation in (MS_PRIVATE, MS_SHARED):
        check(libc.mount(None, b"/", None, ctypes.c_ulong(MS_REC | propagation), None), "mount /")


go_below_a_reaper()
mount_apart()


def pytest_addoption(parser):
    parser.addoption("--soak", action="store_true", help="many times the rounds")


@pytest.fixture(scope="session")
def rounds(request):
    """rounds(n): how often to repeat what is normally repeated n times."""
    factor = 20 if request.config.getoption("--soak") else 1
    return lambda n: n * factor


def wait_for(condition, what, patience=PATIENCE):
    """Waits until condition() gives something true, and returns it."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.01)


# ---- processes ------------------------------------------------------------------------------------------------------


def stat_fields(pid):
    """The fields of /proc/PID/stat from the state on, or None where there is no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def children_once(pid):
    found = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            found += map(int, pathlib.Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
    return found


def children(pid):
    """Those of all its threads; the kernel lists them, so that other people's processes cost nothing.

    It may leave one out while another is collected (proc(5)): what it says twice in a row counts."""
    found = children_once(pid)
    while (again := children_once(pid)) != found:
        found = again
    return found


def descendants(pid):
    return [found for child in children(pid) for found in (child, *descendants(child))]


def ours():
    """Every process of the tests' but the two that run them."""
    return [pid for pid in descendants(os.getppid()) if pid != os.getpid() and alive(pid)]


def command_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def name_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def alive(pid):
    fields = stat_fields(pid)
    return fields is not None and fields[0] not in "ZX"


def mounts():
    """The numbers and places of all there are in our namespace."""
    return {line.split()[0]: line.split()[4] for line in open("/proc/self/mountinfo")}


def added(before, after):
    return [after[number] for number in after.keys() - before.keys()]


@pytest.fixture(autouse=True)
def leaks():
    """Fails the test that leaves a process or a mount behind. Set up before, so torn down after, everything else."""
    before_mounts, before = mounts(), set(ours())
    yield
    end = time.monotonic() + GRACE
    while (left := set(ours()) - before) and time.monotonic() < end:
        time.sleep(0.02)
    remaining = [(pid, command_of(pid)) for pid in left if alive(pid)]
    for pid, _ in remaining:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert remaining == [], "processes were left behind"
    after = mounts()
    assert added(before_mounts, after) == [], "mounts were left behind"
    assert added(after, before_mounts) == [], "mounts were taken away"


class SanitizerReports:
    """What the sanitizers of any program built with them have printed; see tests/twin/sanitizer_reports.cpp."""

    SIZE = 1 << 20
    HEADER = 8  # how many bytes of text follow

    def __init__(self):
        self.path = pathlib.Path("/tmp/jconsole-reports-" + hashlib.md5(str(BUILD.resolve()).encode()).hexdigest())
        self.path.unlink(missing_ok=True)
        with open(self.path, "xb") as file:
            file.truncate(self.SIZE)
        self.path.chmod(0o666)
        self.seen = 0

    def new(self):
        content = self.path.read_bytes()
        end = min(self.HEADER + int.from_bytes(content[:self.HEADER], "little"), self.SIZE)
        found, self.seen = content[self.HEADER + self.seen:end], end - self.HEADER
        return found.decode(errors="replace")


@pytest.fixture(scope="session")
def sanitizer_reports():
    if b"__asan_init" not in (BUILD / "bin/jconsole").read_bytes():
        yield None
        return
    reports = SanitizerReports()
    yield reports
    reports.path.unlink()


@pytest.fixture(autouse=True)
def no_sanitizer_reports(sanitizer_reports, leaks):
    """Fails the test during which a program's sanitizers found something. Torn down after the routers, before `leaks`."""
    yield
    if sanitizer_reports:
        found = sanitizer_reports.new()
        assert not found, found


# ---- the installed programs -------------------------------------------------------------------------------------------


class Prefix:
    """An installation: where its programs are."""

    def __init__(self, folder, libexec):
        self.folder = folder
        self.jconsole = folder / "bin/jconsole"
        self.jrouterd = folder / "sbin/jrouterd"
        self.libexec = folder / libexec


def install(folder):
    if not os.access(BUILD, os.W_OK):
        pytest.skip(f"installing writes to {BUILD}, which is another user's")
    subprocess.run(["cmake", "--install", BUILD, "--prefix", "/usr"], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, env={**os.environ, "DESTDIR": str(folder)})
    return Prefix(folder / "usr", "libexec/jconsole")


@pytest.fixture(scope="session")
def session_folder():
    """Short, because the name of a socket has at most 107 bytes; open to other users, because some tests are theirs.

    A file system of our namespace's own, for a router of root's goes to the namespaces that the host's processes are in,
    unless its folder is not there."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jct", dir="/tmp"))
    root = os.geteuid() == 0
    if root:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "jct", folder], check=True)
    folder.chmod(0o755)
    yield folder
    if root:
        subprocess.run(["umount", folder], check=True)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def prefix(session_folder):
    return install(session_folder)


@pytest.fixture(scope="session")
def twin():
    """The programs with the kernel twin: what JCONSOLE_TWIN says fails."""
    return Prefix(BUILD / "twin", "libexec/jconsole")


@pytest.fixture
def folder(session_folder, request):
    made = pathlib.Path(tempfile.mkdtemp(prefix="t", dir=session_folder))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


# ---- routers ----------------------------------------------------------------------------------------------------------


class Router:
    """A router in the foreground, and its clients."""

    def __init__(self, prefix, folder, environment=None, options=()):
        self.prefix = prefix
        self.options = options
        self.folder = folder
        self.socket = folder / "run" / "socket"
        self.environment = environment or {}
        self.process = None
        self.start()

    def start(self):
        self.log = open(self.folder / "router.log", "ab")
        self.process = subprocess.Popen(
            [self.prefix.jrouterd, "--socket", self.socket, *self.options], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, env={"PATH": os.environ["PATH"], **self.environment})
        wait_for(lambda: self.listens() or self.process.poll() is not None, "the router's socket")
        assert self.process.poll() is None, self.log_text()

    def listens(self):
        """The socket of a router that was killed is there, too, but nobody listens."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.connect(str(self.socket))
            return True
        return False

    @property
    def pid(self):
        return self.process.pid

    def log_text(self):
        return (self.folder / "router.log").read_text(errors="replace")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.log.close()

    def workers(self):
        return [pid for pid in children(self.pid) if name_of(pid) == "jworker"]

    def waiting(self):
        """The jenter that is there for the next console: none for a moment after each console."""
        return [pid for pid in children(self.pid) if command_of(pid) == "jenter wait" and alive(pid)]

    def descriptors(self):
        """How many it has at rest: the fewest of some looks, for it may not have closed what a client had that has just left."""
        wait_for(self.waiting, "the jenter for the next console")
        looks = []
        for _ in range(20):
            looks.append(len(os.listdir(f"/proc/{self.pid}/fd")))
            time.sleep(0.01)
        return min(looks)

    def command(self, *words):
        """The words of a client's command line. Words before a verb or jail may be options."""
        return [str(self.prefix.jconsole), "--router", str(self.socket), *map(str, words)]

    def typed(self, text, config=None):
        """A message with its commands as the client shows them: with the options that led there."""
        file = {verb: f" -f {config}" for verb in ("start", "stop", "restart") if config}
        return re.sub(r"'jconsole (?!help)(\w+)", lambda match: f"{match[0]}{file.get(match[1], '')} --router {self.socket}", text)

    def run(self, *words, input=None, environment=None, check=None, **options):
        """A client without a terminal, to its end."""
        if input is None:
            options.setdefault("stdin", subprocess.DEVNULL)
        else:
            options["input"] = input
        done = subprocess.run(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE,
                              env={**client_environment(), **self.environment, **(environment or {})}, **options)
        if check is not None:
            assert done.returncode == check, (done.returncode, done.stdout[-500:], done.stderr[-500:])
        return done

    def popen(self, *words, **options):
        return subprocess.Popen(self.command(*words), env={**client_environment(), **self.environment}, **options)

    def terminal(self, *words, size=(24, 80), environment=None, command=None):
        """A client on a terminal of its own; or another command."""
        command, *arguments = map(str, command or self.command(*words))
        child = pexpect.spawn(command, arguments, dimensions=size, timeout=PATIENCE, encoding="utf-8",
                              env={**client_environment(), **self.environment, **(environment or {})})
        child.delaybeforesend = None
        return child


def client_environment():
    return {"PATH": os.environ["PATH"], "TERM": "xterm", "HOME": "/root"}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What the routers of a failed test said, and how those ended that did."""
    report = (yield).get_result()
    if report.when == "call" and report.failed:
        for router in getattr(item, "routers", []):
            report.sections.append((f"router {router.pid} at {router.socket}: status {router.process.poll()}",
                                    router.log_text()))


@pytest.fixture
def make_router(prefix, folder, request):
    """Makes a router; of other programs than the installed ones where asked to."""
    made = request.node.routers = []

    def make(programs=None, **options):
        place = folder / f"r{len(made)}"
        place.mkdir()
        (place / "run").mkdir(mode=0o700)
        made.append(Router(programs or prefix, place, **options))
        return made[-1]

    yield make
    for router in made:
        router.stop()


@pytest.fixture
def router(make_router):
    return make_router()


# ---- roots and namespaces ---------------------------------------------------------------------------------------------

PROFILE = "export PATH=/bin:/usr/bin:/sbin:/usr/sbin\nPS1='ready> '\n"
PASSWD = """root:x:0:0:root:/root:/bin/sh
demo:x:1000:1000:demo:/home/demo:/bin/sh
odd:x:1001:1001:no such shell:/:/bin/nothing
"""
GROUP = "root:x:0:\ntty:x:5:\ndemo:x:1000:\nextra:x:2000:demo\n"


def with_usr(root):
    """Makes room in a jail's root for the host's /usr, python3 among it: the mount that shows it there."""
    shutil.rmtree(root / "usr", ignore_errors=True)
    (root / "usr").mkdir()
    for name in ("lib", "lib64"):
        if os.path.islink(f"/{name}"):
            (root / name).symlink_to(os.readlink(f"/{name}"))
    return "/usr $path/usr nullfs ro 0 0"


def make_root(path):
    """A root directory of busybox with all of its applets."""
    for name in ("bin", "dev", "etc", "home/demo", "proc", "root", "sys", "tmp", "var"):
        (path / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", path / "bin/busybox")
    applets = subprocess.run(["/bin/busybox", "--list-full"], stdout=subprocess.PIPE, text=True, check=True).stdout
    for applet in applets.split():
        (path / applet).parent.mkdir(parents=True, exist_ok=True)
        if not (path / applet).exists():
            (path / applet).symlink_to("/bin/busybox")
    (path / "etc/passwd").write_text(PASSWD)
    (path / "etc/group").write_text(GROUP)
    (path / "etc/profile").write_text(PROFILE)
    (path / "tmp").chmod(0o1777)
    (path / "root").chmod(0o700)
    if os.geteuid() == 0:
        os.chown(path / "home/demo", 1000, 1000)
    return path


@pytest.fixture(scope="session")
def session_root(session_folder):
    """A root directory that tests may share as long as they change nothing in it."""
    return make_root(session_folder / "root")


@pytest.fixture
def root(folder):
    return make_root(folder / "root")


# What makes a namespace set such as `unshare` makes it, with the root at $1: no program of ours takes part.
ENTER_ROOT = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
for node in null zero full random urandom tty; do
    touch dev/$node
    mount --bind /dev/$node dev/$node
done
hostname outsider
pivot_root . .
exec /bin/busybox sh -c 'umount -l . && cd / && echo ready && exec sleep 1000000'
"""

# The same, over the host's own files, for the programs that busybox does not have.
ENTER_HOST = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
for node in null zero full random urandom tty; do
    touch /mnt/$node
    mount --bind /dev/$node /mnt/$node
done
mkdir /mnt/pts
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts /mnt/pts
ln -s pts/ptmx /mnt/ptmx
ln -s /proc/self/fd /mnt/fd
mount --move /mnt /dev
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
chmod 1777 /tmp
hostname localhost
echo ready
exec sleep 1000000
"""


class Namespaces:
    """A namespace set, named by the pid of the process that holds it."""

    def __init__(self, script, *arguments, prepare=()):
        if os.geteuid() != 0:
            pytest.skip("it takes root to make namespaces without a user namespace")
        self.process = subprocess.Popen(
            [*prepare, "unshare", "--fork", "--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup", "--mount-proc",
             "--kill-child", "sh", "-c", script, "sh", *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"
        self.pid = wait_for(lambda: children(self.process.pid), "the process that holds the namespaces")[0]
        self.name = f"pid:{self.pid}"

    def processes(self):
        """What runs in there besides its holder: (pid, command)."""
        space = os.readlink(f"/proc/{self.pid}/ns/pid")
        found = []
        for pid in ours():
            with contextlib.suppress(OSError):
                if pid != self.pid and os.readlink(f"/proc/{pid}/ns/pid") == space:
                    found.append((pid, command_of(pid)))
        return found

    def path(self, inside):
        return pathlib.Path(f"/proc/{self.pid}/root{inside}")

    def terminals(self):
        return sorted(entry for entry in os.listdir(self.path("/dev/pts")) if entry != "ptmx")

    def end(self):
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def namespaces(session_root):
    made = Namespaces(ENTER_ROOT, session_root)
    yield made
    made.end()


@pytest.fixture
def host_namespaces():
    made = Namespaces(ENTER_HOST)
    yield made
    made.end()


@pytest.fixture
def name(namespaces):
    """What a user types to name the namespace set: pid:N."""
    return namespaces.name
