"""A tenant who traces processes (ptrace(2)): jinit, to take what it holds or to fork from it; or others, so that the jail
does not end. What a tracer has stopped before its end (PTRACE_EVENT_EXIT) stays there for as long as the tracer lives."""

import os
import pathlib
import signal
import subprocess
import sys
import textwrap

import pytest

from conftest import alive, wait_for
from test_jails import jinit_of, make_jail  # noqa: F401: a fixture
from test_rootless import user  # noqa: F401: a fixture

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root moves processes between the cgroups of root's jails")

SHARED_PIDS = ["fs", "ipc", "uts", "cgroup"]
OWN_IDS = ["fs", "ipc", "pid", "uts", "cgroup", "user"]

PTRACE = """
import ctypes, errno, os, signal, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long] * 4
libc.ptrace.restype = ctypes.c_long
ATTACH, SEIZE, TRACEEXIT = 16, 0x4206, 1 << 6
"""

# Every way to a process that the kernel allows to whom it allows to trace it.
WAYS = PTRACE + """
pid = int(sys.argv[1])
libc.syscall.restype = ctypes.c_long

def called(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

def stolen():
    process = os.pidfd_open(pid)
    for fd in range(3, 6):
        try:
            called(libc.syscall(438, process, fd, 0))
            return
        except OSError as error:
            if error.errno != errno.EBADF:
                raise

def read():
    place = ctypes.create_string_buffer(8)
    vector = (ctypes.c_ulong * 2)(ctypes.addressof(place), 8)
    called(libc.process_vm_readv(pid, vector, 1, vector, 1, 0))

def opened(name):
    os.close(os.open(f"/proc/{pid}/{name}", os.O_RDONLY))

ways = {"attach": lambda: called(libc.ptrace(ATTACH, pid, 0, 0)), "seize": lambda: called(libc.ptrace(SEIZE, pid, 0, TRACEEXIT)),
        "pidfd_getfd": stolen, "process_vm_readv": read}
if os.path.exists(f"/proc/{pid}"):
    ways |= {name: lambda name=name: opened(name) for name in ("mem", "environ", "maps")}
    ways["map_files"] = lambda: os.listdir(f"/proc/{pid}/map_files")
    links = ["exe", "cwd", "root", "ns/net", *(f"fd/{number}" for number in os.listdir(f"/proc/{pid}/fd"))]
    ways |= {name: lambda name=name: os.readlink(f"/proc/{pid}/{name}") for name in links}
    ways |= {f"open:{name}": lambda name=name: opened(name) for name in links}
for name, way in ways.items():
    try:
        way()
        print(name, "open")
    except OSError as error:
        print(name, errno.errorcode[error.errno])
"""

# Holds a process at its end: CGROUP, where it is not "", is whose process it becomes; it says so in the file SAYS.
TRACER = PTRACE + """
pid, cgroup, says = int(sys.argv[1]), sys.argv[2], sys.argv[3]
for number in range(1, 32):
    if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)
os.setsid()
if libc.ptrace(SEIZE, pid, 0, TRACEEXIT) == -1:
    sys.exit(os.strerror(ctypes.get_errno()))
if cgroup:
    open(cgroup + "/cgroup.procs", "w").write("0")
open(says, "w").write(str(os.getpid()))
while True:
    time.sleep(1000)
"""


def with_host_programs(root):
    """A root with the host's /usr, for its python3."""
    for name in ("lib", "lib64"):
        if os.path.islink(f"/{name}") and not (root / name).exists():
            (root / name).symlink_to(os.readlink(f"/{name}"))
    return f"/usr {root}/usr nullfs ro 0 0"


def python(jail, script, *arguments, **options):
    return jail.run(sys.executable, "-c", script, *map(str, arguments), **options)


def expect_closed(text):
    answers = dict(line.split() for line in text.splitlines())
    assert len(answers) >= 4, text
    assert set(answers.values()) <= {"EPERM", "EACCES"}, answers


@pytest.mark.parametrize("parameters", [
    {}, {"children.max": 5}, {"linux.namespaces": OWN_IDS}, {"linux.namespaces": SHARED_PIDS, "mount.procfs": None}], ids=str)
def test_jinit_is_out_of_reach(make_jail, root, parameters):
    jail = make_jail(mount=[with_host_programs(root)], **parameters)
    jail.start()
    pid = jinit_of(jail) if "mount.procfs" in parameters else 1
    expect_closed(python(jail, WAYS, pid, check=0).stdout.decode())


def test_so_it_is_in_a_users_jail(user):
    mount = with_host_programs(user.root)
    user.run("start", "mine", check=0)
    user.run("stop", "mine", check=0)
    config = user.home / ".config/jconsole/jail.conf"
    config.write_text(config.read_text().replace("persist;", f'persist; mount += "{mount}";'))
    user.run("start", "mine", check=0)
    expect_closed(user.run("mine", "--", sys.executable, "-c", WAYS, "1", check=0).stdout.decode())


