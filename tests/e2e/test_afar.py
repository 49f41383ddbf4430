"""From afar: a real sshd on loopback, and every verb through it. The host is this one, in a mount namespace of its own,
where sshd finds its folder and the users of the tests."""

import contextlib
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import threading

import pexpect
import pytest

from conftest import PATIENCE, children, client_environment, command_of, descendants, name_of, ours, wait_for
from test_attach import finish, prompt
from test_client import Shell, one_line
from test_jails import Jail

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin") or "/usr/sbin/sshd"
UID = 61235
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make the far host")

# The far host's own /run and its users: one like others, and one whose shell prints something when it starts.
FAR_HOST = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir /run/sshd
for file in passwd shadow; do
    mount --bind "$1/$file" "/etc/$file"
done
exec "$2" -D -e -f "$1/sshd_config"
"""


class FarHost:
    """An sshd, and what a client needs to get there."""

    def __init__(self, folder, path, passphrase=""):
        self.folder = folder
        self.path = path
        self.port = None
        self.process = None
        folder.chmod(0o755)
        for key, phrase in (("host_key", ""), ("user_key", passphrase)):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", folder / key], check=True)
        shutil.copy(folder / "user_key.pub", folder / "authorized_keys")
        (folder / "authorized_keys").chmod(0o644)
        (folder / "noisy").write_text('#!/bin/sh\necho "Welcome to the far host!"\nexec /bin/sh "$@"\n')
        (folder / "noisy").chmod(0o755)
        for file, more in (("passwd", f"jcfar:x:{UID}:{UID}::/tmp:/bin/sh\njcnoisy:x:{UID + 1}:{UID + 1}::/tmp:{folder}/noisy\n"),
                           ("shadow", "jcfar:*:20000:0:99999:7:::\njcnoisy:*:20000:0:99999:7:::\n")):
            (folder / file).write_text(pathlib.Path("/etc", file).read_text() + more)
            (folder / file).chmod(0o644 if file == "passwd" else 0o600)
        self.start()

    def start(self):
        if self.port is None:
            with socket.create_server(("127.0.0.1", 0)) as probe:
                self.port = probe.getsockname()[1]
            (self.folder / "known_hosts").write_text(
                f"[127.0.0.1]:{self.port} {(self.folder / 'host_key.pub').read_text()}")
            self.write_configurations()
        self.log = open(self.folder / "sshd.log", "ab")
        self.process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", FAR_HOST, "sh", self.folder, SSHD], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        wait_for(lambda: self.listens() or self.process.poll() is not None, "sshd")
        assert self.process.poll() is None, (self.folder / "sshd.log").read_text()

    def write_configurations(self):
        (self.folder / "sshd_config").write_text(f"""
Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.folder}/host_key
AuthorizedKeysFile {self.folder}/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
MaxStartups 100
SetEnv PATH={self.path}
""")
        (self.folder / "ssh_config").write_text(f"""
Host *
    IdentityFile {self.folder}/user_key
    IdentitiesOnly yes
    UserKnownHostsFile {self.folder}/known_hosts
    GlobalKnownHostsFile none
    StrictHostKeyChecking yes
    LogLevel ERROR
