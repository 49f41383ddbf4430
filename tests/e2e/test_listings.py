"""jreader ls, ps and sessions, on processes in real namespaces and cgroups; the registry is made here."""

import contextlib
import fcntl
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import time

import pytest
from wcwidth import wcwidth

BUILD = pathlib.Path(os.environ.get("JCONSOLE_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build/release"))
READER = BUILD / "libexec/jconsole/jreader"
OWN_PID_NAMESPACE = 2
OWN_SPACES = 1 | 2 | 4 | 8  # fs, ipc, pid, uts
SEALS = 0xF  # F_SEAL_SEAL | SHRINK | GROW | WRITE
UNSHARE = ["unshare", "--user", "--map-root-user"] if os.geteuid() else ["unshare"]


def sealed(content):
    fd = os.memfd_create("records", os.MFD_ALLOW_SEALING)
    os.write(fd, content)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, SEALS)
    return fd


def start_time(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def headed(magic, version, body, pid, started, jid, name, cgroup):
    """jailcore/contract/record_head.hpp"""
    name, cgroup = (text if isinstance(text, bytes) else text.encode() for text in (name, cgroup))
    return struct.pack("=8sIIIiQII256s512s", magic, version, version, 808 + len(body), pid, started, jid, 0, name, cgroup) + body


def jail(jid, name, pid=0, flags=0, hostname="", path="", cgroup="", started=None, spaces=OWN_SPACES):
    namespace = os.stat(f"/proc/{pid}/ns/pid").st_ino if flags & OWN_PID_NAMESPACE else 0
    started = start_time(pid) if pid and started is None else started or 0
    texts = [text if isinstance(text, bytes) else text.encode() for text in (hostname, "domain", "6.1.0-test", path)]
    return headed(b"jc-jail", 3, struct.pack("=IiQQQIIII256s256s64s1024s", flags, 0, 0, 0, namespace, spaces, 0, 0, 0, *texts),
                  pid, started, jid, name, cgroup)


def session(number, name, leader=0, terminal=1, created=0, owner=0, attached=1):
    return headed(b"jc-sess", 4, struct.pack("=IIQIIIIQ", number, terminal, created, owner, attached, 0, 0, 0), leader, 0, 0,
                  name, "")


def program(words):
    """The words of a client as they travel: pty/program.hpp."""
    def item(text):
        return struct.pack("=I", len(text)) + text

    nothing = struct.pack("=I", 0)
    return (b"jconsole-program-2" + nothing * 6 + struct.pack("=I", len(words)) +
            b"".join(item(str(word).encode()) for word in words))


def reader(verb, *words, one=None, jails=b"", sessions=b"", raw=None):
    """`one`: the jail that the router was asked for."""
    arguments = [verb] if one is None else [verb, one]
    fds = [sealed(jails) if raw is None else raw, sealed(sessions), sealed(program(words))]

    def place():
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in fds]
        for number, fd in zip((4, 5, 6), high):
            os.dup2(fd, number)

    try:
        return subprocess.run([READER, *arguments], capture_output=True, text=True, timeout=120, close_fds=False,
                              preexec_fn=place)
    finally:
        for fd in fds:
            os.close(fd)


