"""Jails of our own: start, stop, what is inside, what is left."""

import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import time
import types

import pexpect
import pytest

from conftest import PATIENCE, alive, children, command_of, name_of, ours, stat_fields, wait_for
from test_attach import finish, one_line

pytestmark = pytest.mark.asan

COUNTER = iter(range(1, 1 << 30))


class Jail:
    """A jail of the router, in a configuration of its own."""

    def __init__(self, router, root, folder, **parameters):
        self.router = router
        self.root = root
        self.name = f"t{os.getpid()}x{next(COUNTER)}"
        self.config = folder / f"{self.name}.conf"
        self.write(**parameters)

    def write(self, **parameters):
        settings = {"path": str(self.root), "host.hostname": f"{self.name}.jail", "mount.devfs": True,
                    "mount.procfs": True, "persist": True,
                    **{key.replace("__", "."): value for key, value in parameters.items()}}
        self.config.write_text(self.text(settings))

    def text(self, settings):
        lines = []
        for key, value in settings.items():
            values = value if isinstance(value, list) else [value]
            quoted = ", ".join('"%s"' % str(word).replace("\\", "\\\\").replace('"', '\\"') for word in values)
            if value is True:
                lines.append(f"    {key};")
            elif value is not None and value is not False:
                lines.append(f"    {key} = {quoted};")
        return "\n".join([self.name + " {", *lines, "}", ""])

    def verb(self, verb, *options, **settings):
        return self.router.run(verb, "-f", self.config, *options, self.name, **settings)

    def start(self):
        return self.verb("start", check=0)

    def stop(self):
        return self.verb("stop", check=0)

    def run(self, *command, **settings):
        return self.router.run(self.name, "--", *command, **settings)

    def sh(self, script):
        return self.run("sh", "-c", script, check=0).stdout.decode()

    def record(self):
        found = [jail for jail in listing(self.router, "ls") if jail["name"] == self.name]
        return found[0] if found else None

    def cgroups(self):
        # walk() does not mind what goes while it looks.
        return [pathlib.Path(path) for path, _, _ in os.walk("/sys/fs/cgroup") if self.name in os.path.basename(path)]


def listing(router, verb, *words):
    text = router.run(verb, "--json", *words, check=0).stdout
    value = json.loads(text)
    return value["jail-information"]["jail"] if isinstance(value, dict) and "jail-information" in value else value


@pytest.fixture
def make_jail(router, root, folder):
    made = []

    def make(**parameters):
        made.append(Jail(router, root, folder, **parameters))
        return made[-1]

    yield make
    for jail in reversed(made):  # one in another was made after it
        if router.process.poll() is None and jail.record():
            jail.write()
            jail.verb("stop")
        assert jail.cgroups() == [], "a cgroup was left behind"


@pytest.fixture
def jail(make_jail):
    made = make_jail()
    made.start()
    return made


# ---- from start to stop -----------------------------------------------------------------------------------------------------


def test_start_says_what_jail_does(make_jail):
    jail = make_jail()
    assert jail.start().stdout.decode() == f"{jail.name}: created\n"
    assert jail.run("hostname", check=0).stdout.decode() == f"{jail.name}.jail\n"
    assert jail.stop().stdout.decode() == f"{jail.name}: removed\n"
    one_line(jail.run("true"), jail.name)


def test_a_console_in_it(jail):
    child = jail.router.terminal(jail.name)
    child.expect_exact("ready> ")
    child.sendline("tty; hostname; stty size; exit 4")
    child.expect_exact(f"/dev/pts/0\r\n{jail.name}.jail\r\n24 80\r\n")
    assert finish(child)[1] == 4


def test_nothing_of_the_host_is_seen_from_inside(jail):
    assert set(jail.sh("ls /").split()) == {"bin", "dev", "etc", "home", "linuxrc", "proc", "root", "sbin", "sys",
                                            "tmp", "usr", "var"} & set(os.listdir(jail.root))
    mounted = {line.split()[4] for line in jail.sh("cat /proc/self/mountinfo").splitlines()}
    assert {"/", "/dev", "/dev/pts", "/proc"} <= mounted
    assert [path for path in mounted if not re.match(r"/($|dev|proc)", path)] == []
    processes = jail.sh("ps -o pid,args").splitlines()
    assert len(processes) <= 4, processes


