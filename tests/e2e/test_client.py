"""The client from outside: its command line, the user's terminal, signals, and finding or starting its router."""

import contextlib
import json
import os
import pathlib
import shlex
import signal
import subprocess
import time

import pexpect
import pytest

from conftest import PATIENCE, alive, children, client_environment, descendants, name_of, ours, stat_fields, wait_for

# Nobody's: no file of the machine belongs to it.
SOME_UID = 54321


def one_line(stderr):
    text = stderr.decode() if isinstance(stderr, bytes) else stderr
    assert text.startswith("jconsole: ") and text.endswith("\n") and text.count("\n") == 1, text
    return text


# ---- the command line


@pytest.mark.parametrize("words", [
    ["--"], ["--nonsense", "x"], ["-x"], ["-u"], ["-u", "-f", "x"], ["-e", "A", "x"], ["-d", "relative", "x"],
    ["x/y"], ["x\ny"], ["pid:0"], ["start"], ["check"], ["sessions", "x"], ["check", "x", "--", "ls"],
    ["x", "--json"], ["ls", "--repair"], ["help", "nonsense"], ["--router", "/" + 200 * "x", "x"],
])
def test_wrong_use_is_one_line_and_255(prefix, words):
    done = subprocess.run([prefix.jconsole, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
    assert done.returncode == 255
    assert done.stdout == b""
    one_line(done.stderr)


def test_help_and_version_need_no_router(prefix):
    for words in (["--help"], ["help", "check"], ["attach", "-h"], ["help", "config", "dump"], ["--version"]):
        done = subprocess.run([prefix.jconsole, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE)
        assert (done.returncode, done.stderr) == (0, "")
        assert "jconsole" in done.stdout


def test_a_full_standard_output_is_an_error(prefix):
    with open("/dev/full", "w") as full:
        done = subprocess.run([prefix.jconsole, "--help"], stdin=subprocess.DEVNULL, stdout=full,
                              stderr=subprocess.PIPE, timeout=PATIENCE)
    assert done.returncode == 255
    one_line(done.stderr)


def test_help_explains_the_verbs_that_begin_with_a_word(prefix):
    def said(*words):
        done = subprocess.run([prefix.jconsole, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE)
        return done.returncode, done.stdout, done.stderr

    whole = said("help", "config", "dump")
    assert whole[0] == 0 and "print the configuration" in whole[1]
    for words in (["help", "config"], ["config", "--help"], ["config", "dmp", "-h"]):
        assert said(*words) == whole
    status, _, error = said("help", "config", "dmp")
    assert (status, error) == (255, "jconsole: there is no verb 'config dmp'; jconsole help lists them\n")


def test_config_dump_reads_a_relative_path(prefix, folder):
    (folder / "jail.conf").write_text('exec.start = "/bin/sh /etc/rc"; web1 { $n = 1; host.hostname = "w$n"; }\n')
    done = subprocess.run([prefix.jconsole, "config", "dump", "-f", "jail.conf", "--json"], cwd=folder,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    [jail] = json.loads(done.stdout)
    assert (jail["name"], jail["params"]["host.hostname"]) == ("web1", ["w1"])


def test_config_dump_takes_the_path_as_given(prefix, folder):
    def dump(path):
        return subprocess.run([prefix.jconsole, "config", "dump", "-f", path], cwd=folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE)

    # Behind a symbolic link `..` is the parent of where that leads.
    (folder / "there/below").mkdir(parents=True)
    (folder / "link").symlink_to("there/below")
    (folder / "there/jail.conf").write_text("web1 { }\n")
    assert '"web1"' in dump("link/../jail.conf").stdout
    # Errors name the file as jail(8) does.
    (folder / "-bad.conf").write_text("web1 { x y z; }\n")
    assert dump("-bad.conf").stderr == "jconsole: -bad.conf line 1: z: syntax error\n"
    assert dump("none.conf").stderr == "jconsole: none.conf: No such file or directory\n"
    # An empty path, as of an unset variable, is not the default one.
    done = dump("")
    assert done.returncode == 255 and "a path" in one_line(done.stderr)


def test_verbs_win_and_attach_is_explicit(router):
    assert router.run("ls", check=0)
    assert "ls" in one_line(router.run("attach", "ls", check=255).stderr)


def test_a_command_may_follow_the_name(router, name):
    done = router.run(name, "sh", "-c", 'echo "$@"', "-", "-l", "--", "--help", "a  b", check=0)
    assert done.stdout == b"-l -- --help a  b\n"
    assert router.run("-u", "demo", name, "-d", "/tmp", "pwd", "-P", check=0).stdout == b"/tmp\n"
    assert router.run(name, "-u", "demo", "--", "id", "-un", check=0).stdout == b"demo\n"


def test_a_mistyped_verb_is_named(router):
    mend = "'jconsole start strat' starts it, 'jconsole ls' lists those that run, 'jconsole help' lists the verbs\n"
    assert one_line(router.run("strat", "web", check=255).stderr) == router.typed(
        "jconsole: strat: find jail: that is no verb, and no jail of that name is running; " + mend)
    assert one_line(router.run("strat", check=255).stderr) == router.typed(
        "jconsole: strat: find jail: no jail of that name is running; " + mend)
    assert "a console is opened by jconsole NAME [COMMAND]\n" in one_line(router.run("exec", "web", "ls", check=255).stderr)
    for words in (("pid:999999999", "true"), ("1", "true"), ("web1", "true")):
        assert "verb" not in one_line(router.run(*words, check=255).stderr)
    assert "verb" not in one_line(router.run("strat", "--", "web", check=255).stderr)


@pytest.fixture(name="pots")
def fixture_pots():
    """A folder of pot's, which no other process sees."""
    subprocess.run(["mount", "-t", "tmpfs", "pots", "/opt"], check=True)
    yield pathlib.Path("/opt/pot/jails")
    subprocess.run(["umount", "-l", "/opt"], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_jail_of_another_tool_that_does_not_run_is_told_with_what_starts_it(router, pots, name):
    (pots / "web1/conf").mkdir(parents=True)
    (pots / "web1/conf/pot.conf").write_text("pot.level=1\n")
    for words in ("web1",), ("web1", "true"), ("check", "web1"):
        assert one_line(router.run(*words, check=255).stderr) == router.typed(
            "jconsole: web1: find jail: no jail of that name is running; "
            "pot has it: 'pot start web1' starts it, 'jconsole ls' lists those that run\n")
    assert "pot" not in one_line(router.run("web2", check=255).stderr)
    assert "pot" not in one_line(router.run("pid:999999999", "true", check=255).stderr)
    (pots / f"{name}/conf").mkdir(parents=True)
    (pots / f"{name}/conf/pot.conf").touch()
    router.run(name, "true", check=0) # what runs is nobody's to start


def test_a_file_that_only_this_process_has_open_is_no_configuration(router):
    for file in ("-", "/dev/fd/63"):
        error = one_line(router.run("start", "-f", file, "web", check=255).stderr)
        assert "open in this process, and it is the router that reads" in error and "write it to a file" in error


def test_standard_input_can_be_left_alone(router, name):
    """As with ssh -n: in a loop over lines, and in a background job of a terminal."""
    loop = subprocess.run(["sh", "-c", 'while read line; do "$@"; done', "sh", *router.command("-n", name, "sh", "-c", "cat; echo one")],
                          input=b"a\nb\nc\n", stdout=subprocess.PIPE, timeout=PATIENCE, env=client_environment())
    assert (loop.stdout, loop.returncode) == (b"one\n" * 3, 0)
    assert router.run("-n", "-t", name, "sh", "-c", "tty; read line || echo end", check=0).stdout == b"/dev/pts/0\r\nend\r\n"
    words = " ".join(shlex.quote(word) for word in router.command("-n", name, "cat"))
    shell = router.terminal(command=["/bin/sh", "-c", f"set -m; {words} & wait $!; echo status $?"])
    shell.expect_exact("status 0")
    shell.expect(pexpect.EOF)


VERBS = [["ls"], ["ls", "-c", "-j", "no"], ["ps"], ["sessions"], ["check", "no"], ["start", "-f", "/no", "no"],
         ["stop", "-f", "/no", "no"], ["restart", "-f", "/no", "no"], ["kill", "no"]]


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_verb_leaves_standard_input_to_the_loop_around_it(router, words):
    loop = subprocess.run(["sh", "-c", 'while read line; do "$@" >/dev/null 2>&1; echo $line; done', "sh", *router.command(*words)],
                          input=b"a\nb\nc\n", stdout=subprocess.PIPE, timeout=PATIENCE, env=client_environment())
    assert loop.stdout == b"a\nb\nc\n"


def test_a_verb_in_the_background_does_not_stop_for_the_terminal(router):
    words = " ".join(shlex.quote(word) for word in router.command("check", "no"))
    shell = router.terminal(command=["/bin/sh", "-c", f"set -m; {words} & wait $!; echo status $?"])
    shell.expect_exact("status 255")
    shell.expect(pexpect.EOF)


# ---- the user's terminal


class Shell:
    """A shell with job control on a terminal, as a user has it."""

    def __init__(self, router):
        self.router = router
        self.child = pexpect.spawn("/bin/bash", ["--norc", "--noprofile", "-i"], dimensions=(30, 100), timeout=PATIENCE,
                                   encoding="utf-8", env={**client_environment(), "PS1": "local> ", "INPUTRC": "/dev/null"})
        self.child.delaybeforesend = None
        self.child.expect_exact("local> ")

    def attach(self, name, *words):
        command = " ".join(f"'{word}'" for word in self.router.command("-t", name, *words))
        self.child.sendline(f"{command}; echo status $?")
        self.child.expect_exact("ready> ")

    def client(self):
        """The shell prompts before what it has sent to the background executes anything."""
        [client] = wait_for(lambda: [pid for pid in children(self.child.pid) if name_of(pid) == "jconsole"], "the client")
        return client

    def sane(self):
        """The terminal echoes, edits lines and makes signals."""
        self.child.sendline("stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(icanon|echo|isig|opost|icrnl)' | sort | tr '\\n' .")
        self.child.expect_exact("echo.icanon.icrnl.isig.opost.")

    def end(self):
        self.child.sendline("exit")
        self.child.expect(pexpect.EOF)
        self.child.close()


@pytest.fixture
def shell(router):
    made = Shell(router)
    yield made
    if not made.child.closed:
        made.child.close(force=True)


def test_a_session_and_back(shell, name):
    shell.attach(name)
    shell.child.sendline("exit 7")
    shell.child.expect_exact("status 7")
    shell.sane()
    shell.end()


@pytest.mark.parametrize("which", ["TERM", "HUP", "INT", "QUIT", "USR1", "USR2", "ALRM"])
def test_a_signal_gives_the_terminal_back(shell, name, which):
    shell.attach(name)
    shell.child.sendline("printf '\\033[?1049h\\033[?1000h'; echo on")
    shell.child.expect_exact("\x1b[?1000hon")
    os.kill(shell.client(), getattr(signal, "SIG" + which))
    shell.child.expect_exact("\x1b[?1049l\x1b[?1000l")
    if which == "INT":  # bash ends the line of commands, too
        shell.child.expect_exact("local> ")
    else:
        shell.child.expect_exact(f"status {128 + getattr(signal, 'SIG' + which)}")
    shell.sane()
    shell.end()


def test_stopped_and_continued(shell, name):
    shell.attach(name)
    os.kill(shell.client(), signal.SIGTSTP)
    shell.child.expect_exact("Stopped")
    shell.sane()
    shell.child.setwinsize(40, 120)
    shell.child.sendline("fg")
    shell.child.sendline("")
    shell.child.expect_exact("ready> ")
    shell.child.sendline("stty size; echo a$((1 + 1))b")
    shell.child.expect_exact("40 120")
    shell.child.expect_exact("a2b")
    shell.child.send("exit 5\r")
    shell.child.expect_exact("local> ")
    shell.child.sendline("echo status $?")  # a stop ends bash's line of commands
    shell.child.expect_exact("status 5")
    shell.sane()
    shell.end()


def wait_for_the_terminal_to_stop(shell, client):
    """Raw mode does, and what is typed while it reads."""
    def stopped():
        shell.child.sendline("")
        return stat_fields(client)[0] == "T"
    wait_for(stopped, "the terminal to stop it")


@pytest.mark.parametrize("option", ["-T", "-t"])
@pytest.mark.parametrize("which, status", [("TERM", 143), ("HUP", 129), ("QUIT", 131)])
def test_one_that_the_terminal_stopped_in_the_background_can_be_ended(shell, router, name, option, which, status):
    """As `cat &` can, which reads the terminal that is not its to read."""
    words = " ".join(shlex.quote(word) for word in router.command(option, name, "--", "sleep", "100"))
    shell.child.sendline(f"{words} &")
    shell.child.expect_exact("local> ")
    client = shell.client()
    wait_for_the_terminal_to_stop(shell, client)
    shell.child.sendline(f"kill -{which} %1; kill -CONT %1; wait %1; echo status $?")
    shell.child.expect_exact(f"status {status}\r\n")
    shell.sane()
    shell.end()


def test_one_that_was_stopped_in_the_background_goes_on_in_the_foreground(shell, router, name):
    words = " ".join(shlex.quote(word) for word in router.command("-T", name, "--", "cat"))
    shell.child.sendline(f"{words} &")
    shell.child.expect_exact("local> ")
    client = shell.client()
    wait_for_the_terminal_to_stop(shell, client)
    shell.child.sendline("fg")
    wait_for(lambda: stat_fields(client)[0] == "S", "it to go on")
    shell.child.sendline("a line")
    shell.child.expect_exact("a line\r\na line\r\n")
    shell.child.sendeof()
    shell.child.expect_exact("local> ")
    shell.end()


def test_killed_with_its_terminal_it_leaves_nothing(router, name, namespaces):
    child = router.terminal("-t", name)
    child.expect_exact("ready> ")
    child.close(force=True)  # a hangup
    wait_for(lambda: not namespaces.processes(), "the session's end")


def test_a_router_that_hangs_can_be_interrupted(router, name):
    router.run(name, "--", "true", check=0)
    stopped = [router.pid, *descendants(router.pid)]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        child = router.terminal(name)
        time.sleep(0.3)
        child.sendintr()
        child.expect(pexpect.EOF)
        child.close()
        assert child.signalstatus == signal.SIGINT
    finally:
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_a_terminal_without_a_local_one(router, name):
    done = router.run("-tt", name, input=b"tty; stty size; exit 3\n", check=3)
    assert b"/dev/pts/" in done.stdout and b"24 80" in done.stdout


def test_a_login_shell_reads_commands_from_a_pipe(router, name):
    done = router.run(name, input=b"tty; echo $0; echo oops >&2; exit 4\n", check=4)
    assert done.stdout == b"not a tty\n-sh\n"
    assert done.stderr == b"oops\n"


# ---- signals and pipes


@pytest.mark.parametrize("which", ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2"])
def test_signals_are_the_programs_where_there_is_no_terminal(router, name, which):
    script = f"trap 'echo caught; exit 9' {which}; echo here; while :; do sleep 0.01; done"
    client = router.popen(name, "--", "sh", "-c", script, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert client.stdout.readline() == b"here\n"
    client.send_signal(getattr(signal, "SIG" + which))
    assert client.stdout.readline() == b"caught\n"
    assert client.wait(PATIENCE) == 9
    client.stdout.close()


def test_a_second_interrupt_ends_the_client(router, name, namespaces):
    script = "trap 'echo caught' INT; echo here; while :; do sleep 0.01; done"
    client = router.popen(name, "--", "sh", "-c", script, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert client.stdout.readline() == b"here\n"
    client.send_signal(signal.SIGINT)
    assert client.stdout.readline() == b"caught\n"
    client.send_signal(signal.SIGINT)
    assert client.wait(PATIENCE) == -signal.SIGINT
    client.stdout.close()
    wait_for(lambda: not namespaces.processes(), "the program's end")


def test_an_ignored_hangup_stays_ignored(router, name):
    client = router.popen(name, "--", "sh", "-c", "echo here; sleep 0.5; echo there", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    assert client.stdout.readline() == b"here\n"
    client.send_signal(signal.SIGHUP)
    assert client.stdout.readline() == b"there\n"
    assert client.wait(PATIENCE) == 0
    client.stdout.close()


def test_the_end_by_a_broken_pipe_is_told_to_the_shell(router, name, namespaces):
    script = '"$@" -- yes | head -n 1; echo "${PIPESTATUS[0]}"'
    done = subprocess.run(["bash", "-c", script, "bash", *router.command(name)], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=PATIENCE, env=client_environment())
    assert (done.stdout, done.stderr) == (b"y\n141\n", b"")
    wait_for(lambda: not namespaces.processes(), "the program's end")


def test_a_program_on_pipes_that_loses_its_worker_is_no_success(router, name):
    client = router.popen(name, "--", "sh", "-c", "echo here; sleep 1000", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert client.stdout.readline() == b"here\n"
    for pid in router.workers():
        os.kill(pid, signal.SIGKILL)
    _, stderr = client.communicate(timeout=PATIENCE)
    assert client.returncode == 255
    assert name in one_line(stderr)


# ---- the router of an ordinary user, started on demand


class User:
    """An ordinary user, with a place for his router."""

    def __init__(self, prefix, runtime):
        self.prefix = prefix
        self.runtime = runtime
        self.directory = runtime / "jconsole"

    def command(self, *words):
        return ["setpriv", f"--reuid={SOME_UID}", f"--regid={SOME_UID}", "--clear-groups", "--inh-caps=-all",
                self.prefix.jconsole, *words]

    def environment(self):
        return {**client_environment(), "HOME": str(self.runtime), "XDG_RUNTIME_DIR": str(self.runtime)}

    def popen(self, *words):
        return subprocess.Popen(self.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=self.environment())

    def run(self, *words):
        return subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True,
                              env=self.environment(), timeout=PATIENCE)

    def routers(self):
        found = []
        for pid in ours():  # one that went to the background is nobody's child but the reaper's
            with contextlib.suppress(OSError):
                if name_of(pid) == "jrouterd" and os.stat(f"/proc/{pid}").st_uid == SOME_UID:
                    found.append(pid)
        return found

    def started(self):
        """How many routers have listened."""
        return (self.directory / "state/log").read_text().count("listening on")


@pytest.fixture
def user(prefix, folder):
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    runtime = folder / "user"
    runtime.mkdir(mode=0o700)
    os.chown(runtime, SOME_UID, SOME_UID)
    made = User(prefix, runtime)
    yield made
    for pid in made.routers():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not made.routers(), "the end of the user's routers")


def test_many_clients_start_one_router(user):
    clients = [user.popen("ls") for _ in range(20)]
    for client in clients:
        stdout, stderr = client.communicate(timeout=PATIENCE)
        assert (client.returncode, stderr) == (0, b"")
        assert b"JID" in stdout
    assert user.started() == 1
    assert user.directory.stat().st_mode & 0o7777 == 0o700


def test_a_router_with_nothing_to_keep_ends_and_is_started_again(user):
    for number in (1, 2):
        assert user.run("ls").returncode == 0
        wait_for(lambda: not user.routers(), "the end of a router that has nothing to do")
        assert user.started() == number


def test_an_idle_router_of_root_ends_where_it_was_told_to(prefix, folder):
    socket = folder / "run/socket"
    subprocess.run([prefix.jrouterd, "--socket", socket, "--daemon", "--idle-exit"], check=True, timeout=PATIENCE)
    written = (folder / "run/jrouterd.pid").read_text()
    pid = int(written)
    assert written == f"{pid}\n"
    done = subprocess.run([prefix.jconsole, "--router", socket, "ls"], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=PATIENCE)
    assert (done.returncode, done.stderr, name_of(pid)) == (0, b"", "jrouterd")
    wait_for(lambda: not alive(pid), "the end of a router that has nothing to do")
    assert not socket.exists()


def test_a_killed_router_leaves_no_obstacle(user):
    for number in (1, 2, 3):
        assert user.run("ls").returncode == 0
        [router] = user.routers()
        os.kill(router, signal.SIGKILL)
        wait_for(lambda: not user.routers(), "the router's end")
        assert user.started() == number


@pytest.mark.parametrize("trap", ["open", "link", "file", "foreign"])
def test_a_place_that_somebody_else_could_have_made_is_refused(user, trap):
    if trap == "link":
        (user.runtime / "elsewhere").mkdir(mode=0o700)
        user.directory.symlink_to("elsewhere")
    elif trap == "file":
        user.directory.write_text("")
    else:
        user.directory.mkdir(mode=0o700)
    if trap == "open":
        user.directory.chmod(0o777)
    if trap != "foreign":
        os.chown(user.directory, SOME_UID, SOME_UID, follow_symlinks=False)
    done = user.run("ls")
    assert done.returncode == 255
    assert str(user.directory) in one_line(done.stderr)
    assert not user.routers()


def test_another_users_runtime_directory_is_not_used(user, folder):
    """What sudo and su leave in the environment."""
    os.chown(user.runtime, SOME_UID + 1, SOME_UID + 1)
    user.runtime.chmod(0o755)
    place = pathlib.Path(f"/tmp/jconsole-{SOME_UID}")
    assert not place.exists()
    try:
        assert user.run("ls").returncode == 0
        assert place.stat().st_mode & 0o7777 == 0o700
        assert not user.directory.exists()
    finally:
        for pid in user.routers():
            os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not user.routers(), "the router's end")
        for entry in place.iterdir():
            if entry.is_dir():
                subprocess.run(["rm", "-r", entry], check=True)
            else:
                entry.unlink()
        place.rmdir()


def test_a_router_that_cannot_start_says_why(user, folder):
    user.directory.mkdir(mode=0o700)
    os.chown(user.directory, SOME_UID, SOME_UID)
    (user.directory / "socket").mkdir()
    done = user.run("ls")
    assert done.returncode == 255
    one_line(done.stderr)


def test_a_router_of_ones_own_choice_is_not_started(user, folder):
    done = user.run("--router", folder / "none", "ls")
    assert done.returncode == 255
    assert f"no router listens at {folder / 'none'}" in one_line(done.stderr)
    assert not user.routers()