def until(condition):
    deadline = time.monotonic() + 60
    while not (value := condition()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
    return value


def children(pid):
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def command(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()


@contextlib.contextmanager
def running(*arguments):
    """A process in a session of its own, ended with all of its descendants' namespaces."""
    process = subprocess.Popen(list(map(str, arguments)), start_new_session=True, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def pid_namespace(script):
    """The host pid of a shell that is process 1 of a new pid namespace and runs the script."""
    with running(*UNSHARE, "--pid", "--fork", "--kill-child", "sh", "-c", script) as outer:
        yield until(lambda: children(outer))[0]


def rows(text):
    return [line.split(None, 7) for line in text.splitlines()[1:]]


def test_ls_is_jls_to_the_letter():
    done = reader("ls", jails=jail(12, "web", hostname="web.example.org", path="/jails/web") +
                  jail(3, "db", hostname="a-host-name-that-is-longer-than-its-column", path="/" + "x" * 100))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "   JID  IP Address      Hostname                      Path\n"
        "     3                  a-host-name-that-is-longer-th /" + "x" * 73 + "\n"
        "    12                  web.example.org               /jails/web\n")
    assert reader("ls").stdout == "   JID  IP Address      Hostname                      Path\n"


def test_ls_verbose_is_jls_to_the_letter():
    records = jail(1, "classic", hostname="classic", path="/usr/local/jails/containers/classic")
    for flag in ("-v", "--verbose"):
        assert reader("ls", flag, jails=records).stdout == (
            "   JID  Hostname                      Path\n"
            "        Name                          State\n"
            "        CPUSetID\n"
            "        IP Address(es)\n"
            "     1  classic                       /usr/local/jails/containers/classic\n"
            "        classic                       ACTIVE\n"
            "        -1\n")


def test_ls_json_is_jls_s():
    records = jail(1, "web", hostname="h", path="/p")
    assert json.loads(reader("ls", "--json", jails=records).stdout) == {
        "__version": "2",
        "jail-information": {"jail": [{"jid": 1, "ipv4": "", "hostname": "h", "path": "/p", "name": "web"}]}}
    assert json.loads(reader("ls", "-v", "--json", jails=records).stdout)["jail-information"]["jail"] == [
        {"jid": 1, "hostname": "h", "path": "/p", "name": "web", "state": "ACTIVE", "cpusetid": -1,
         "ipv4_addrs": [], "ipv6_addrs": []}]


def test_ls_of_one_jail_and_of_named_parameters():
    records = jail(1, "web", hostname="h", path="/p") + jail(2, "db", hostname="i", path="/q")
    assert reader("ls", "-j", "db", "jid", "path", "host.domainname", "osrelease", jails=records).stdout == \
        "2 /q domain 6.1.0-test\n"
    assert reader("ls", "-n", "-j", "1", "name", "persist", jails=records).stdout == "name=web nopersist\n"
    for words in (["-c", "-j", "db"], ["-c", "-j", "2"]):
        done = reader("ls", *words, jails=records)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), words
    done = reader("ls", "-c", "-j", "other", jails=records)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    done = reader("ls", "-j", "other\n", jails=records)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == \
        "jconsole: other\\x0a: ls: jail \"other\\x0a\" not found; 'jconsole ls' lists those that run\n"
    done = reader("ls", "jid", "nosuch", jails=records)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == \
        ("jconsole: ls: unknown parameter: nosuch; 'jconsole ls -h' names those of a jail here, and -j JAIL lists that "
         "one alone\n")


def test_what_a_jail_calls_itself_is_escaped():
    hostile = jail(1, "a", hostname=b"\x1b]0;x\x07\xc2\x9b\xff\n", path=b"/\xe2\x80\xae")
    shown = reader("ls", jails=hostile).stdout.splitlines()
    assert len(shown) == 2 and "\\x1b]0;x\\x07\\u{9b}\\xff\\x0a" in shown[1] and "/\\u{202e}" in shown[1]
    text = reader("ls", "--json", jails=hostile).stdout
    assert text.isascii() and "\x1b" not in text and "\x7f" not in text
    assert json.loads(text)["jail-information"]["jail"][0]["hostname"] == "\x1b]0;x\x07\x9b\\xff\n"


def test_ps_finds_the_processes_of_a_pid_namespace():
    with pid_namespace("sleep 1000 & exec sleep 2000") as first:
        second = until(lambda: [pid for pid in children(first) if command(pid).startswith(b"sleep")])[0]
        until(lambda: command(first).startswith(b"sleep"))
        done = reader("ps", jails=jail(7, "demo", first, OWN_PID_NAMESPACE))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[0].split() == ["JAIL", "JID", "PID", "HOSTPID", "USER", "TT", "TIME", "COMMAND"]
        assert rows(done.stdout) == [
            ["demo", "7", "1", str(first), "root", "-", "00:00:00", "sleep 2000"],
            ["demo", "7", "2", str(second), "root", "-", "00:00:00", "sleep 1000"]]


def test_ps_counts_a_namespace_within_a_jail_as_the_jails():
    with pid_namespace("unshare --pid --fork --kill-child sleep 3000; :") as first:
        inner = until(lambda: [grand for child in children(first) for grand in children(child)
                               if command(grand).startswith(b"sleep")])[0]
        listed = json.loads(reader("ps", "--json", jails=jail(7, "demo", first, OWN_PID_NAMESPACE)).stdout)
        assert [(row["pid"], row["command"]) for row in listed if row["host_pid"] == inner] == [(3, "sleep 3000")]
        assert len(listed) == 3


@pytest.mark.skipif(not os.path.exists("/proc/sys/kernel/ns_last_pid"), reason="the kernel is made without it")
def test_ps_is_ordered_by_the_pid_that_it_shows():
    """However the host's pids lie: those of a namespace wrap for themselves."""
    last = "/proc/sys/kernel/ns_last_pid"
    script = f"echo 30000 >{last}; sleep 3001 & echo 100 >{last}; sleep 3002 & wait"
    with pid_namespace(script) as first:
        until(lambda: len([pid for pid in children(first) if b"sleep" in command(pid)]) == 2)
        records = jail(7, "demo", first, OWN_PID_NAMESPACE)
        shown = [row["pid"] for row in json.loads(reader("ps", "--json", jails=records).stdout)]
        assert shown == [1, 101, 30001]
        assert [int(line) for line in reader("ps", "-o", "pid=", jails=records).stdout.split()] == shown


def test_ps_selects_a_jail_by_name_or_jid():
    with pid_namespace("exec sleep 1000") as one, pid_namespace("exec sleep 1000") as two:
        records = jail(8, "one", one, OWN_PID_NAMESPACE) + jail(9, "two", two, OWN_PID_NAMESPACE)
        assert [row[0] for row in rows(reader("ps", jails=records).stdout)] == ["one", "two"]
        assert [row[3] for row in rows(reader("ps", one="two", jails=records).stdout)] == [str(two)]
        assert [row[3] for row in rows(reader("ps", one="8", jails=records).stdout)] == [str(one)]
        done = reader("ps", one="three", jails=records)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "jconsole: three: ps: no such jail runs; 'jconsole ls' lists those that do\n"


def test_ps_passes_over_a_record_whose_process_is_gone_or_another():
    with pid_namespace("exec sleep 1000") as first:
        for record in (jail(1, "a", first, OWN_PID_NAMESPACE, started=1), jail(1, "a", 2**22 + 1, 0, started=1)):
            done = reader("ps", jails=record)
            assert (done.returncode, rows(done.stdout)) == (0, [])


def test_ps_escapes_what_a_process_calls_itself():
    title = "\x1b[2J\nfaked 1 1 1 root\u202e"
    spoken = "$(printf '\\033[2J\\nfaked 1 1 1 root\\342\\200\\256')"
    with pid_namespace(f"exec {sys.executable} -c 'import time; time.sleep(1000)' \"{spoken}\"") as first:
        until(lambda: b"\x1b[2J" in command(first))  # the shell's own has the word, too
        records = jail(1, "a", first, OWN_PID_NAMESPACE)
        shown = reader("ps", jails=records).stdout
        assert len(shown.splitlines()) == 2 and "\x1b" not in shown and "\\x1b[2J\\x0afaked" in shown
        assert "\\u{202e}" in shown
        assert json.loads(reader("ps", "--json", jails=records).stdout)[0]["command"].endswith(title)


def test_ps_of_a_jail_without_a_namespace_or_cgroup_is_its_descendants():
    with running("sh", "-c", "sleep 1234 & wait") as first:
        second = until(lambda: children(first))[0]
        until(lambda: command(second).startswith(b"sleep"))
        listed = json.loads(reader("ps", "--json", jails=jail(1, "a", first)).stdout)
        assert [(row["pid"], row["host_pid"]) for row in listed] == [(first, first), (second, second)]


def cgroup_mount():
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        if rest.startswith("cgroup2 "):
            return pathlib.Path(fields.split()[4])
    return None


def test_ps_of_a_jail_without_a_namespace_is_its_cgroup():
    mount = cgroup_mount()
    if mount is None or not os.access(mount, os.W_OK):
        pytest.skip("no cgroup version 2 that may be written")
    folder = mount / f"jconsole-test-{os.getpid()}"
    try:
        (folder / "inner").mkdir(parents=True)
        with running("sleep", "1000") as first, running("sleep", "2000") as second, running("sleep", "3000"):
            (folder / "cgroup.procs").write_text(str(first))
            (folder / "inner/cgroup.procs").write_text(str(second))
            listed = json.loads(reader("ps", "--json", jails=jail(1, "a", first, cgroup=str(folder))).stdout)
            assert [row["host_pid"] for row in listed] == sorted([first, second])
    finally:
        for path in (folder / "inner", folder):
            with contextlib.suppress(FileNotFoundError):
                until(lambda: not (path / "cgroup.procs").read_text())
                path.rmdir()


def test_ps_bears_processes_that_come_and_go():
    with pid_namespace("while :; do true & done") as first:
        for _ in range(20):
            done = reader("ps", jails=jail(1, "a", first, OWN_PID_NAMESPACE))
            assert (done.returncode, done.stderr) == (0, "")


def test_wide_characters_and_marks_take_the_columns_that_they_have():
    shown = reader("ls", jails=jail(1, "a", hostname="日本語", path="/x") + jail(2, "b", hostname="e\u0301e\u0301", path="/x") +
                   jail(3, "c", hostname="plain", path="/x")).stdout.splitlines()
    places = {sum(max(wcwidth(character), 0) for character in line[:line.index("/x")]) for line in shown[1:]}
    assert len(places) == 1, shown


def test_sessions():
    with running("sleep", "1000") as leader:
        until(lambda: command(leader).startswith(b"sleep"))
        records = session(1, "demo", leader, created=1_700_000_000, owner=1000) + session(2, "demo", 2**22 + 1,
                                                                                         terminal=0, attached=0)
        done = reader("sessions", sessions=records)
        assert (done.returncode, done.stderr) == (0, "")
        assert [line.split(None, 6) for line in done.stdout.splitlines()] == [
            ["SESSION", "HOSTPID", "UID", "TT", "STATE", "STARTED", "COMMAND"],
            ["demo:1", str(leader), "1000", "-", "attached", "2023-11-14T22:13:20Z", "sleep 1000"],
            ["demo:2", str(2**22 + 1), "0", "-", "detached", "1970-01-01T00:00:00Z"]]
        listed = json.loads(reader("sessions", "--json", sessions=records).stdout)
        assert listed[0] == {"session": "demo:1", "jail": "demo", "number": 1, "host_pid": leader, "owner": 1000,
                             "terminal": True, "tty": "-", "attached": True, "created": 1_700_000_000,
                             "command": "sleep 1000"}
        assert (listed[1]["command"], listed[1]["terminal"]) == ("", False)


def test_records_that_are_not_whole_or_not_sealed_are_refused(tmp_path):
    done = reader("ls", jails=jail(1, "a")[:-1])
    assert (done.returncode, done.stdout) == (1, "")
    done = reader("ls", jails=b"\1" + jail(1, "a")[1:])
    assert (done.returncode, done.stdout) == (1, "")
    with open(tmp_path / "plain", "w+b") as plain:
        plain.write(jail(1, "a"))
        plain.flush()
        done = reader("ls", raw=os.dup(plain.fileno()))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