def test_dev_is_minimal_and_its_own(jail):
    nodes = jail.sh("ls /dev").split()
    assert {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts"} <= set(nodes)
    assert not {"mem", "kmem", "vda", "sda", "kmsg", "console"} & set(nodes)
    assert jail.sh("stat -c %t:%T /dev/null").strip() == "1:3"
    assert jail.sh("ls /dev/pts").split() == ["ptmx"]


def test_a_started_jail_is_not_started_again(jail):
    done = jail.verb("start")
    assert done.returncode != 0
    assert b"already exists" in done.stderr


def do_as_typed(jail, message):
    """Does the command that a message names, as it stands there."""
    [command] = re.findall(r"'(jconsole [^']*)' (?:starts|mends)", message.decode())
    return subprocess.run(["sh", "-c", command], env={"PATH": f"{jail.router.prefix.folder}/bin:/usr/bin:/bin"},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=PATIENCE).stdout.decode()


def test_the_mend_is_told_as_it_must_be_typed(make_jail):
    jail = make_jail()
    jail.start()
    assert do_as_typed(jail, jail.verb("start", check=1).stderr) == f"{jail.name}: removed\n{jail.name}: created\n"
    jail.sh("rm /dev/ptmx")
    told = jail.router.run("-t", jail.name, "true").stderr
    assert "mended: make /dev/ptmx a link" in do_as_typed(jail, told)


def test_a_stopped_jail_is_not_stopped_again(make_jail):
    jail = make_jail()
    done = jail.verb("stop")
    assert done.returncode != 0
    assert done.stderr.decode() == jail.router.typed(
        f"\"{jail.name}\" does not run; 'jconsole start {jail.name}' starts it\n", jail.config)
    assert jail.verb("restart", check=1).stderr == done.stderr
    done = jail.router.run("stop", "-f", jail.config, "nothere", check=1)
    assert done.stderr.decode().startswith('"nothere" not found; ')


def test_a_jail_that_the_configuration_does_not_have(make_jail):
    done = make_jail().router.run("start", "-f", make_jail().config, "nothere")
    assert done.returncode != 0
    assert b"nothere" in done.stderr and b"not found" in done.stderr


def test_restart_gives_new_processes(jail):
    before = jail.record()
    assert jail.verb("restart", check=0).stdout.decode() == f"{jail.name}: removed\n{jail.name}: created\n"
    assert jail.record()["jid"] != before["jid"]


def test_stop_ends_what_runs_inside(jail):
    client = jail.router.popen("-T", jail.name, "--", "sleep", "1000", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    wait_for(lambda: "sleep 1000" in jail.sh("ps -o args"), "sleep")
    jail.stop()
    client.communicate(timeout=60)
    assert client.returncode in (128 + signal.SIGTERM, 128 + signal.SIGKILL)


def test_a_jail_that_does_not_persist_ends_with_its_last_process(make_jail):
    jail = make_jail(persist=False, exec__start="sleep 1000 &")
    jail.start()
    assert jail.record()
    jail.sh("kill $(pidof sleep)")
    wait_for(lambda: jail.record() is None, "the end of the jail")


def test_a_console_keeps_its_jail_alive(make_jail):
    jail = make_jail(persist=False, exec__start="sleep 1000 &")
    jail.start()
    child = jail.router.terminal(jail.name)
    child.expect_exact("ready> ")
    child.sendline("kill $(pidof sleep); echo go'n'e")
    child.expect_exact("gone")
    child.expect_exact("ready> ")
    child.sendline("hostname; exit")
    child.expect_exact(f"{jail.name}.jail")
    finish(child)
    wait_for(lambda: jail.record() is None, "the end of the jail")


def test_a_jail_that_ends_while_it_is_stopped_is_stopped(make_jail, folder):
    jail = make_jail()
    jail.start()
    jail.write(exec__prestop=[f"kill -9 {jinit_of(jail)}", "sleep 0.2"], exec__poststop=f"touch {folder}/poststop")
    assert jail.stop().stdout.decode() == f"{jail.name}: removed\n"
    assert (folder / "poststop").exists() and jail.cgroups() == []


def test_a_jail_that_ends_while_its_stop_fails_leaves_nothing(make_jail):
    jail = make_jail()
    jail.start()
    jail.write(exec__prestop=[f"kill -9 {jinit_of(jail)}", "sleep 0.2"], exec__poststop="false")
    assert b"false: failed" in jail.verb("stop", check=1).stderr
    wait_for(lambda: jail.record() is None and jail.cgroups() == [], "the end of what the jail was")


def test_a_jail_without_a_name_is_not_all_of_them(jail):
    for words in (("ls", "-j", ""), ("ls", "-c", "-j", ""), ("ps", "-J", ""), ("ps", ""), ("kill", ""), ("stop", ""), ("", "--", "true")):
        done = jail.router.run(*words)
        assert done.returncode != 0 and done.stdout == b"", words
        # -c is silent about what does not run; what is no name at all is a mistake of whoever typed it.
        assert done.stderr.count(b"\n") == 1, (words, done.stderr)


def test_a_client_of_a_start_that_loses_the_router_is_told_where_to_look(make_jail):
    jail = make_jail(exec__prestart="sleep 1")
    start = jail.router.popen("start", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    wait_for(lambda: [pid for pid in children(jail.router.pid) if name_of(pid) == "jstarter"], "the start")
    for worker in jail.router.workers():
        os.kill(worker, signal.SIGKILL)
    errors = start.communicate()[1].decode().splitlines()
    assert start.returncode == 255
    assert re.fullmatch(rf"jconsole: {jail.name}: start: [^;]+; "
                        + re.escape(jail.router.typed("look with 'jconsole ls', and try again")), errors[-1]), errors
    wait_for(lambda: jail.record(), "the jail, which is started all the same")


@pytest.mark.parametrize("first, second", [("start", "start"), ("start", "restart"), ("stop", "stop"), ("stop", "restart"),
                                           ("stop", "start"),
                                           ("restart", "stop"), ("restart", "start"), ("restart", "restart")])
def test_hooks_are_run_by_one_at_a_time(make_jail, folder, first, second):
    trace = folder / "trace"
    hook = [f"echo begun >>{trace}", "sleep 1"]
    jail = make_jail(**{"exec__prestart" if first == "start" else "exec__prestop": hook})
    if first != "start":
        jail.start()
    begun = jail.router.popen(first, "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)
    wait_for(trace.exists, "the hook")
    for _ in range(2):
        refused = jail.verb(second, check=255)
        assert re.fullmatch(f"jconsole: {jail.name}: begin: a {first} of it is under way; wait for its end, or end process "
                            r"\d+, which does it\n", one_line(refused, jail.name)), refused.stderr
    errors = begun.communicate(timeout=PATIENCE)[1]
    assert begun.returncode == 0, errors
    assert trace.read_text() == "begun\n"
    if first != "stop":
        assert jail.sh("hostname") == f"{jail.name}.jail\n"


def test_a_name_is_free_when_nothing_of_its_jail_is_left(make_jail, folder):
    """What is started in the middle of the end of the last of that name would be taken for it."""
    go = folder / "go"
    jail = make_jail(exec__poststop=f"while [ ! -e {go} ]; do sleep 0.01; done")
    jail.start()
    stop = jail.router.popen("stop", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    wait_for(lambda: jail.record() is None, "the stop to come to exec.poststop")
    assert b"begin: a stop of it is under way; wait" in jail.verb("start", check=255).stderr
    go.touch()
    assert stop.wait(PATIENCE) == 0
    jail.start()
    assert jail.sh("hostname") == f"{jail.name}.jail\n"


def test_a_stop_ends_a_start_that_hangs(make_jail, folder):
    jail = make_jail(exec__start="sleep 1000")
    start = jail.router.popen("start", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    wait_for(jail.record, "the jail")
    jail.verb("stop", check=0)
    errors = start.communicate(timeout=PATIENCE)[1]
    assert start.returncode != 0 and b"No such device" not in errors, errors


def test_a_kill_does_not_wait_for_the_hooks_of_a_start(make_jail, folder):
    begun, go = folder / "begun", folder / "go"
    jail = make_jail(exec__start="sleep 1000 &", exec__poststart=[
        f"touch {begun}; for i in $(seq 300); do [ -e {go} ] && exit; sleep 0.1; done"])
    start = jail.router.popen("start", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)
    wait_for(begun.exists, "the hook")
    # What the start began in the jail is dead, and its child: the jail ends only once that has collected it.
    before = time.monotonic()
    assert jail.router.run("kill", "-fkt", "1", jail.name, check=0).stdout.decode() == f"{jail.name}: removed\n"
    assert time.monotonic() - before < 20
    go.touch()
    errors = start.communicate(timeout=PATIENCE)[1]
    assert start.returncode != 0, errors


ENDED = "enter: its process has ended; 'jconsole start {0}' starts it again\n"


def test_a_console_in_a_jail_that_is_dying(jail):
    # Its first process waits for one that is dead, but whose parent, who is outside, does not collect it.
    jinit = jinit_of(jail)
    parent = subprocess.Popen(["nsenter", "-t", str(jinit), "-p", "sleep", "1000"])
    sleep = wait_for(lambda: [pid for pid in children(parent.pid) if name_of(pid) == "sleep"], "the process inside")[0]
    parent.send_signal(signal.SIGSTOP)
    wait_for(lambda: stat_fields(parent.pid)[0] == "T", "a parent that collects nobody")
    os.kill(jinit, signal.SIGKILL)
    wait_for(lambda: not alive(sleep), "its death")
    for words in ((jail.name, "--", "true"), ("-t", jail.name), ("check", jail.name)):
        done = jail.router.run(*words, check=255)
        assert done.stderr.decode() == f"jconsole: {jail.name}: " + jail.router.typed(ENDED.format(jail.name)), words
    assert jail.record()
    parent.send_signal(signal.SIGCONT)
    parent.wait()
    wait_for(lambda: not jail.record() and not jail.cgroups(), "the end")


# ---- parameters ---------------------------------------------------------------------------------------------------------------


def test_an_empty_host_name_is_one(make_jail):
    jail = make_jail(host__hostname="", host__domainname="")
    jail.start()
    assert jail.sh("cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname") == "\n\n"
    assert jail.record()["hostname"] == ""


def test_own_network_or_the_hosts(make_jail):
    own, hosts = make_jail(vnet=True), make_jail()
    own.start()
    hosts.start()
    assert re.findall(r"^ *(\w+):", own.sh("cat /proc/net/dev"), re.MULTILINE) == ["lo"]
    assert "UP" in own.sh("ifconfig lo")
    assert own.sh("readlink /proc/self/ns/net").strip() != os.readlink("/proc/self/ns/net")
    assert hosts.sh("readlink /proc/self/ns/net").strip() == os.readlink("/proc/self/ns/net")


def test_a_subset_of_namespaces(make_jail):
    jail = make_jail(linux__namespaces=["fs", "pid", "user"], host__hostname=None)
    jail.start()
    for space, own in {"mnt": True, "pid": True, "user": True, "uts": False, "ipc": False, "net": False}.items():
        inside = jail.sh(f"readlink /proc/self/ns/{space}").strip()
        assert (inside != os.readlink(f"/proc/self/ns/{space}")) == own, space


def test_domain_name(make_jail):
    jail = make_jail(host__domainname="jails.example")
    jail.start()
    assert jail.sh("cat /proc/sys/kernel/domainname").strip() == "jails.example"


def test_an_error_is_one_line_whatever_a_path_holds(make_jail, folder):
    done = make_jail(path=f"{folder}/new\nline\033[31m").verb("start", check=1)
    assert done.stderr.decode().splitlines()[-1].endswith(r"/new\x0aline\x1b[31m: No such file or directory")


def test_a_file_system_mounted_on_the_root_becomes_the_root(make_jail, folder, root):
    (folder / "thin").mkdir()
    thin = make_jail(path=str(folder / "thin"), mount=[f"{root} {folder}/thin/ nullfs ro 0 0",
                                                       f"tmpfs {folder}/thin/tmp tmpfs rw 0 0"])
    thin.start()
    assert thin.sh("touch /tmp/x; touch /x 2>/dev/null || cat /etc/passwd") == (root / "etc/passwd").read_text()
    hooked = make_jail(path=str(folder / "thin"), mount__devfs=False, mount__procfs=False,
                       exec__prestart=f"mount --bind {root} {folder}/thin")
    hooked.start()
    assert hooked.sh("cat /etc/passwd") == (root / "etc/passwd").read_text()
    assert os.listdir(folder / "thin") == []


def test_mounts_of_the_configuration_and_of_an_fstab(make_jail, folder):
    shared = folder / "shared"
    shared.mkdir()
    (shared / "file").write_text("from the host\n")
    for place in ("tmp", "var"):
        (folder / "root" / place / "mnt").mkdir()
    fstab = folder / "fstab"
    fstab.write_text(f"# comment\n{shared} {folder}/root/tmp/mnt nullfs ro 0 0\n"
                     f"tmpfs {folder}/root/var/mnt tmpfs rw,size=1m 0 0\n")
    jail = make_jail(mount__fstab=str(fstab), mount=[f"{shared} {folder}/root/home nullfs rw 0 0"])
    jail.start()
    assert jail.sh("cat /tmp/mnt/file /home/file") == "from the host\n" * 2
    assert jail.run("sh", "-c", "echo x > /tmp/mnt/new").returncode != 0
    jail.sh("echo new > /home/new; echo x > /var/mnt/x")
    assert (shared / "new").read_text() == "new\n"
    jail.stop()
    assert not (folder / "root/var/mnt/x").exists()


def test_a_mount_line_has_the_escapes_of_fstab(make_jail, folder, root):
    """As jail(8) takes them: `\\040` in quotes is the text \\040, which is a blank."""
    source = folder / "from here"
    source.mkdir()
    (source / "file").write_text("it is here\n")
    (root / "a b\tc\\").mkdir()
    jail = make_jail(mount=rf"{folder}/from\040here $path/a\040b\011c\134 nullfs ro 0 0")
    jail.start()
    assert jail.run("cat", "/a b\tc\\/file", check=0).stdout == b"it is here\n"
    jail.stop()
    broken = make_jail(mount="/\\ /b nullfs")
    done = broken.verb("start", check=1)
    assert done.stderr.decode() == f"{broken.name}: mount: /\\ /b nullfs: fstab parse error\n"


def test_fdescfs(make_jail):
    jail = make_jail(mount__fdescfs=True)
    jail.start()
    assert jail.sh("echo through >/dev/fd/1; echo x | cat /dev/stdin") == "through\nx\n"


def test_no_jail_within_the_jail(jail, make_jail):
    assert jail.run("unshare", "-m", "true").returncode != 0
    assert jail.run("unshare", "-U", "true").returncode != 0


@pytest.mark.parametrize("parameter, value", [("ip4.addr", "192.0.2.1"), ("exec.fib", "1"), ("zfs.dataset", "a/b"),
                                              ("no.such.parameter", "1"), ("allow.mount", True)])
def test_what_is_not_implemented_is_refused_by_name(make_jail, parameter, value):
    jail = make_jail(**{parameter.replace(".", "__"): value})
    done = jail.verb("start")
    assert done.returncode != 0
    assert parameter.encode() in done.stderr and jail.name.encode() in done.stderr
    assert jail.record() is None


def test_a_broken_configuration_is_told_with_file_and_line(make_jail):
    jail = make_jail()
    jail.config.write_text(jail.config.read_text() + "broken {\n  path = ;\n}\n")
    done = jail.verb("start")
    assert done.returncode != 0
    line = jail.config.read_text().splitlines().index("  path = ;") + 1
    assert f"line {line}:".encode() in done.stderr and b"syntax error" in done.stderr


# ---- hooks ----------------------------------------------------------------------------------------------------------------------


def hooks(log, inside="/tmp/log"):
    host = {f"exec__{name}": f"echo {name} >> {log}" for name in
            ("prepare", "prestart", "created", "poststart", "prestop", "poststop", "release")}
    return {**host, "exec__start": f"echo start $(hostname) >> {inside}", "exec__stop": f"echo stop >> {inside}"}


def test_hooks_run_in_the_order_of_jail(make_jail, root, folder):
    log = folder / "log"
    jail = make_jail(**hooks(log))
    jail.start()
    assert log.read_text().split() == ["prepare", "prestart", "created", "poststart"]
    jail.stop()
    assert log.read_text().split()[4:] == ["prestop", "poststop", "release"]
    assert (root / "tmp/log").read_text() == f"start {jail.name}.jail\nstop\n"


def test_the_console_log_has_what_hooks_inside_say(make_jail, folder):
    log = folder / "console.log"
    jail = make_jail(exec__consolelog=str(log), exec__start="echo said inside", exec__poststart="echo said outside")
    done = jail.start()
    assert log.read_text() == "said inside\n"
    assert b"said outside" in done.stdout + done.stderr


def files_of(pid):
    return [os.readlink(file) for file in pathlib.Path(f"/proc/{pid}/fd").iterdir()]


def test_the_console_log_is_whole_when_the_next_hook_runs(make_jail, root, folder):
    """What copies it is held up behind what it has printed."""
    log, copy = folder / "console.log", folder / "copy"
    (root / "tmp/say").write_text("touch /tmp/begun; until [ -e /tmp/go ]; do sleep 0.01; done; echo said inside\n")
    jail = make_jail(exec__consolelog=str(log), exec__start="sh /tmp/say", exec__poststart=f"cp {log} {copy}")
    start = jail.router.popen("start", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    wait_for((root / "tmp/begun").exists, "the command")
    [copying] = [pid for pid in ours() if command_of(pid) == "jkeeper log" and str(log) in files_of(pid)]
    saying = [pid for pid in ours() if command_of(pid) == "sh /tmp/say"]
    # What is to become its sleep is one as well before it is executed.
    [saying] = [pid for pid in saying if (fields := stat_fields(pid)) and int(fields[1]) not in saying]
    [starter] = [pid for pid in children(jail.router.pid) if name_of(pid) == "jstarter"]

    def waits():
        """Not for a command."""
        asleep = pathlib.Path(f"/proc/{starter}/stat").read_text().rpartition(")")[2].split()[0] == "S"
        return asleep and not {name_of(pid) for pid in children(starter)} & {"jstarter", "sh", "cp"}

    os.kill(copying, signal.SIGSTOP)
    (root / "tmp/go").touch()
    wait_for(lambda: not os.path.exists(f"/proc/{saying}") and (copy.exists() or waits()), "the next hook, or a wait before it")
    os.kill(copying, signal.SIGCONT)
    assert start.wait(PATIENCE) == 0
    assert copy.read_text() == "said inside\n"


def hooks_that_mount(root, side):
    """What they need is made on the way: a mount in the jail, one beside it, and one that comes when the jail is there."""
    return {"exec__prestart": [f"mount -t tmpfs x {root}/mnt", f"mount -t tmpfs x {side}", f"touch {side}/before {root}/mnt/before"],
            "exec__poststart": [f"mount -t tmpfs x {root}/home", f"touch {root}/home/after"],
            "exec__prestop": [f"test -e {side}/before -a -e {root}/mnt/before", f"umount {root}/home"],
            "exec__poststop": [f"test -e {side}/before -a -e {root}/mnt/before", f"umount {root}/mnt", f"umount {side}"]}


@pytest.fixture
def mounting(make_jail, root, folder):
    (root / "mnt").mkdir()
    (folder / "side").mkdir()
    return make_jail(**hooks_that_mount(root, folder / "side"))


def keepers():
    return [pid for pid in ours() if command_of(pid) == "jkeeper mounts"]


def test_what_a_start_hook_mounts_is_there_for_the_hooks_of_the_end(mounting, root, folder):
    mounting.start()
    assert mounting.sh("cd /mnt && ls; ls /home") == "before\nafter\n"
    assert os.listdir(folder / "side") == [] and os.listdir(root / "mnt") == [], "the host sees none of it"
    done = mounting.stop()
    assert done.stderr == b""
    wait_for(lambda: not keepers(), "the end of what kept the mounts")


def test_a_restart_finds_what_the_start_before_it_mounted(mounting):
    mounting.start()
    for _ in range(2):
        assert b": failed" not in mounting.verb("restart", check=0).stderr
    assert mounting.sh("ls /mnt; ls /home") == "before\nafter\n"
    mounting.stop()


def test_the_mounts_of_hooks_outlive_the_router(mounting):
    mounting.start()
    mounting.router.process.kill()
    mounting.router.process.wait()
    mounting.router.start()
    assert mounting.verb("stop", check=0).stderr == b""


def test_they_end_with_a_jail_that_ends_by_itself(mounting):
    mounting.start()
    os.kill(jinit_of(mounting), signal.SIGKILL)
    wait_for(lambda: not keepers(), "the end of what kept the mounts")


def test_of_a_jail_that_shares_the_hosts_pids_nobody_reaches_what_keeps_them(make_jail, root, folder):
    (root / "mnt").mkdir()
    (folder / "side").mkdir()
    jail = make_jail(linux__namespaces=["fs", "uts", "cgroup"], **hooks_that_mount(root, folder / "side"))
    jail.start()
    keeper, = keepers()
    assert jail.run("ls", f"/proc/{keeper}/root/", f"/proc/{keeper}/cwd/", f"/proc/{keeper}/fd/0").returncode != 0
    assert jail.run("nsenter", "-t", keeper, "-m", "true").returncode != 0
    assert jail.stop().stderr == b""


def test_a_failing_hook_rolls_the_start_back(make_jail, folder, root):
    (root / "tmp/mnt").mkdir()
    jail = make_jail(exec__start=["true", "false"], mount=[f"tmpfs {root}/tmp/mnt tmpfs rw 0 0"])
    done = jail.verb("start")
    assert done.returncode != 0
    assert b"false: failed" in done.stderr
    assert jail.record() is None
    one_line(jail.run("true"), jail.name)


def test_a_failing_prestop_leaves_the_jail_running(make_jail):
    jail = make_jail(exec__prestop="false")
    jail.start()
    assert jail.verb("stop").returncode != 0
    assert jail.sh("hostname").strip() == f"{jail.name}.jail"


def test_a_hook_that_takes_too_long(make_jail):
    jail = make_jail(exec__timeout="1", exec__start="sleep 1000")
    done = jail.verb("start")
    assert done.returncode != 0 and b"timed out" in done.stderr
    assert jail.record() is None


def test_every_process_is_called_like_its_program(make_jail, folder):
    log = folder / "log"
    (folder / "parent").write_text(f"cat /proc/$PPID/comm > {log}\n")
    jail = make_jail(exec__prestart=f"sh {folder}/parent")
    jail.start()
    assert log.read_text() == "jstarter\n"
    assert name_of(jinit_of(jail)) == "jinit"
    assert jail.sh("cat /proc/1/comm") == "jinit\n"
    assert name_of(jail.router.pid) == "jrouterd"
    # jenter is the one that waits for the next console.
    wait_for(lambda: {name_of(pid) for pid in children(jail.router.pid)} == {"jworker", "jinit", "jkeeper", "jenter"},
             "the names")


# ---- listings -------------------------------------------------------------------------------------------------------------------


def test_ls(jail):
    record = jail.record()
    assert (record["hostname"], record["path"]) == (f"{jail.name}.jail", str(jail.root))
    header, *rows = jail.router.run("ls", check=0).stdout.decode().splitlines()
    assert header == "   JID  IP Address      Hostname                      Path"
    assert f"{record['jid']:6d}  {'':15.15s} {jail.name + '.jail':29.29s} {str(jail.root):.74s}" in \
        [row.ljust(len(header)) for row in rows] + rows
    verbose = jail.router.run("ls", "-v", check=0).stdout.decode()
    assert verbose.splitlines()[:2] == ["   JID  Hostname                      Path",
                                        "        Name                          State"]
    assert re.search(rf"^ {{8}}{jail.name} +ACTIVE$", verbose, re.MULTILINE)


def test_ls_in_the_formats_of_jls(make_jail):
    jail, other = make_jail(host__domainname="jails.example", vnet=True), make_jail(persist=True, host__hostname=None)
    jail.start()
    other.start()
    jid = str(jail.record()["jid"])

    def ls(*words, check=0):
        return jail.router.run("ls", *words, check=check).stdout.decode()

    assert ls("-j", jail.name, "jid", "name", "path", "host.hostname", "host.domainname") == \
        f"{jid} {jail.name} {jail.root} {jail.name}.jail jails.example\n"
    assert ls("-nj", jid, "vnet", "persist", "dying", "children.max", "osrelease") == \
        f"vnet=new persist nodying children.max=0 osrelease={os.uname().release}\n"
    # The host's name where it has none of its own, as hostname(1) in it says.
    assert ls("-j", other.name, "host.hostname", "vnet").split() == [other.sh("hostname").strip(), "inherit"]
    assert ls("-N").splitlines()[1].startswith(f" {jail.name:<15s} ")
    names, *rows = ls("-h").splitlines()
    assert {"jid", "allow.raw_sockets", "linux.namespaces"} <= set(names.split()) and len(rows) == 2
    assert ls("-q", "-j", jail.name, "ip4.addr") == '""\n'
    assert re.search(rf" jid={jid} name={jail.name} .* persist .* host.hostname={jail.name}.jail ", ls("-s", "-j", jid))
    assert ls("--libxo", "json", "-j", jail.name) == (
        '{"__version": "2", "jail-information": {"jail": [{"jid":%s,"ipv4":"","hostname":"%s.jail","path":"%s"}]}}\n'
        % (jid, jail.name, jail.root))
    assert ls("-c", "-j", jail.name) == ls("-c", "-j", "nobody", check=1) == ""
    for words, cause in ((("-j", "nobody"), "jail \"nobody\" not found"), (("jid", "nosuch"), "unknown parameter: nosuch")):
        done = jail.router.run("ls", *words, check=1)
        assert done.stdout == b"" and cause in done.stderr.decode() and done.stderr.count(b"\n") == 1


def test_what_ls_s_prints_starts_the_same_jail_again(make_jail):
    jail = make_jail(allow__raw_sockets=True, children__max=2)
    jail.start()
    before = jail.router.run("ls", "-s", "-j", jail.name, check=0).stdout.decode()
    jail.stop()
    words = [word for word in shlex.split(before) if not word.startswith("name=")]
    jail.config.write_text("%s { %s; mount.devfs; mount.procfs; }\n" % (
        jail.name, "; ".join(word.replace("=", ' = "', 1) + '"' if "=" in word and "namespaces" not in word
                             else word.replace("=", " = ") for word in words)))
    jail.start()
    assert jail.router.run("ls", "-s", "-j", jail.name, check=0).stdout.decode() == before


def test_the_host_s_root_with_a_proc_and_a_dev_of_its_own(make_jail):
    jail = make_jail(path=None, mount__fdescfs=True)
    jail.start()
    assert jail.sh("cat /proc/1/comm").strip() == "jinit"
    assert "ptmx" in jail.sh("ls /dev").split() and "kmsg" not in jail.sh("ls /dev").split()
    with open("/proc/self/mountinfo") as mounts: # the host sees nothing of it
        assert not any(line.split()[4] == "/proc/keys" for line in mounts)
    jail.stop()


def test_an_error_is_told_once(make_jail):
    jail = make_jail(speed="1", jid="x")
    lines = jail.verb("start", check=1).stderr.decode().splitlines()
    assert lines == [f'{jail.name}: unknown parameter: speed', f'{jail.name}: jid: non-integer value "x"']


def test_ps_and_sessions(jail):
    child = jail.router.terminal("-t", jail.name, "--", "sleep", "1234")
    rows = wait_for(lambda: [row for row in listing(jail.router, "ps", jail.name) if "1234" in json.dumps(row)],
                    "sleep in the list")
    assert rows[0]["jail"] == jail.name and rows[0]["jid"] == jail.record()["jid"]
    assert jail.name in jail.router.run("ps", check=0).stdout.decode()
    sessions = [row for row in listing(jail.router, "sessions") if row["jail"] == jail.name]
    assert len(sessions) == 1
    child.sendintr()
    finish(child)
    assert [row for row in listing(jail.router, "sessions") if row["jail"] == jail.name] == []


def test_ps_with_the_options_of_ps(jail, make_jail):
    other = make_jail()
    other.start()
    child = jail.router.terminal("-t", "-u", "demo", jail.name, "--", "sh", "-c", "sleep 1234; :")

    def ps(*words, check=0):
        return jail.router.run("ps", *words, check=check).stdout.decode()

    wait_for(lambda: "sleep 1234\n" in ps(jail.name, "-o", "args="), "sleep in the list")
    inside = {row.split(None, 2)[2]: row.split()[:2] for row in jail.sh("ps -o pid,ppid,args").splitlines()[1:]}
    rows = {row.split(None, 4)[4]: row.split(None, 4)[:4]
            for row in ps(jail.name, "-o", "pid,ppid", "-o", "user,tty,args").splitlines()[1:]}
    assert rows["jinit --members"] == ["1", "0", "root", "-"]
    assert rows["sleep 1234"] == [*inside["sleep 1234"], "1000", "pts/0"]
    header, *lines = ps(jail.name, "aux").splitlines()
    assert header.split() == ["USER", "PID", "%CPU", "%MEM", "VSZ", "RSS", "TT", "STAT", "STARTED", "TIME", "COMMAND"]
    assert any(re.match(r"1000 .* pts/0 +S\+J .* sleep 1234$", line) for line in lines)
    assert "jinit" not in ps(jail.name, "-aX") and "sleep 1234" in ps(jail.name, "--", "-aX")
    assert set(ps("--", "-o", "jail=").split()) == {jail.name, other.name}
    assert set(ps("--", "-o", "jail=", "-J", other.name).split()) == {other.name}
    found = json.loads(ps(jail.name, "-o", "jid,command,hostpid", "--json"))
    assert {"jid": jail.record()["jid"], "command": "sleep 1234"} in [
        {key: row[key] for key in ("jid", "command")} for row in found]
    assert all(alive(row["hostpid"]) for row in found)
    for words, cause in (((jail.name, "-z"), "ps: unknown option -z"), ((jail.name, "-o", "nosuch"), "unknown column: nosuch"),
                         (("nobody", "aux"), "nobody: ps: no such jail runs"),
                         (("--", "-J", "nobody"), "nobody: ps: no such jail runs")):
        done = jail.router.run("ps", *words, check=1)
        assert done.stdout == b"" and cause in done.stderr.decode() and done.stderr.count(b"\n") == 1
    child.sendintr()
    finish(child)


def test_what_a_hostile_jail_calls_itself_is_shown_escaped(jail):
    child = jail.router.terminal("-t", jail.name, "--", "sh", "-c", "sleep 1234; :", "\x1b[2J\x1b]0;evil\x07\x7f")
    wait_for(lambda: b"1234" in jail.router.run("ps", jail.name, check=0).stdout, "sleep in the list")
    for words in (["ls"], ["ls", "-v"], ["ls", "-n"], ["ls", "--libxo", "json"], ["ps"], ["ps", jail.name],
                  ["ps", jail.name, "aux"], ["ps", jail.name, "-o", "comm,args", "--json"], ["sessions"], ["ls", "--json"], ["ps", "--json"]):
        assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", jail.router.run(*words, check=0).stdout), words
    child.sendintr()
    finish(child)


# ---- nothing left behind ----------------------------------------------------------------------------------------------------------


def test_a_router_that_was_killed_finds_its_jails_again(jail):
    before = jail.record()
    jail.router.process.kill()
    jail.router.process.wait()
    jail.router.log.close()
    jail.router.start()
    assert jail.record() == before
    assert jail.sh("hostname").strip() == f"{jail.name}.jail"
    jail.stop()
    assert jail.record() is None


def jinit_of(jail):
    found = [pid for pid in ours() if command_of(pid).split()[:1] == ["jinit"]]
    assert len(found) == 1
    return found[0]


def test_a_jail_whose_first_process_is_killed_is_gone(jail):
    os.kill(jinit_of(jail), signal.SIGKILL)
    wait_for(lambda: jail.record() is None, "the end of the jail")
    assert jail.start().returncode == 0


def test_a_router_does_not_take_a_stranger_for_its_jail(jail):
    router = jail.router
    router.process.kill()
    router.process.wait()
    router.log.close()
    os.kill(jinit_of(jail), signal.SIGKILL)
    router.start()
    wait_for(lambda: jail.record() is None, "the router to see that the jail is gone")


LAZY_INIT = """#!/usr/bin/python3
# Gets the orphans, as process 1 does, and collects none of them.
import ctypes, signal, subprocess, sys
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
router = subprocess.Popen([{jrouterd!r}, *sys.argv[1:]])
signal.signal(signal.SIGTERM, lambda *_: router.terminate())
sys.exit(router.wait())
"""


def test_a_jail_ends_where_process_1_collects_no_orphans(prefix, make_router, root, folder):
    lazy = folder / "lazy"
    lazy.write_text(LAZY_INIT.format(jrouterd=str(prefix.jrouterd)))
    lazy.chmod(0o755)
    router = make_router(types.SimpleNamespace(jrouterd=lazy, jconsole=prefix.jconsole))
    # jail(8) waits for no command that ends in &: its parent is the starter, outside of the jail.
    jail = Jail(router, root, folder, exec__start="sleep 1000 &")
    jail.start()
    assert "sleep" in jail.sh("ps")
    jail.stop()
    assert jail.record() is None


def test_many_orphans_at_once_are_all_collected(make_jail):
    jail = make_jail(linux__namespaces=["fs", "ipc", "uts"])
    jail.start()
    jail.sh("i=0; while [ $i -lt 300 ]; do (sleep 1 &); i=$((i + 1)); done")
    wait_for(lambda: len(children(jail.router.pid)) > 200, "the orphans at the router")
    wait_for(lambda: len(children(jail.router.pid)) < 10, "none of them")


# ---- a jail that attacks ----------------------------------------------------------------------------------------------------------

STEAL = """
while :; do
    for process in /proc/[0-9]*; do
        [ "$process" = /proc/$$ ] && continue
        for link in $process/fd/* $process/cwd $process/root $process/exe; do
            target=$(readlink $link 2>/dev/null) || continue
            case $target in
            /dev/null | /dev/pts/* | pipe:* | /bin/busybox | / | /root | /jinit | /jenter | socket:* | anon_inode:*) ;;
            *) echo "$link $target" >>/tmp/stolen ;;
            esac
            [ -e $link/../../../../../../..%(witness)s ] && echo "$link leads to the host" >>/tmp/stolen
        done
    done
done
"""


def test_root_inside_gets_nothing_of_whoever_enters(make_jail, folder, root, rounds):
    (folder / "witness").write_text("the host's\n")
    jail = make_jail()
    jail.start()
    thief = jail.router.popen("-T", jail.name, "--", "sh", "-c", STEAL % {"witness": folder / "witness"},
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for number in range(rounds(200)):
        assert jail.router.run(("-t", "-T")[number % 2], jail.name, "--", "true").returncode == 0
    thief.terminate()
    thief.communicate()
    stolen = root / "tmp/stolen"
    assert not stolen.exists() or stolen.read_text() == ""
