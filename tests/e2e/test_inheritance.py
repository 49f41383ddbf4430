"""A router that is started on demand passes nothing on of who happened to start it: jrouterd(8), "What it inherits"."""

import os
import pathlib
import re
import shlex
import signal
import subprocess

import pytest

from conftest import PATIENCE, alive, children, make_root, wait_for

UID = 61237
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start it in every odd state")

# A host of its own: its process 1, its /run.
HOST = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 run /run
ip link set lo up
echo ready
exec sleep 1000000
"""

# What is seen in a session, and in a hook on the host.
LOOK = r"""
cat /proc/self/limits
for file in timerslack_ns coredump_filter oom_score_adj personality loginuid cgroup; do
    echo "$file: $(cat /proc/self/$file 2>&1)"
done
grep -E '^(Uid|Gid|Groups|Umask|Cap|NoNewPrivs|Seccomp|SigBlk|SigIgn|Cpus_allowed|Mems_allowed|THP)' /proc/self/status
nice
busybox taskset -p $$ | sed 's/.*: //'
sed 's/.*) //' /proc/$$/stat | cut -d' ' -f38,39 | sed 's/^/policy /'
busybox ionice -p $$
sed -n '1s/[^ ]* \([^ ]*\).*/\1/p' /proc/self/numa_maps
env | sort
pwd
"""
# Only there, as a jail has these of its own.
LOOK_ON_HOST = LOOK + """
for space in net uts ipc cgroup pid user time; do readlink /proc/self/ns/$space; done
grep -c " /mnt " /proc/self/mounts
/usr/bin/python3 -c "
import ctypes, struct
libc = ctypes.CDLL(None)
attributes = ctypes.create_string_buffer(48)
libc.syscall(315, 0, attributes, 48, 0)
print('securebits', libc.prctl(27, 0, 0, 0, 0), 'memory errors', libc.prctl(34, 0, 0, 0, 0), 'slice', struct.unpack('IIQiIQQQ', attributes)[5])"
"""

PYTHON = "import ctypes, os, sys; libc = ctypes.CDLL(None)\n"
KEYCTL = 250
SEES_THE_KEY = PYTHON + f"print(libc.syscall({KEYCTL}, 10, -3, b'user', b'jcodd', 0) > 0)"


def odd(code):
    return ["/usr/bin/python3", "-c", PYTHON + code + "\nos.execvp(sys.argv[1], sys.argv[1:])"]


def shell(code):
    return ["bash", "-c", code + '\nexec "$@"', "bash"]


RESET = {
    "soft limit of files": shell("ulimit -S -n 64"),
    "soft limits": shell("ulimit -S -f 1000 -t 1000 -s 1024 -c unlimited -l 64 -u 2000 -i 100 -q 1000"),
    "nice": ["nice", "-n", "10"],
    "negative nice": ["nice", "-n", "-5"],
    "batch": ["chrt", "--batch", "0"],
    "idle": ["chrt", "--idle", "0"],
    "real-time": ["chrt", "--fifo", "5"],
    "I/O idle": ["ionice", "-c", "3"],
    "processors": ["taskset", "1"],
    "memory policy": odd("libc.syscall(238, 3, (ctypes.c_ulong * 1)(1), 64)"),
    "timer slack": odd("libc.prctl(29, 1000000, 0, 0, 0)"),
    "memory errors": odd("libc.prctl(33, 1, 1, 0, 0)"),
    "time slice": odd("import struct; libc.syscall(314, 0, struct.pack('IIQiIQQQ', 48, 0, 0, 0, 0, 100_000_000, 0, 0), 0)"),
    "huge pages": odd("libc.prctl(41, 1, 0, 0, 0)"),
    "dump filter": shell("echo 0x1 >/proc/self/coredump_filter"),
    "oom score": shell("echo 500 >/proc/self/oom_score_adj"),
    "personality": ["setarch", "-R"],
    "umask": shell("umask 077"),
    "ignored and blocked signals": ["env", "--ignore-signal=HUP", "--ignore-signal=CHLD", "--block-signal=USR1",
                                    "--block-signal=TERM"],
    "directory": shell("cd /tmp"),
    "environment": ["env", "-i", "PATH=/usr/bin:/bin", "HOME=/tmp", "ODD=1", "TERM=odd", "TZ=Asia/Tokyo", "LC_ALL=C"],
    "groups": ["setpriv", "--regid", "5", "--groups", "5,6"],
    "inheritable and ambient": ["setpriv", "--inh-caps=+net_raw", "--ambient-caps=+net_raw"],
    "securebits": ["setpriv", "--securebits=+no_setuid_fixup"],
    "network": ["unshare", "--net"],
    "ip netns": shell("ip netns add jcodd && set -- ip netns exec jcodd \"$@\""),
    "uts": ["unshare", "--uts", "sh", "-c", 'hostname odd && exec "$@"', "sh"],
    "ipc": ["unshare", "--ipc"],
    "cgroup namespace": ["unshare", "--cgroup"],
    "mounts": ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs odd /mnt && exec "$@"', "sh"],
    "time": ["unshare", "--time", "--boottime", "1000", "--fork"],
}


class Host:
    def __init__(self, prefix, folder):
        self.prefix = prefix
        self.folder = folder
        self.root = make_root(folder / "root")
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--mount-proc", "--kill-child", "sh",
             "-c", HOST], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"
        self.pid = wait_for(lambda: children(self.process.pid), "its process 1")[0]
        (folder / "look").write_text(LOOK_ON_HOST)
        (folder / "keys").write_text(SEES_THE_KEY)
        (self.root / "look").write_text(LOOK)
        folder.chmod(0o755)
        self.config = folder / "jail.conf"
        self.config.write_text(f"""web {{
            path = {self.root}; mount.devfs; mount.procfs; persist;
            exec.prestart = "sh {folder}/look >{folder}/hook; /usr/bin/python3 {folder}/keys >{folder}/key";
            exec.start = "sh /look >/inside";
        }}
        """)

    def run(self, *command, check=None, environment=None, **options):
        done = subprocess.run(
            ["nsenter", "-t", str(self.pid), "-m", "-p", "-n", "-i", "-u", *map(str, command)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, text=True,
            env=environment or {"PATH": os.environ["PATH"], "HOME": "/root", "TERM": "xterm"}, **options)
        if check is not None:
            assert done.returncode == check, (done.returncode, done.stdout, done.stderr)
        return done

    def jconsole(self, *words, check=0, **options):
        return self.run(self.prefix.jconsole, *words, check=check, **options)

    def start_router(self, *by):
        return self.run(*by, self.prefix.jconsole, "ls")

    def end_router(self):
        self.run("sh", "-c", "kill $(cat /run/jconsole/jrouterd.pid); "
                 "while [ -e /run/jconsole/jrouterd.pid ]; do sleep 0.01; done", check=0)

    def look(self):
        """What a session and the hooks see in jails of the router that runs."""
        self.jconsole("start", "-f", self.config, "web")
        seen = {"session": self.jconsole("web", "--", "sh", "/look").stdout, "hook": (self.folder / "hook").read_text(),
                "key": (self.folder / "key").read_text(), "inside": (self.root / "inside").read_text()}
        jinit = self.run("sh", "-c", "for p in /proc/[0-9]*; do [ \"$(cat $p/comm)\" = jinit ] && "
                         "cat $p/limits $p/timerslack_ns $p/coredump_filter; done", check=None).stdout
        assert jinit
        self.jconsole("stop", "-f", self.config, "web")
        return {**seen, "jinit": jinit}

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def host(prefix, tmp_path_factory, session_folder):
    made = Host(prefix, pathlib.Path(tmp_path_factory.mktemp("host")))
    for folder in list(made.folder.parents)[:2]:
        folder.chmod(0o755)
    yield made
    made.end()


@pytest.fixture(scope="module")
def usual(host):
    assert host.start_router().returncode == 0
    seen = host.look()
    host.end_router()
    return seen


def lines(text):
    return text.splitlines()


def expect_the_usual(host, usual):
    seen = host.look()
    for where, text in usual.items():
        assert lines(seen[where]) == lines(text), where


@pytest.mark.parametrize("state", RESET)
def test_what_can_be_given_up_is(host, usual, state):
    if state == "real-time" and host.run(*RESET[state], "true").returncode:
        pytest.skip("the cgroup of the tests has no real-time")
    host.run("ip", "netns", "delete", "jcodd")
    done = host.start_router(*RESET[state])
    try:
        assert (done.returncode, done.stderr) == (0, "")
        expect_the_usual(host, usual)
    finally:
        host.end_router()
        host.run("ip", "netns", "delete", "jcodd")


def test_what_is_usual_is_what_the_manual_says(usual):
    limits = dict(re.findall(r"(?m)^(Max [a-z ]+?)  +(\S+) ", usual["session"]))
    assert limits["Max open files"] == "1024" and limits["Max file size"] == "unlimited"
    assert limits["Max stack size"] == str(8 << 20) and limits["Max core file size"] == "0"
    assert "timerslack_ns: 50000" in usual["session"] and "coredump_filter: 00000033" in usual["session"]
    # Where the router may not lower its helpers' scores (CAP_SYS_RESOURCE), it raises those of programs in jails.
    assert re.search("oom_score_adj: (0|100)\n", usual["session"]) and "THP_enabled:\t1" in usual["session"]
    assert usual["key"] == "False\n"
    hook = lines(usual["hook"])
    assert "Umask:\t0022" in hook and "/" in hook and "Gid:\t0\t0\t0\t0" in hook
    assert [line for line in hook if line.startswith(("HOME=", "TERM=", "USER="))] == []


def test_the_session_keyring_is_left_behind(host, usual):
    done = host.start_router(*odd(
        f"libc.syscall({KEYCTL}, 1, None); libc.syscall(248, b'user', b'jcodd', b'x', 1, -3)\n"
        f"assert libc.syscall({KEYCTL}, 10, -3, b'user', b'jcodd', 0) > 0"))
    try:
        assert (done.returncode, done.stderr) == (0, "")
        expect_the_usual(host, usual)
    finally:
        host.end_router()


def hierarchies():
    found = []
    for line in open("/proc/self/mountinfo"):
        fields = line.split()
        if fields[fields.index("-") + 1] in ("cgroup", "cgroup2") and fields[3] == "/" and os.access(fields[4], os.W_OK):
            found.append(fields[4])
    return found


@pytest.mark.skipif(not hierarchies(), reason="there is no cgroup hierarchy to be changed")
def test_the_cgroup_of_whoever_started_it_is_left(host, usual):
    made = []
    enter = "set -e\n"
    for hierarchy in hierarchies():
        cgroup = pathlib.Path(hierarchy, "jcodd")
        cgroup.mkdir()
        made.append(cgroup)
        for file in ("cpuset.cpus", "cpuset.mems"):
            if cgroup.joinpath(file).exists() and not cgroup.joinpath(file).read_text().strip():
                cgroup.joinpath(file).write_text(pathlib.Path(hierarchy, file).read_text())
        enter += f"echo 0 >{cgroup}/cgroup.procs\n"
    try:
        done = host.start_router(*shell(enter))
        try:
            assert (done.returncode, done.stderr) == (0, "")
            expect_the_usual(host, usual)
            assert [cgroup for cgroup in made if cgroup.joinpath("cgroup.procs").read_text()] == []
        finally:
            host.end_router()
    finally:
        for cgroup in made:
            cgroup.rmdir()


# ---- what cannot be given up --------------------------------------------------------------------------------------------

FILTER = """
class Program(ctypes.Structure): _fields_ = [('length', ctypes.c_ushort), ('code', ctypes.c_char_p)]
code = (0x06).to_bytes(2, 'little') + bytes(2) + (0x7fff0000).to_bytes(4, 'little')
assert libc.prctl(22, 2, ctypes.byref(Program(1, code)), 0, 0) == 0
"""
# Who maps them must be outside.
ALL_IDS = """
asked, ask = os.pipe()
done, tell = os.pipe()
if os.fork() == 0:
    os.read(asked, 1)
    for file in ("uid_map", "gid_map"):
        open(f"/proc/{os.getppid()}/{file}", "w").write("0 0 4294967295")
    os.write(tell, b"x")
    os._exit(0)