""")

    def listens(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def url(self, user="root"):
        return f"ssh://{user}@127.0.0.1:{self.port}"

    def environment(self, ssh="ssh"):
        return {"JCONSOLE_SSH": f"{ssh} -F {self.folder}/ssh_config"}

    def connections(self):
        """The processes of sshd that serve a client: from OpenSSH 10 on two for root as well, and of other names."""
        return [pid for pid in descendants(self.process.pid) if name_of(pid) in ("sshd", "sshd-session", "sshd-auth")]

    def cut(self):
        for pid in self.connections():
            with contextlib.suppress(ProcessLookupError):  # one may end with the other
                os.kill(pid, signal.SIGKILL)

    def stop(self):
        """As a host that is switched off: nothing of it says good-bye."""
        for pid in [self.process.pid, *self.connections()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


@pytest.fixture
def make_far(prefix, folder):
    made = []

    def make(path=f"{prefix.folder}/bin:/usr/bin:/bin", **options):
        place = folder / f"far{len(made)}"
        place.mkdir()
        made.append(FarHost(place, path, **options))
        return made[-1]

    yield make
    for far in made:
        if far.process.poll() is None:
            far.stop()


@pytest.fixture
def far(make_far):
    return make_far()


class FarRouter:
    """A router as a client from afar sees it: `--router` names its socket over there."""

    def __init__(self, router, far, ssh="ssh"):
        self.near = router
        self.far = far
        self.environment = far.environment(ssh)

    def words(self, words):
        return ("-H", self.far.url(), *words)

    def command(self, *words):
        """Whole by itself, for a shell to run."""
        return ["env", *(f"{key}={value}" for key, value in self.environment.items()),
                *self.near.command(*self.words(words))]

    def run(self, *words, environment=None, **options):
        return self.near.run(*self.words(words), environment={**self.environment, **(environment or {})}, **options)

    def popen(self, *words, **options):
        return subprocess.Popen(self.command(*words), env=client_environment(), **options)

    def terminal(self, *words, environment=None, **options):
        return self.near.terminal(*self.words(words), environment={**self.environment, **(environment or {})}, **options)


@pytest.fixture
def afar(router, far):
    return FarRouter(router, far)


def own_line(text):
    """The one line of jconsole's, among those of ssh and of the shell over there."""
    text = text.decode() if isinstance(text, bytes) else text
    [line] = [line for line in text.replace("\r", "").splitlines() if line.startswith("jconsole: ")]
    return line


# ---- consoles and pipes


def test_a_console_has_its_size_and_its_keys(afar, name):
    child = afar.terminal(name, size=(31, 97))
    prompt(child)
    child.sendline("tty; stty size")
    child.expect_exact("/dev/pts/0\r\n31 97\r\n")
    prompt(child)
    child.sendline("sh -c 'trap \"stty size; exit\" WINCH; echo s\"\"et; while :; do sleep 0.1; done'")
    child.expect_exact("set\r\n")
    child.setwinsize(40, 120)
    child.expect_exact("40 120")
    prompt(child)
    child.sendline("sh -c 'echo sl\"\"eeping; exec sleep 1000'")
    child.expect_exact("sleeping\r\n")
    child.sendintr()
    prompt(child)
    child.sendline("exit 7")
    assert finish(child)[1] == 7


def test_a_session_and_back(far, afar, name):
    shell = Shell(afar)
    shell.attach(name)
    shell.child.sendline("exit 7")
    shell.child.expect_exact("status 7")
    shell.sane()
    shell.end()
    wait_for(lambda: not far.connections(), "the end of the connection")


