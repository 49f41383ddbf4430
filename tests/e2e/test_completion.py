"""TAB in bash, zsh and fish, as they are installed, with our completions as they are installed."""

import contextlib
import os
import signal
import socket
import subprocess
import threading

import pexpect
import pytest

import wireclient
from conftest import PATIENCE, children, name_of, wait_for
from terminal import Screen, Stream
from test_jails import make_jail  # noqa: F401 (a fixture)

pytestmark = pytest.mark.asan

COLUMNS = 200
SHELLS = ["bash", "zsh", "fish"]


class Shell:
    """An interactive shell that nobody has configured, and the screen that its user sees."""

    def __init__(self, name, prefix, folder, bash="/usr/share/bash-completion/bash_completion"):
        self.name = name
        home = folder / f"home-{name}"
        home.mkdir()
        share = prefix.folder / "share"
        (home / "start.bash").write_text(
            f"bind 'set bell-style none'\n. {bash}\nPS1='ready> '\n")
        (home / ".zshrc").write_text(
            f"fpath=({share}/zsh/site-functions $fpath)\nautoload -U compinit\ncompinit -u -D\nPS1='ready> '\n"
            "unsetopt beep\n")
        (home / ".config/fish").mkdir(parents=True)
        (home / ".config/fish/config.fish").write_text(
            "set fish_greeting\nfunction fish_prompt; echo -n 'ready> '; end\nset -g fish_autosuggestion_enabled 0\n")
        arguments = {"bash": ["--noprofile", "--rcfile", str(home / "start.bash"), "-i"], "zsh": ["-i"],
                     "fish": ["-i"]}
        self.screen = Screen(COLUMNS, 24)
        self.stream = Stream(self.screen)
        self.child = pexpect.spawn(name, arguments[name], dimensions=(24, COLUMNS), encoding="utf-8", cwd=home,
                                   env={"PATH": f"{prefix.folder}/bin:{os.environ['PATH']}", "HOME": str(home),
                                        "TERM": "xterm", "LC_ALL": "C.UTF-8", "XDG_DATA_DIRS": f"{share}:/usr/share"})
        self.child.delaybeforesend = None
        self.home = home
        self.until(lambda: self.line() == "ready>", "the prompt")

    def shown(self):
        """The screen as it is when nothing more comes for a moment."""
        try:
            while True:
                self.stream.feed(self.child.read_nonblocking(65536, 0.05))
        except pexpect.TIMEOUT:
            return [line.rstrip() for line in self.screen.display]

    def line(self):
        """The last line with a prompt."""
        return ([line for line in self.shown() if line.startswith("ready>")] or [""])[-1]

    def until(self, condition, what):
        try:
            wait_for(condition, what)
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), *filter(None, self.shown())])) from None

    def type(self, text):
        self.child.send(text)

    def expect_line(self, text):
        self.until(lambda: self.line() == f"ready> {text}".rstrip(), f"the line {text!r}")

    def complete(self, text, line):
        """Types the text and TAB: that makes it this line. On a busy machine a router may take its second, and TAB has
        to be pressed again."""
        self.type(text)
        for _ in range(10):
            self.type("\t")
            with contextlib.suppress(AssertionError):
                return wait_for(lambda: self.line() == f"ready> {line}", "the line", patience=PATIENCE / 10)
        raise AssertionError("\n".join([f"waited in vain: the line {line!r}", *filter(None, self.shown())]))

    def expect_shown(self, *texts):
        self.until(lambda: all(text in "\n".join(self.shown()) for text in texts), f"{texts} on the screen")

    def clear(self):
        self.type("\x03" if self.name == "fish" else "\x05\x15")
        self.until(lambda: self.line() == "ready>", "an empty line")

    def end(self):
        self.child.close(force=True)


@pytest.fixture(params=SHELLS)
def shell(request, prefix, folder):
    made = Shell(request.param, prefix, folder)
    yield made
    made.end()