assert libc.unshare(0x10000000) == 0
os.write(ask, b"x")
os.read(done, 1)
"""
REFUSED = {
    "no_new_privs": (["setpriv", "--no-new-privs"], "no_new_privs"),
    "filter": (odd(FILTER), "filter of system calls"),
    "bounding set": (["setpriv", "--bounding-set=-net_raw"], "bounding set lacks 0x2000"),
    "proc of another pid namespace": (["unshare", "--pid", "--fork"], "/proc is not that of its pid namespace"),
    # The host's root could not use it, and nobody could start another.
    "user namespace": (["unshare", "--user", "--map-root-user"], "pid namespace belongs to the root outside"),
    "with mounts": (["unshare", "--user", "--map-root-user", "--mount"], "pid namespace belongs to the root outside"),
    "with all": (["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc"],
                 "no ids for its helpers"),
    "with all ids": (odd(ALL_IDS), "pid namespace belongs to the root outside"),
}


def is_one_line_about(done, word):
    return done.returncode == 255 and done.stdout == "" and re.fullmatch(
        rf"jconsole: connect to the router: the router did not start: jrouterd: [^\n]*{word}[^\n]*; [^\n]+\n",
        done.stderr) is not None


@pytest.mark.parametrize("state", REFUSED)
def test_what_cannot_be_given_up_is_no_start(host, state):
    by, word = REFUSED[state]
    done = host.start_router(*by)
    assert is_one_line_about(done, word), done
    assert host.run("test", "-e", "/run/jconsole/socket").returncode == 1


@pytest.mark.parametrize("limit, word", [
    ("-n 64", "open files is 64"), ("-f 1000", "the size of files is"), ("-v 10000000", "address space is"),
    ("-t 10000", "processor time is 10000"), ("-u 3000", "processes is 3000"), ("-n 1500", "open files is 1500")])
def test_a_hard_limit_is_raised_or_told(host, usual, limit, word):
    done = host.start_router(*shell(f"ulimit {limit}"))
    if done.returncode == 255:
        assert is_one_line_about(done, word), done
        assert "cannot be raised" in done.stderr
        return
    try:
        assert (done.returncode, done.stderr) == (0, "")
        expect_the_usual(host, usual)
    finally:
        host.end_router()


def test_what_does_no_harm_is_told_and_no_more(host, usual):
    done = host.start_router(*shell("ulimit -c 0"))
    assert done.returncode == 0
    assert done.stderr == "" or re.fullmatch(r"jrouterd: its hard limit of core files is 0, [^\n]+\n", done.stderr)
    host.end_router()


# ---- a user's own router --------------------------------------------------------------------------------------------------


@pytest.fixture
def runtime(folder):
    made = folder / "runtime"
    made.mkdir(mode=0o700)
    os.chown(made, UID, UID)
    yield made
    pid_file = made / "jconsole/jrouterd.pid"
    if pid_file.exists():
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not alive(pid), "the end of the router")


def as_user(runtime, *command):
    return subprocess.run([*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=PATIENCE, user=UID, group=UID, extra_groups=[],
                          env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "XDG_RUNTIME_DIR": str(runtime)})


def test_a_users_nice_value_is_named(prefix, runtime):
    done = as_user(runtime, "nice", "-n", "5", prefix.jconsole, "ls")
    assert done.returncode == 0
    assert re.fullmatch(r"jrouterd: its nice value is that of who started it, [^\n]+\n", done.stderr)
    assert as_user(runtime, prefix.jconsole, "ls").stderr == ""


@pytest.mark.parametrize("by, word", [
    (["setpriv", "--no-new-privs"], "no_new_privs"), (shell("ulimit -n 64"), "open files is 64"),
    (shell("ulimit -f 1000"), "the size of files is")])
def test_what_a_user_cannot_give_up_is_no_start(prefix, runtime, by, word):
    # His login is a shell that is there before.
    done = as_user(runtime, "sh", "-c", shlex.join([*map(str, by), str(prefix.jconsole), "ls"]) + "; exit $?")
    assert is_one_line_about(done, word), done
    assert as_user(runtime, prefix.jconsole, "ls").returncode == 0