@pytest.fixture
def tracer(folder):
    """One of the host's, who may trace jinit; in the jail's cgroup he stands for one of the jail's who could."""
    made = []

    def begin(pid, cgroup=""):
        says = folder / f"tracer{len(made)}"
        made.append(subprocess.Popen([sys.executable, "-c", TRACER, str(pid), str(cgroup), str(says)]))
        wait_for(lambda: says.exists() and says.read_text(), "the tracer")
        return made[-1]

    yield begin
    for process in made:
        process.kill()
        process.wait()


def cgroup_of(jail):
    found = [path for path in jail.cgroups() if path.name == jail.name and (path / "members").exists()]
    return found[0] if found else pytest.skip("no cgroup of version 2 here")


@pytest.mark.parametrize("verb", ["stop", "restart", "kill -f", "kill -kf -t 1"])
@pytest.mark.parametrize("namespaces", [None, SHARED_PIDS], ids=["own pids", "the host's pids"])
def test_a_jail_ends_whose_jinit_is_traced_from_inside(make_jail, tracer, verb, namespaces):
    jail = make_jail(linux__namespaces=namespaces, mount__procfs=not namespaces, stop__timeout="1")
    jail.start()
    jinit = jinit_of(jail)
    held = tracer(jinit, cgroup_of(jail) / "members")
    words = [*verb.split(), *(["-f", jail.config] if not verb.startswith("kill") else []), jail.name]
    done = jail.router.run(*words, check=0)
    assert f"{jail.name}: removed\n" in done.stdout.decode()
    assert held.wait(10) == -signal.SIGKILL and not alive(jinit)
    if verb == "restart":
        jail.run("true", check=0)


def test_a_start_that_fails_ends_what_traces_it(make_jail, folder):
    (folder / "tracer.py").write_text(TRACER)
    (folder / "hook").write_text(textwrap.dedent(f"""
        jail=$(sed -n 's/^0:://p' /proc/$JPID/cgroup)
        for mount in $(sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \\([^ ]*\\) .* - cgroup2 .*/\\1/p' /proc/self/mountinfo); do
            [ -d $mount$jail/members ] && break
        done
        {sys.executable} {folder}/tracer.py $JPID $mount$jail/members {folder}/says &
        while [ ! -s {folder}/says ]; do sleep 0.01; done
        exit 1
        """))
    jail = make_jail(exec__poststart=f"sh {folder}/hook")
    done = jail.verb("start", check=1)
    assert f"{jail.name}: removed\n" in done.stdout.decode(), done
    assert not jail.record() and not alive(int((folder / "says").read_text()))


def test_a_tracer_of_the_hosts_is_named(make_jail, tracer):
    """Who is not the jail's is not killed, but told."""
    jail = make_jail()
    jail.start()
    jinit = jinit_of(jail)
    held = tracer(jinit)
    done = jail.router.run("kill", "-kf", "-t", "1", jail.name, check=1)
    assert done.stderr.decode().endswith(
        f"{jail.name}: jail_remove: its processes were killed and have not ended after 10 seconds; process {jinit} is held by "
        f"{held.pid}, which traces it: 'kill -9 {held.pid}' frees it\n"), done.stderr
    held.kill()
    wait_for(lambda: not jail.record() and jail.cgroups() == [], "the end of the jail")


def test_tracers_of_each_other_that_are_not_at_their_end_end(make_jail, root):
    """(With PTRACE_O_TRACEEXIT, on both, they would not: docs/security.md.)"""
    jail = make_jail(mount=[with_host_programs(root)], stop__timeout="1")
    jail.start()
    seize = PTRACE + """
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
libc.prctl(0x59616d61, -1, 0, 0, 0)  # PR_SET_PTRACER, where the host has Yama
first = os.getpid()
second = os.fork()
if libc.ptrace(SEIZE, second or first, 0, 0) == 0:
    open(f"/tmp/seized{second or first}", "w").close()
os.close(0), os.close(1), os.close(2)
while True:
    time.sleep(1000)
"""
    holder = jail.router.popen(jail.name, "--", sys.executable, "-c", seize, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: len(list(pathlib.Path(root / "tmp").glob("seized*"))) == 2, "both")
    assert f"{jail.name}: removed\n" in jail.stop().stdout.decode()
    holder.wait()


def test_with_the_hosts_pids_nothing_of_the_jail_is_left(make_jail):
    """Nor what has come into the cgroup of jinit itself: it was taken for a new jail's first process."""
    jail = make_jail(linux__namespaces=SHARED_PIDS, mount__procfs=None,
                     exec__start='(trap "" TERM HUP; exec sleep 1000) >/dev/null 2>&1 &')
    jail.start()
    own = cgroup_of(jail)
    process = int((own / "members/cgroup.procs").read_text())
    (own / "cgroup.procs").write_text(str(process))
    jail.router.run("kill", "-kf", "-t", "1", jail.name, check=0)
    wait_for(lambda: not alive(process), "its end", 10)
    assert jail.cgroups() == []
    jail.start()
    jail.router.run("kill", "-kf", "-t", "1", jail.name, check=0)