@pytest.fixture
def web(make_jail):  # noqa: F811
    """A running jail whose name begins with `we`."""
    jail = make_jail()
    jail.name = "we" + jail.name
    jail.write()
    jail.start()
    return jail


def asked(router, *words):
    """What the program itself offers for the last word: (directive, candidates)."""
    done = subprocess.run([router.prefix.jconsole, "__complete", "--", "--router", router.socket, *map(str, words)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=PATIENCE, check=True)
    lines = done.stdout.decode().splitlines()
    return lines[0], [line.partition("\t")[0] for line in lines[1:]]


# ---- what a person types and sees -----------------------------------------------------------------------------------


def test_verbs_and_options(shell):
    shell.complete("jconsole se", "jconsole sessions")
    shell.complete("--js", "jconsole sessions --json")
    shell.clear()
    shell.type("jconsole st\t\t")
    shell.expect_shown("start", "stop")
    shell.clear()
    shell.complete("jconsole config d", "jconsole config dump")
    shell.clear()
    shell.complete("jconsole completion f", "jconsole completion fish")


def test_jails_and_users(shell, web):
    start = f"jconsole --router {web.router.socket}"
    shell.complete(f"{start} we", f"{start} {web.name}")
    shell.complete("-u d", f"{start} {web.name} -u demo")
    shell.complete("--user=od", f"{start} {web.name} -u demo --user=odd")
    shell.clear()
    shell.complete(f"{start} attach {web.name} -d /ho", f"{start} attach {web.name} -d /home/")
    shell.complete("d", f"{start} attach {web.name} -d /home/demo/")


def test_words_that_are_quoted(shell, web):
    start = f"jconsole --router {web.router.socket}"
    shell.complete(f"{start} kill 'we", f"{start} kill '{web.name}'")
    shell.clear()
    (shell.home / "my own.conf").touch()
    shell.complete("jconsole start -f my", r"jconsole start -f my\ own.conf")
    shell.clear()
    shell.complete(r"jconsole start -f my\ o", r"jconsole start -f my\ own.conf")


def test_jails_that_are_configured_and_files(shell, web):
    (shell.home / "some.conf").write_text("mail { persist; } money { persist; } \"*\" { path = /; }")
    shell.complete("jconsole start -f so", "jconsole start -f some.conf")
    shell.complete("mai", "jconsole start -f some.conf mail")
    shell.complete("m", "jconsole start -f some.conf mail money")
    shell.clear()
    shell.complete("jconsole start --file=so", "jconsole start --file=some.conf")


def hosts_file(shell, text):
    path = shell.home / ".config/jconsole/hosts"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_hosts(shell):
    hosts = hosts_file(shell, "# mine\nalpha ssh://root@alpha.example:2222\nbeta ssh://beta.example\nbetter ssh://b2\n")
    shell.complete("jconsole -H al", "jconsole -H alpha")
    shell.complete("ls", "jconsole -H alpha ls")
    shell.clear()
    shell.complete("jconsole --host=bett", "jconsole --host=better")
    shell.clear()
    shell.complete("jconsole -H root@bett", "jconsole -H root@better")
    shell.clear()
    shell.complete("jconsole web1@a", "jconsole web1@alpha")
    shell.clear()
    shell.complete("jconsole stop web1@bett", "jconsole stop web1@better")
    shell.clear()
    hosts.write_text("alpha ssh://alpha.example\nbeta\n")
    shell.complete("jconsole ls -H alp", "jconsole ls -H alp")  # what is wrong with the file is told when it is used


def test_bash_without_its_own_completions(prefix, folder):
    shell = Shell("bash", prefix, folder, bash=prefix.folder / "share" / INSTALLED["bash"])
    hosts_file(shell, "alpha ssh://alpha.example\nbeta ssh://beta.example\nbetter ssh://b2\n")
    try:
        shell.complete("jconsole web1@al", "jconsole web1@alpha")
        shell.clear()
        shell.complete("jconsole stop web1@be", "jconsole stop web1@bet")
        shell.complete("te", "jconsole stop web1@better")
        shell.clear()
        shell.complete("jconsole peek web1:1@al", "jconsole peek web1:1@alpha")
        shell.clear()
        shell.complete("jconsole --host=bett", "jconsole --host=better")
        shell.clear()
        shell.complete("jconsole -H root@bett", "jconsole -H root@better")
    finally:
        shell.end()


# ---- a router that does not answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["monitor", "worker"])
def test_a_router_that_has_stopped_does_not_hang_the_prompt(shell, web, who):
    start = f"jconsole --router {web.router.socket}"
    shell.complete(f"{start} we", f"{start} {web.name}")
    shell.clear()
    stopped = [web.router.pid] if who == "monitor" else web.router.workers()
    assert stopped
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        shell.type(f"{start} we\t")
        shell.type("b1 -t")
        shell.expect_line(f"{start} web1 -t")
        shell.clear()
        shell.type(f"{start} sto\t")  # what needs no router is still there
        shell.expect_line(f"{start} stop")
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    shell.clear()
    shell.complete(f"{start} we", f"{start} {web.name}")


class Trickle:
    """A router that answers in part, and then goes on as `talk` does, for ever."""

    def __init__(self, path, talk):
        self.socket = path
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=(talk,))
        self.thread.start()

    def serve(self, talk):
        peer, _ = self.listener.accept()
        with peer:
            try:
                peer.sendall(wireclient.control(type="hello", version=1, router="t") +
                             wireclient.control(type="opened", session="a:1", token="0" * 32, notices=[]))
                talk(self, peer)
                self.ended.wait(PATIENCE)
            except OSError:
                pass

    def end(self):
        self.ended.set()
        self.listener.close()
        self.thread.join()