def test_pipes_stay_apart_and_carry_every_byte(afar, name):
    done = afar.run(name, "--", "sh", "-c", "echo out; echo err >&2; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"err\n")
    everything = bytes(range(256)) * 8192
    assert afar.run(name, "--", "cat", input=everything, check=0).stdout == everything


def test_a_request_may_be_long_and_of_any_bytes(afar, name):
    many = [os.fsdecode(b"\xff%04d" % number) * 12 for number in range(8000)]
    done = afar.run(name, "--", "sh", "-c", 'echo $#; printf %s "${8000}"', "x", *many, check=0)
    assert done.stdout == b"8000\n" + b"\xff7999" * 12


@pytest.mark.parametrize("status", [0, 1, 126, 127, 255])
def test_the_exit_status_is_the_programs(afar, name, status):
    done = afar.run(name, "--", "sh", "-c", f"exit {status}")
    assert (done.returncode, done.stderr) == (status, b"")


def test_a_program_that_is_not_there(afar, name):
    done = afar.run(name, "--", "no-such-program")
    assert done.returncode == 127
    one_line(done.stderr)


def test_an_interrupt_without_a_terminal_is_the_programs_and_not_sshs(afar, name):
    child = afar.terminal("-T", name, "--", "sh", "-c", "trap 'echo interrupted; exit 5' INT; echo up; while :; do sleep 0.1; done")
    child.expect_exact("up")
    child.sendintr()
    rest, status = finish(child)
    assert ("interrupted" in rest, status) == (True, 5)


# ---- every verb


def test_every_verb(afar, router, root, folder):
    jail = Jail(afar, root, folder)
    assert jail.start().stdout == f"{jail.name}: created\n".encode()
    assert jail.run("hostname", check=0).stdout == f"{jail.name}.jail\n".encode()
    near = router.terminal(jail.name)
    prompt(near)
    for words in (("ls",), ("ls", "--json"), ("ps", jail.name), ("sessions",), ("check", jail.name)):
        assert jail.name.encode() in router.run(*words, check=0).stdout or words[0] == "check"
        assert afar.run(*words, check=0).stdout == router.run(*words, check=0).stdout != b""
    near.sendline("exit")
    finish(near)
    assert jail.verb("restart", check=0).stdout == f"{jail.name}: removed\n{jail.name}: created\n".encode()
    assert jail.name.encode() in afar.run("ls", "-v", check=0).stdout
    jail.stop()
    assert jail.name.encode() not in afar.run("ls", "-v", check=0).stdout


def test_a_mend_is_for_the_host_that_was_named(far, prefix, router):
    done = subprocess.run([prefix.jconsole, "--router", router.socket, f"nosuch@{far.url()}"], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=PATIENCE, env={**client_environment(), **far.environment()})
    options = f"-H {far.url()} --router {router.socket}"
    assert f"'jconsole start {options} nosuch' starts it, 'jconsole ls {options}' lists" in own_line(done.stderr)


def test_a_user_of_a_jail_is_named_by_an_option(prefix, folder):
    """`root@web` is jail root on host web."""
    (folder / "ssh").write_text("#!/bin/sh\nexit 255\n")
    (folder / "ssh").chmod(0o755)
    done = subprocess.run([prefix.jconsole, "root@web", "id"], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                          env={**client_environment(), "JCONSOLE_SSH": str(folder / "ssh")})
    assert "connect to web: " in own_line(done.stderr)
    assert own_line(done.stderr).endswith("; for the user root in a jail of that name: -u root")


def test_a_verb_leaves_standard_input_to_the_loop_around_it(afar):
    loop = subprocess.run(["sh", "-c", 'while read line; do "$@" >/dev/null; echo $line; done', "sh", *afar.command("ls")],
                          input=b"a\nb\n", stdout=subprocess.PIPE, timeout=PATIENCE, env=client_environment())
    assert loop.stdout == b"a\nb\n"


def test_config_dump_reads_the_file_over_there(far, prefix, folder):
    (folder / "it's a jail.conf").write_text('far { path = "/far"; }\n')
    done = subprocess.run([prefix.jconsole, "-H", far.url(), "config", "dump", "-f", folder / "it's a jail.conf"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                          env={**client_environment(), **far.environment()})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b'"/far"' in done.stdout
    # It was done there: without a way to that host there is nothing to print.
    far.stop()
    done = subprocess.run([prefix.jconsole, "-H", far.url(), "config", "dump"], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=PATIENCE, env={**client_environment(), **far.environment()})
    assert (done.returncode, done.stdout) == (255, b"")
    assert "ssh ended with status 255" in own_line(done.stderr)


@pytest.mark.parametrize("words", [("start", "-f", "jail.conf", "x"), ("config", "dump", "-f", "jail.conf")])
def test_a_relative_path_has_no_meaning_over_there(prefix, words, witness):
    done = witness.run(prefix, "-H", "ssh://box", *words)
    assert done.returncode == 255
    assert "give an absolute path" in one_line(done.stderr)
    assert not witness.was_run()


# ---- which host


def hosts_file(folder, text):
    (folder / "jconsole").mkdir(exist_ok=True)
    (folder / "jconsole/hosts").write_text(text)
    return {"XDG_CONFIG_HOME": str(folder)}


def test_by_option_variable_and_short_form(far, router, name, folder):
    ways = {**far.environment(), **hosts_file(folder, f"# hosts of the test\n\nbox {far.url()} # this one\n")}
    command = ("--", "sh", "-c", "echo $PPID")
    for words, more in (
            (("-H", "box", name), {}),
            ((f"--host={far.url()}", name), {}),
            ((name,), {"JCONSOLE_HOST": "box"}),
            ((name,), {"JCONSOLE_HOST": far.url()}),
            ((f"{name}@box",), {}),
            ((f"{name}@box",), {"JCONSOLE_HOST": "nowhere.invalid"}),
            ((f"{name}@{far.url()}",), {})):
        connections = (far.folder / "sshd.log").read_text().count("Accepted publickey")
        assert router.run(*words, *command, environment={**ways, **more}, check=0).stderr == b""
        assert (far.folder / "sshd.log").read_text().count("Accepted publickey") == connections + 1
    # An empty one is the host at hand.
    connections = (far.folder / "sshd.log").read_text().count("Accepted publickey")
    router.run("-H", "", name, *command, environment={**ways, "JCONSOLE_HOST": "box"}, check=0)
    assert (far.folder / "sshd.log").read_text().count("Accepted publickey") == connections


def test_the_prompt_goes_there_too(afar, name):
    done = afar.run(input=f"{name} -- echo one\nls\n{name} -- sh -c 'exit 6'\n".encode())
    assert (done.stdout.splitlines()[0], done.returncode) == (b"one", 6)
    assert b"JID" in done.stdout
    log = (afar.far.folder / "sshd.log").read_text()
    assert log.count("Accepted publickey") == 3
    child = afar.terminal()
    child.expect_exact(f"{afar.far.url()}> ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()


def test_one_command_goes_to_one_host(prefix, witness):
    for words in (("-H", "a", "x@b"), ("start", "x@a", "y@b"), ("-H", "a", "-H", "b", "x")):
        done = witness.run(prefix, *words)
        assert done.returncode == 255
        assert "one host" in one_line(done.stderr)
    assert not witness.was_run()


@pytest.mark.parametrize("line, why", [
    ("box", "no URL"), ("box 10.0.0.1", "ssh://"), ("-x ssh://box", "not a name"), ("box ssh://-oProxyCommand=x", "-"),
    ("box ssh://box:port", "port"), ("other ssh://other", "second time"),
])
def test_a_mistake_in_the_hosts_file_is_told_with_its_line(prefix, folder, witness, line, why):
    environment = hosts_file(folder, f"# hosts\nother ssh://other\n\n{line}\n")
    done = witness.run(prefix, "-H", "other", "ls", environment=environment)
    assert done.returncode == 255
    told = one_line(done.stderr)
    assert told.startswith(f"jconsole: {folder}/jconsole/hosts:4: ") and why in told
    assert not witness.was_run()


def test_a_name_that_is_in_no_hosts_file_is_sshs_to_find(far, prefix, folder):
    environment = {**client_environment(), **far.environment(), **hosts_file(folder, f"box {far.url()}\n")}
    done = subprocess.run([prefix.jconsole, "web1@nowhere.invalid"], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=PATIENCE, env=environment)
    assert done.returncode == 255
    assert own_line(done.stderr).startswith("jconsole: web1: connect to nowhere.invalid: ssh ended with status 255")
    assert b"nowhere.invalid" in done.stderr.splitlines()[0]  # ssh's own words


class Witness:
    """A program in ssh's place that leaves a trace."""

    def __init__(self, folder):
        self.trace = folder / "trace"
        self.program = folder / "witness"
        self.program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{self.trace}\nexit 9\n')
        self.program.chmod(0o755)

    def run(self, prefix, *words, environment=None):
        return subprocess.run([prefix.jconsole, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=PATIENCE, env={**client_environment(), "JCONSOLE_SSH": str(self.program),
                                                     "XDG_CONFIG_HOME": "/nonexistent", **(environment or {})})

    def was_run(self):
        return self.trace.exists()


@pytest.fixture
def witness(folder):
    return Witness(folder)


def test_the_host_comes_behind_the_dashes(prefix, witness):
    """The measure of the tests that say that ssh was not run: this witness would have seen it."""
    done = witness.run(prefix, "-H", "ssh://alice@box:2222", "--router", "/it's there", "ls")
    assert done.returncode == 255
    assert "ssh ended with status 9" in one_line(done.stderr)
    command = one_line(done.stderr).split("tells why; '")[1].removesuffix("' must work\n")
    assert " -p 2222 -l alice box " in command
    assert shlex.split(shlex.split(command)[-1]) == ["jconsole", "--router", "/it's there", "ls"]  # here and there
    words = witness.trace.read_text().splitlines()
    assert words[words.index("--"):] == ["--", "box", "jconsole", "dial-stdio", "--router='/it'\\''s there'"]
    assert words[words.index("-l") + 1] == "alice" and words[words.index("-p") + 1] == "2222"


@pytest.mark.parametrize("host", [
    "-oProxyCommand=touch /tmp/x", "ssh://-oProxyCommand=x", "ssh://-l@box", "alice@-oProxyCommand=x", "--", "-",
    "ssh://box;true", "box $(true)", "box\n-oProxyCommand=x",
])
def test_a_host_that_is_none_never_reaches_ssh(prefix, witness, host):
    for words, environment in ((("-H", host, "ls"), {}), (("--host=" + host, "web1"), {}), ((f"web1@{host}",), {}),
                               (("ls",), {"JCONSOLE_HOST": host})):
        done = witness.run(prefix, *words, environment=environment)
        assert done.returncode == 255
        one_line(done.stderr)
    assert not witness.was_run()


# ---- who is there


def routers_of(uid):
    found = []
    for pid in ours():
        with contextlib.suppress(OSError):
            if name_of(pid) == "jrouterd" and os.stat(f"/proc/{pid}").st_uid == uid:
                found.append(pid)
    return found


@pytest.fixture
def private_place():
    """Where the router of the far user has its socket: sshd, without PAM, gives him no XDG_RUNTIME_DIR."""
    place = pathlib.Path(f"/tmp/jconsole-{UID}")
    assert not place.exists()
    yield place
    for pid in routers_of(UID):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not routers_of(UID), "the end of the far user's router")
    shutil.rmtree(place, ignore_errors=True)


def test_the_far_users_router_is_started_and_knows_him(far, prefix, private_place):
    def run(*words):
        return subprocess.run([prefix.jconsole, "-H", far.url("jcfar"), *words], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE, env={**client_environment(), **far.environment()})

    done = run("ls")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"JID" in done.stdout
    assert private_place.stat().st_uid == UID
    assert (private_place / "state/log").read_text().count("listening on") >= 1


def test_another_users_router_refuses_him(far, router, name):
    done = subprocess.run([*router.command("-H", far.url("jcfar"), name)], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=PATIENCE, env={**client_environment(), **far.environment()})
    assert done.returncode == 255
    assert b"jconsole: " in done.stderr and b"ready> " not in done.stdout


# ---- what can be missing


def test_no_ssh(prefix, folder):
    done = subprocess.run([prefix.jconsole, "web1@box"], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=PATIENCE, env={"PATH": str(folder)})
    assert done.returncode == 255
    assert one_line(done.stderr).startswith("jconsole: web1: ssh: is not in the PATH; install openssh-client")


def test_no_jconsole_over_there(make_far, prefix):
    far = make_far(path="/nonexistent")  # nobody's: Java has a jconsole, too
    for words, step in ((("web1",), "web1: connect"), (("config", "dump"), "connect")):
        done = subprocess.run([prefix.jconsole, "-H", far.url(), *words], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=PATIENCE, env={**client_environment(), **far.environment()})
        assert (done.returncode, done.stdout) == (255, b"")
        line = own_line(done.stderr)
        assert line.startswith(f"jconsole: {step} to 127.0.0.1: there is no jconsole in the PATH there")
        assert "install it on 127.0.0.1" in line
        assert f" -p {far.port} -l root 127.0.0.1 jconsole version' must find it" in line


def test_a_command_in_jconsoles_place(far, prefix):
    key = (far.folder / "authorized_keys").read_text()
    (far.folder / "authorized_keys").write_text(f"command=\"echo 'Please log in as admin'\" {key}")
    done = subprocess.run([prefix.jconsole, "-H", far.url(), "ls"], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=PATIENCE, env={**client_environment(), **far.environment()})
    assert done.returncode == 255
    assert "protocol: this came in place of the router's answer: \"Please log in as admin\"" in one_line(done.stderr)


def test_no_router_over_there(far, prefix, folder):
    done = subprocess.run([prefix.jconsole, "-H", far.url(), "--router", folder / "none", "ls"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                          env={**client_environment(), **far.environment()})
    assert done.returncode == 255
    lines = done.stderr.decode().splitlines()
    assert f"no router listens at {folder}/none" in lines[0]  # of the jconsole over there
    assert lines[1:] == [line for line in lines[1:] if line.startswith("jconsole: connect to 127.0.0.1: ssh ended")]


def test_a_shell_over_there_that_prints_something(far, prefix):
    done = subprocess.run([prefix.jconsole, "-H", far.url("jcnoisy"), "web1"], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=PATIENCE, env={**client_environment(), **far.environment()})
    assert done.returncode == 255
    assert "this came in place of the router's answer: \"Welcome to the far host!\"" in own_line(done.stderr)
    assert "a command or a start-up file of the shell on 127.0.0.1 prints something" in own_line(done.stderr)
    (far.folder / "jail.conf").write_text("a { persist; }\n")
    done = subprocess.run([prefix.jconsole, "-H", far.url("jcnoisy"), "config", "dump", "-f", far.folder / "jail.conf"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
                          env={**client_environment(), **far.environment()})
    assert (done.returncode, done.stdout) == (255, b"")
    assert "this came in place of the configuration: \"Welcome to the far host!\"" in own_line(done.stderr)
    for pid in routers_of(UID + 1):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not routers_of(UID + 1), "the end of that user's router")
    shutil.rmtree(f"/tmp/jconsole-{UID + 1}", ignore_errors=True)


def test_ssh_asks_at_the_terminal(make_far, router, name):
    afar = FarRouter(router, make_far(passphrase="open sesame"))
    child = afar.terminal(name)
    child.expect_exact("Enter passphrase for key")
    child.sendline("open sesame")
    prompt(child)
    child.sendline("exit 4")
    assert finish(child)[1] == 4


def test_several_verbs_by_one_login(far, router, root, folder):
    """As the manual says, by ssh's own means."""
    with open(far.folder / "ssh_config", "a", encoding="ascii") as file:
        file.write(f"    ControlMaster auto\n    ControlPath {folder}/ssh-%C\n    ControlPersist 10m\n")
    afar = FarRouter(router, far)
    jails = [Jail(router, root, folder), Jail(router, root, folder)]
    try:
        for jail in jails:
            jail.start()
        assert afar.run("kill", *(jail.name for jail in jails), check=0).stderr == b""
        assert afar.run("ls", "name", check=0).stdout == b""
        assert (far.folder / "sshd.log").read_text().count("Accepted publickey") == 1
    finally:
        subprocess.run(["ssh", "-F", far.folder / "ssh_config", "-O", "exit", "-p", str(far.port), "-l", "root", "127.0.0.1"],
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)


def test_a_question_of_sshs_can_be_left(make_far, router, name):
    child = FarRouter(router, make_far(passphrase="open sesame")).terminal(name)
    child.expect_exact("Enter passphrase for key")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    # ssh takes it for a wrong answer and may end first. The fixture `leaks` finds neither.
    assert child.signalstatus == signal.SIGINT or child.exitstatus == 255


def test_a_question_for_config_dump_can_be_left(make_far, router):
    far = make_far(passphrase="open sesame")
    shell = Shell(router)
    shell.child.sendline(f"JCONSOLE_SSH='{far.environment()['JCONSOLE_SSH']}' {router.prefix.jconsole} -H {far.url()} "
                         "config dump")
    shell.child.expect_exact("Enter passphrase for key")
    shell.child.sendintr()
    shell.child.expect_exact("local> ")
    shell.sane()
    shell.end()


# ---- a link that breaks


def test_a_link_that_is_cut(far, afar, name, namespaces):
    shell = Shell(afar)
    shell.attach(name)
    far.cut()
    # The far end has seen it as well, and hung up.
    shell.child.expect(r"jconsole: [^\r\n]*the session is not there any more[^\r\n]*\r\n")
    shell.child.expect_exact("status 255")
    shell.sane()
    shell.end()
    wait_for(lambda: not namespaces.processes(), "the end of the session")


def test_pipes_do_not_outlive_their_link(far, afar, name, namespaces):
    client = afar.popen(name, "--", "sh", "-c", "echo here; sleep 1000", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
    assert client.stdout.readline() == b"here\n"
    far.cut()
    _, stderr = client.communicate(timeout=PATIENCE)
    assert client.returncode == 255
    assert re.fullmatch(rf"jconsole: {name}: connection: ssh to [\d.]+ closed the connection; the session has ended with it",
                        own_line(stderr))
    wait_for(lambda: not namespaces.processes(), "the end of the session")


def test_a_start_whose_link_is_cut_goes_on(far, afar, router, root, folder):
    jail = f"cut{router.pid}"
    go_on = folder / "go-on"
    config = folder / "jail.conf"
    config.write_text(f'{jail} {{ path = {root}; mount.devfs; persist; exec.prestart = "echo begun; until [ -e {go_on} ]; do sleep 0.1; done"; }}')
    client = afar.popen("start", "-f", config, jail, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert client.stdout.readline() == b"begun\n"  # which comes behind the router's hello
    far.cut()
    _, stderr = client.communicate(timeout=PATIENCE)
    assert client.returncode == 255
    assert re.fullmatch(rf"jconsole: {jail}: start: the connection to [\d.]+ was broken, or the router there ended, before this was done; "
                        rf"it may go on: look with 'jconsole ls -H {far.url()} --router {router.socket}'", own_line(stderr))
    go_on.touch()
    wait_for(lambda: router.run("ls", "-c", "-j", jail).returncode == 0, "the jail")
    router.run("kill", "-fk", jail, check=0)


IMPATIENT = "ssh -o ServerAliveInterval=1 -o ServerAliveCountMax=2"


def test_pipes_on_a_link_that_says_nothing_any_more(far, router, name):
    client = FarRouter(router, far, IMPATIENT).popen(name, "--", "sh", "-c", "echo here; sleep 1000", stdin=subprocess.PIPE,
                                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert client.stdout.readline() == b"here\n"
    stopped = far.connections()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    _, stderr = client.communicate(timeout=PATIENCE)
    assert client.returncode == 255
    own_line(stderr)
    for pid in stopped:
        os.kill(pid, signal.SIGKILL)


def test_a_console_goes_on_when_its_link_says_nothing_any_more(far, router, name, namespaces):
    shell = Shell(FarRouter(router, far, IMPATIENT))
    shell.attach(name)
    shell.child.sendline("tty")
    shell.child.expect_exact("/dev/pts/0\r\n")
    shell.child.expect_exact("ready> ")
    stopped = far.connections()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    shell.child.sendline("echo still he'r'e; tty")
    # By another ssh, and nothing of what was typed meanwhile is lost or done twice.
    shell.child.expect_exact("still here\r\n/dev/pts/0\r\n")
    shell.child.expect_exact("ready> ")
    for pid in stopped:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not set(stopped) & set(far.connections()), "the end of the old connection")
    shell.child.sendline("echo $((7 * 7)); exit 3")
    shell.child.expect_exact("49\r\n")
    shell.child.expect_exact("status 3")
    shell.sane()
    shell.end()


def test_a_host_that_is_gone_can_be_left(far, afar, name):
    shell = Shell(afar)
    shell.attach(name)
    far.stop()
    shell.child.expect_exact("connection: broken; trying to get it back")
    shell.child.sendintr()
    shell.child.expect_exact("local> ")
    shell.sane()
    shell.end()


def test_a_session_whose_worker_died_goes_on_by_another_ssh(far, afar, router, name):
    child = afar.terminal(name)
    prompt(child)
    before = far.connections()
    for pid in router.workers():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: far.connections() and far.connections() != before, "another ssh")
    child.sendline("echo still he'r'e; tty")
    child.expect_exact("still here\r\n/dev/pts/0\r\n")
    child.sendline("exit 3")
    assert finish(child)[1] == 3


def test_a_session_goes_on_whose_far_end_was_seen_to_end_before_its_worker(afar, router, name):
    """The kernel closes a dying worker's descriptors one by one; clients may end before the router knows of its death."""
    child = afar.terminal(name)
    prompt(child)
    [worker] = router.workers()
    before = router.descriptors()
    os.kill(worker, signal.SIGSTOP)
    for pid in ours():
        if "dial-stdio" in command_of(pid) and name_of(pid) == "jconsole":
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: router.descriptors() < before, "the router's notice")
    os.kill(worker, signal.SIGKILL)
    child.sendline("echo still he'r'e; tty")
    child.expect_exact("still here\r\n/dev/pts/0\r\n")
    child.sendline("exit 3")
    assert finish(child)[1] == 3


def test_a_client_that_is_killed_leaves_nothing(far, afar, name, namespaces):
    child = afar.terminal(name)
    prompt(child)
    os.kill(child.pid, signal.SIGKILL)
    wait_for(lambda: not namespaces.processes() and not far.connections(), "the end of the session and of ssh")
    child.close()


# ---- the far end by itself


def test_dial_stdio_passes_bytes_and_ends(prefix, folder):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
        listener.listen()
        dial = subprocess.Popen([prefix.jconsole, "dial-stdio", "--router", folder / "socket"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=client_environment())
        peer, _ = listener.accept()
    with peer:
        dial.stdin.write(b"\0\xffto the router")
        dial.stdin.close()
        received = b""
        while piece := peer.recv(100):  # to the half-close
            received += piece
        assert received == b"\0\xffto the router"
        answer = bytes(range(256)) * 4096
        sender = threading.Thread(target=lambda: (peer.sendall(answer), peer.shutdown(socket.SHUT_WR)))
        sender.start()
        dial.stdin = None
        out, err = dial.communicate(timeout=PATIENCE)
        sender.join()
    assert (out, err, dial.returncode) == (answer, b"", 0)


def test_dial_stdio_ends_when_nobody_reads(prefix, folder):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
        listener.listen()
        dial = subprocess.Popen([prefix.jconsole, "dial-stdio", "--router", folder / "socket"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, env=client_environment())
        peer, _ = listener.accept()
    with peer:
        dial.stdout.close()
        peer.sendall(b"x")
        assert dial.wait(PATIENCE) == 0
    dial.stdin.close()