def say_half(trickle, peer):
    peer.sendall(wireclient.frame(wireclient.DATA, 2, b'{"jail-info', length=4096))


def drip(trickle, peer):
    """Never silent, never finished: every byte would begin a wait for the next one anew."""
    peer.sendall(wireclient.frame(wireclient.DATA, 2, b"", length=65536))
    while not trickle.ended.wait(0.05):
        peer.sendall(b" ")


def flood(trickle, peer):
    while not trickle.ended.is_set():
        peer.sendall(wireclient.frame(wireclient.DATA, 2, b" " * 65536))


def babble(trickle, peer):
    peer.sendall(b"\xff" * 64)


@pytest.mark.parametrize("talk", [say_half, drip, flood, babble])
def test_a_router_that_stops_in_the_middle_of_its_answer(prefix, folder, talk):
    trickle = Trickle(folder / "socket", talk)
    try:
        done = subprocess.run([prefix.jconsole, "__complete", "--", "--router", trickle.socket, "sto"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=PATIENCE / 2)
    finally:
        trickle.end()
    assert (done.stdout, done.stderr, done.returncode) == (b"words\nstop\tstop jails\n", b"", 0)


def test_a_router_whose_queue_is_full(prefix, folder):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(folder / "socket"))
    listener.listen(0)
    waiting = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    waiting.connect(str(folder / "socket"))
    with listener, waiting:
        done = subprocess.run([prefix.jconsole, "__complete", "--", "--router", folder / "socket", "sto"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=PATIENCE / 2)
    assert done.stdout == b"words\nstop\tstop jails\n"


def test_a_configuration_that_never_ends(prefix, folder):
    os.mkfifo(folder / "fifo")
    done = subprocess.run([prefix.jconsole, "__complete", "--", "start", "-f", folder / "fifo", ""],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=PATIENCE / 2)
    assert done.stdout == b"words\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_no_router_is_started(prefix, folder):
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.chown(runtime, 61234, 61234)
    done = subprocess.run([prefix.jconsole, "__complete", "--", "sto"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          user=61234, group=61234, extra_groups=[], timeout=PATIENCE,
                          env={"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(runtime), "HOME": str(folder)})
    assert done.stdout == b"words\nstop\tstop jails\n"
    assert os.listdir(runtime) == []


# ---- what a hostile jail would like a shell to read -------------------------------------------------------------------


HOSTILE = ["$(touch x)", "a;b", "a b", "`id`", "-rf", "a\x1b[2Jb", "a'b", 'a"b', "a\\b", "*", "~root", "a|b", "a>b",
           "{a,b}", "#a", "!a", "a\tb", "\u202ea", "a&", "=ls", "(a", "[a]", "a?", "%1", "^a"]


def test_hostile_names_are_not_offered(web, folder):
    for name in [*HOSTILE, "honest-one", "größe"]:
        (web.root / "tmp" / name).mkdir()
    with open(web.root / "etc/passwd", "ab") as passwd:
        for name in [*HOSTILE, "honest-one"]:
            passwd.write(f"{name}:x:1002:1002::/:/bin/sh\n".encode())
        passwd.write(b"\xff\xfe:x:1:1::/:/bin/sh\nno colon\n\n")
    assert asked(web.router, web.name, "-u", "") == ("words", ["demo", "honest-one", "odd", "root"])
    # Only at the beginning of a word do -, = and % say something to a shell.
    assert asked(web.router, web.name, "-d", "/tmp/") == (
        "words", ["/tmp/%1/", "/tmp/-rf/", "/tmp/=ls/", "/tmp/größe/", "/tmp/honest-one/"])
    assert asked(web.router, web.name, "-d", "/tmp/$(")[1] == []


@pytest.mark.parametrize("make", [
    lambda path: os.mkfifo(path), lambda path: path.symlink_to("/dev/zero"), lambda path: path.mkdir(), None],
    ids=["fifo", "endless", "folder", "none"])
def test_a_passwd_that_is_none(web, make):
    path = web.root / "etc/passwd"
    path.unlink()
    if make:
        make(path)
    assert asked(web.router, web.name, "-u", "") == ("words", [])
    # Nothing of the attempt is left in the jail.
    wait_for(lambda: [pid for worker in children(web.router.pid) for pid in (worker, *children(worker))
                      if name_of(pid) == "cat"] == [], "the end of cat")


def test_what_there_is_to_name(web):
    assert asked(web.router, "stop", "we") == ("words", [web.name])
    assert asked(web.router, "-H", "", "stop", "we") == ("words", [web.name])
    assert asked(web.router, "-H", "somewhere.far", "stop", "we") == ("words", [])  # jails of another host
    assert asked(web.router, "stop", "far@somewhere.far", "we") == ("words", [])
    assert asked(web.router, "stop", web.name, "we") == ("words", [])  # it is named already
    assert asked(web.router, web.name, "--", "/bin/busy") == ("words", ["/bin/busybox"])
    assert asked(web.router, web.name, "--", "ls", "/home/d") == ("words", ["/home/demo/"])
    assert asked(web.router, "nowhere", "-u", "") == ("words", [])
    assert asked(web.router, "start", "-f", web.config, "") == ("words", [web.name])


# ---- the scripts ----------------------------------------------------------------------------------------------------


INSTALLED = {"bash": "bash-completion/completions/jconsole", "zsh": "zsh/site-functions/_jconsole",
             "fish": "fish/vendor_completions.d/jconsole.fish"}


@pytest.mark.parametrize("name", SHELLS)
def test_the_script_that_is_printed_is_the_one_that_is_installed(prefix, name):
    done = subprocess.run([prefix.jconsole, "completion", name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          check=True)
    assert done.stdout == (prefix.folder / "share" / INSTALLED[name]).read_bytes()
    checked = subprocess.run([name, "-n"], input=done.stdout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (checked.stdout, checked.returncode) == (b"", 0)


@pytest.mark.parametrize("name, line", [("bash", 'eval "$(jconsole completion bash)"'),
                                        ("zsh", "source <(jconsole completion zsh)"),
                                        ("fish", "jconsole completion fish | source")])
def test_a_script_can_be_read_in_at_once(prefix, folder, name, line):
    shell = Shell(name, prefix, folder)
    try:
        shell.type(f"{line}\r")
        shell.expect_line("")
        shell.complete("jconsole vers", "jconsole version")
    finally:
        shell.end()
