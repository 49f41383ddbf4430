"""`jconsole` alone: the prompt on a terminal, and commands on standard input."""

import fcntl
import os
import re
import signal
import socket
import stat
import subprocess

import pexpect
import pyte
import pytest

from conftest import (PATIENCE, children, client_environment, command_of, descendants, name_of, stat_fields,
                      wait_for)
from test_jails import Jail

HOST = socket.gethostname()
INTERRUPT, END, STOP = "\x03", "\x04", "\x1a"


class Prompt:
    """The shell on a terminal, with a home of its own, and what its user sees."""

    text = f"run/socket@{HOST}> "

    def __init__(self, router, home, size=(24, 100), wait=True, **environment):
        self.home = home
        self.child = router.terminal(size=size, environment={"HOME": str(home), "INPUTRC": "/dev/null", **environment})
        if wait:
            self.prompt()

    @property
    def history(self):
        return self.home / ".local/state/jconsole/history"

    def prompt(self):
        self.child.expect_exact(self.text)
        return self.child.before

    def type(self, keys):
        self.child.send(keys)

    def do(self, line):
        """Types a command, and returns what it printed, without readline's switching of bracketed paste."""
        self.type(line + "\r")
        text = self.prompt().split("\r\n", 1)[1]
        return text.removeprefix("\x1b[?2004l\r").removesuffix("\x1b[?2004h").replace("\r\n", "\n")

    def leave(self):
        self.type(END)
        return self.end()

    def end(self):
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


@pytest.fixture
def home(folder):
    made = folder / "home"
    made.mkdir()
    return made


@pytest.fixture
def make_prompt(router, home):
    made = []

    def make(**options):
        made.append(Prompt(router, home, **options))
        return made[-1]

    yield make
    for prompt in made:
        prompt.child.close(force=True)


@pytest.fixture
def prompt(make_prompt):
    return make_prompt()


@pytest.fixture
def jail(router, root, folder):
    made = Jail(router, root, folder)
    made.start()
    yield made
    made.stop()


def settings(prompt):
    """The terminal's, as a program at the prompt finds them."""
    return set(prompt.do("!stty -a").replace(";", " ").split())


# ---- verbs and words


def test_a_verb_runs_and_the_prompt_comes_back(prompt, jail):
    assert jail.name in prompt.do("ls")
    assert prompt.do(f"{jail.name} -- echo 'two  words' \"a'b\" c\\ d") == "two  words a'b c d\n"
    assert prompt.leave() == 0


def test_without_router_the_users_own_is_named(prefix, home):
    child = pexpect.spawn(str(prefix.jconsole), env={**client_environment(), "HOME": str(home)}, timeout=PATIENCE,
                          encoding="utf-8")
    child.expect_exact(f"root@{HOST}> ")
    child.send(END)
    child.expect(pexpect.EOF)
    child.close()


def test_a_console_has_the_terminal_and_gives_it_back(prompt, jail):
    prompt.type(f"{jail.name}\r")
    prompt.child.expect_exact("ready> ")
    prompt.type("tty\r")
    prompt.child.expect_exact("/dev/pts/0")
    prompt.type("exit 3\r")
    prompt.prompt()
    assert settings(prompt) >= {"isig", "icanon", "echo", "opost"}
    prompt.do(f"{jail.name} -- sh -c 'exit 3'")
    assert prompt.leave() == 3


def test_a_wrong_command_is_one_line_and_the_shell_stays(prompt):
    for line in ("nowhere", "ls nonsense", "ls | cat", "start", "fg", "unalias x", "help nonsense", "exit x",
                 "history x", "history -1", "top --json -f /x"):
        assert re.match(r"jconsole: [^\n]*\n$", prompt.do(line)), line
    for line in ("history 5 x", "jobs x", "fg 1 x", "exit 2 x", "quit 2 x"):
        assert re.match(r"jconsole: [^\n]*'x' is one word too many; usage: [^\n]*\n$", prompt.do(line)), line
    assert "jconsole 0." in prompt.do("version")


def test_a_quote_goes_on_in_the_next_line(prompt, jail):
    prompt.type(f"{jail.name} -- echo 'one\r")
    prompt.child.expect_exact("\x1b[?2004h> ")
    assert "one\ntwo\n" in prompt.do("two'")


def test_lines_that_are_pasted_are_commands_each(prompt, jail):
    prompt.type("\x1b[200~alias w = " + jail.name + " --\rw echo 'one\rtwo'\rw echo three\x1b[201~\r")
    assert "one\r\ntwo\r\nthree\r\n" in prompt.prompt()
    assert "  2  w echo 'one\ntwo'\n    3  w echo three\n" in prompt.do("history")


def test_what_is_typed_ahead_of_a_verb_is_for_the_prompt(prompt, jail):
    prompt.type(f"version\rcheck {jail.name}\rversion\r!echo the $((1 + 1))nd\r")
    prompt.child.expect_exact("the 2nd\r\n")
    assert prompt.child.before.count("\rjconsole 0.") == 2


def test_an_interrupt_ends_what_was_pasted_with_it(prompt, jail):
    prompt.type(f"\x1b[200~{jail.name} -- sh -c 'echo begun; sleep 1000'\rversion\x1b[201~\r")
    prompt.child.expect_exact("begun\r\n")
    prompt.type(INTERRUPT)
    assert "jconsole 0." not in prompt.prompt()


def test_a_local_command(prompt, home):
    assert f"{home} 7\n" in prompt.do('!echo "$HOME" $((3 + 4)) | cat')
    prompt.do("!exit 9")
    assert prompt.leave() == 9


def test_help_knows_the_verbs_and_the_shells_own_words(make_prompt):
    prompt = make_prompt(size=(120, 100))
    text = prompt.do("help")
    assert "config dump" in text and "alias [NAME" in text and "!COMMAND" in text
    assert "examine what" in prompt.do("help check")
    assert "fg [NUMBER]" in prompt.do("help fg")
    for word in ("!", "!ls -l"):
        assert "!COMMAND    " in prompt.do(f"help {word}")


def test_help_says_what_an_alias_stands_for(make_prompt):
    prompt = make_prompt(size=(120, 100))
    prompt.do("alias w = web1 --")
    prompt.do("alias ls = ls -v")
    assert prompt.do("help w").endswith("alias w = web1 --\n")
    assert re.search(r"alias ls = ls -v\n\njconsole ls \[options\]", prompt.do("help ls"))


def test_exit_and_quit_leave_with_a_status(make_prompt):
    for line, status in (("exit", 0), ("quit", 0), ("exit 12", 12)):
        prompt = make_prompt()
        prompt.type(line + "\r")
        assert prompt.end() == status


# ---- signals, jobs, and the terminal


def running(prompt, name):
    return wait_for(lambda: [pid for pid in children(prompt.child.pid) if name_of(pid) == name], f"a running {name}")[0]


def test_interrupt_ends_the_verb_and_not_the_shell(prompt, jail):
    prompt.type(f"{jail.name} -- sh -c 'echo begun; exec sleep 1000'\r")
    prompt.child.expect_exact("begun\r\n")
    prompt.type(INTERRUPT)
    prompt.prompt()
    assert "jconsole 0." in prompt.do("version")


def test_interrupt_gives_a_line_up(prompt):
    prompt.type("nonsense 'with a quote" + INTERRUPT)
    prompt.child.expect_exact("^C\r\n")
    prompt.prompt()
    assert "jconsole 0." in prompt.do("version")
    assert prompt.history.read_text() == "version\n"


def test_stop_and_go_on(prompt, jail):
    prompt.type(f"{jail.name} -- sh -c 'echo begun; sleep 1000'\r")
    prompt.child.expect_exact("begun\r\n")
    prompt.type(STOP)
    prompt.child.expect_exact(f"[1] stopped  {jail.name} -- sh")
    prompt.prompt()
    assert "[1] stopped" in prompt.do("jobs")
    assert "jconsole 0." in prompt.do("version")
    prompt.type("fg\r")
    prompt.child.expect_exact(f"{jail.name} -- sh")
    prompt.child.expect_exact("\n")
    client = running(prompt, "jconsole")
    wait_for(lambda: os.tcgetpgrp(prompt.child.child_fd) == client, "the client in the foreground")
    prompt.type(INTERRUPT)
    prompt.prompt()
    assert "stopped" not in prompt.do("jobs")


def test_leaving_stopped_jobs_behind_is_asked_about(prompt):
    prompt.type("!echo begun; exec sleep 1000\r")
    prompt.child.expect_exact("begun\r\n")
    prompt.type(STOP)
    prompt.child.expect_exact("[1] stopped")
    prompt.prompt()
    assert "jconsole: jobs are stopped" in prompt.do("exit")
    prompt.type(END)
    prompt.end()


def test_the_shell_itself_is_stopped_at_its_prompt_by_a_shell_around_it(router, home):
    child = pexpect.spawn("/bin/bash", ["--norc", "--noprofile", "-i"], timeout=PATIENCE, encoding="utf-8",
                          env={**client_environment(), "PS1": "local> ", "INPUTRC": "/dev/null", "HOME": str(home)})
    child.delaybeforesend = None
    child.expect_exact("local> ")
    child.send(" ".join(router.command()) + "\r")
    child.expect_exact(Prompt.text)
    child.send("vers" + STOP)
    child.expect_exact("Stopped")
    child.expect_exact("local> ")
    child.send("stty -a\r")
    child.expect(r"[^-]isig .*local> ")
    child.send("fg\r")
    child.expect_exact(Prompt.text + "vers")
    child.send("ion\r")
    child.expect_exact("jconsole 0.")
    child.expect_exact(Prompt.text)
    child.send(END)
    child.expect_exact("local> ")
    child.close(force=True)


def test_a_verb_that_is_killed_leaves_the_terminal_as_it_was(prompt, jail):
    prompt.type(f"{jail.name}\r")
    prompt.child.expect_exact("ready> ")
    os.kill(running(prompt, "jconsole"), signal.SIGKILL)
    prompt.prompt()
    assert settings(prompt) >= {"isig", "icanon", "echo", "opost"}


def test_a_resize_reaches_the_line_and_the_verbs(prompt, jail):
    prompt.type("vers")
    prompt.child.expect_exact("vers")
    prompt.child.setwinsize(20, 70)
    prompt.type("ion\r")
    prompt.child.expect_exact("jconsole 0.")
    prompt.prompt()
    assert "20 70" in prompt.do("!stty size")
    prompt.type(f"{jail.name}\r")
    prompt.child.expect_exact("ready> ")
    prompt.child.setwinsize(30, 90)
    wait_for(lambda: prompt.type("stty size\r") or prompt.child.expect(["30 90", r"\d+ \d+"]) == 0, "the new size inside")
    prompt.type("exit\r")
    prompt.prompt()
    assert "30 90" in prompt.do("!stty size")


def screen_of(prompt, rows, columns, until):
    """What a person sees when `until` is on the screen."""
    screen = pyte.Screen(columns, rows)
    stream = pyte.Stream(screen)

    def seen():
        try:
            stream.feed(prompt.child.read_nonblocking(4096, 0.1))
        except pexpect.TIMEOUT:
            pass
        return until("\n".join(screen.display))

    wait_for(seen, f"on the screen {screen.display}")
    return screen


def test_a_screen_of_three_rows_and_ten_columns(make_prompt):
    prompt = make_prompt(size=(3, 10), wait=False, PAGER="cat")
    screen_of(prompt, 3, 10, lambda text: text.startswith("> "))
    prompt.type("!echo a long command line; echo done\r")
    screen_of(prompt, 3, 10, lambda text: "done" in text and "> " in text)
    prompt.type("help\r")
    screen_of(prompt, 3, 10, lambda text: text.splitlines()[-1].startswith("> "))
    assert prompt.leave() == 0


@pytest.mark.parametrize("term", ["no-such-terminal", "dumb", ""])
def test_a_terminal_that_nobody_knows(make_prompt, term):
    prompt = make_prompt(TERM=term)
    assert "jconsole 0." in prompt.do("version")
    prompt.type("nonsense" + INTERRUPT)
    prompt.prompt()
    assert prompt.leave() == 0


def test_a_hangup_ends_it(prompt):
    os.kill(prompt.child.pid, signal.SIGHUP)
    prompt.child.expect(pexpect.EOF)
    prompt.child.close()
    assert prompt.child.signalstatus == signal.SIGHUP


# ---- pages


def test_a_list_that_is_longer_than_the_screen_is_paged(make_prompt, folder):
    pager = folder / "pager"
    pager.write_text("#!/bin/sh\necho begin of a page; cat; echo end of a page\n")
    pager.chmod(0o755)
    prompt = make_prompt(size=(10, 100), PAGER=str(pager))
    text = prompt.do("help")
    assert text.startswith("begin of a page\n") and text.endswith("end of a page\n") and "!COMMAND" in text
    assert "of a page" not in prompt.do("help fg")
    assert "of a page" not in prompt.do("!seq 100")


def test_a_pager_that_is_not_there_costs_nothing(make_prompt, folder):
    (folder / "pager").write_text("no program\n")
    for pager in ("nosuchpager -x", folder / "pager"):
        text = make_prompt(size=(10, 100), PAGER=str(pager)).do("help")
        assert "jconsole VERB [options]" in text and "!COMMAND" in text


def await_waiting_less(prompt):
    """less(1) looks for a signal before it prints its prompt: one that comes behind that, and before it waits for a key, it
    heeds at the next key only."""
    def waits():
        return any(name_of(pid) == "less" and (stat_fields(pid) or "?")[0] == "S" for pid in descendants(prompt.child.pid))
    wait_for(waits, "less to wait for a key")


def test_less_can_be_left_early(make_prompt, jail):
    prompt = make_prompt(size=(5, 100))
    prompt.type("help\r")
    prompt.child.expect_exact("\x1b[?1049h")
    prompt.child.expect_exact(":")
    prompt.type("q")
    prompt.prompt()
    prompt.type("ps --json\r")
    prompt.child.expect_exact("\x1b[?1049h")
    prompt.child.expect_exact("\r\n:")
    await_waiting_less(prompt)
    prompt.type(STOP)
    prompt.child.expect_exact("[1] stopped  ps --json")
    prompt.prompt()
    prompt.type("fg\r")
    prompt.child.expect_exact(":")
    prompt.type("q")
    prompt.prompt()
    assert prompt.leave() == 0


def test_a_console_is_not_paged(make_prompt, jail):
    prompt = make_prompt(size=(5, 100))
    text = prompt.do(f"{jail.name} -- seq 40")
    assert "\n40\n" in text and "\x1b[?1049h" not in text


# ---- history and aliases


def test_history_is_kept_and_bounded(make_prompt):
    prompt = make_prompt()
    prompt.do("version")
    prompt.leave()
    prompt.history.write_text("".join(f"!: {i}\n" for i in range(1500)))
    prompt = make_prompt()
    prompt.do("version")
    prompt.do(" version with a space before it is not kept")
    prompt.type("\x1b[A\x1b[A")
    prompt.child.expect_exact("!: 1499")
    prompt.type(INTERRUPT)
    prompt.prompt()
    lines = prompt.history.read_text().splitlines()
    assert (len(lines), lines[0], lines[-1]) == (1000, "!: 501", "version")
    assert stat.S_IMODE(prompt.history.stat().st_mode) == 0o600


def test_the_last_of_the_history(prompt):
    for i in range(4):
        prompt.do(f"!: {i}")
    assert prompt.do("history 2") == "    4  !: 3\n    5  history 2\n"
    assert prompt.do("history 0") == ""
    assert prompt.do("history 100").startswith("    1  !: 0\n")


def test_a_history_that_another_process_has_locked(make_prompt, home):
    history = home / ".local/state/jconsole/history"
    history.parent.mkdir(parents=True, mode=0o700)
    history.write_text("version\n")
    with open(history, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        prompt = make_prompt(wait=False)
        assert f"history {history}: another process has locked it" in prompt.prompt()
        assert "jconsole 0." in prompt.do("version")
        assert prompt.leave() == 0


def test_a_history_that_is_a_link_is_refused_and_the_shell_goes_on(make_prompt, home, folder):
    target = folder / "precious"
    target.write_text("precious\n")
    (home / ".local/state/jconsole").mkdir(parents=True)
    (home / ".local/state/jconsole/history").symlink_to(target)
    prompt = make_prompt(wait=False)
    before = prompt.prompt()
    assert before.count("jconsole: ") == 1 and "is a link; remove it\r\n" in before
    prompt.do("version")
    prompt.type("\x1b[A")
    prompt.child.expect_exact("version")
    prompt.type(INTERRUPT)
    prompt.prompt()
    assert prompt.leave() == 0
    assert target.read_text() == "precious\n"


def test_a_history_that_cannot_be_read_is_told_and_the_shell_goes_on(make_prompt, home):
    history = home / ".local/state/jconsole/history"
    history.parent.mkdir(parents=True, mode=0o700)
    history.touch(0o600)
    os.truncate(history, 9 << 20)
    prompt = make_prompt(wait=False)
    assert "history: File too large" in prompt.prompt()
    assert "jconsole 0." in prompt.do("version")
    assert prompt.leave() == 0
    assert history.stat().st_size == 9 << 20


def test_what_was_pasted_is_escaped_where_it_is_listed(prompt):
    prompt.do("alias a = version \x16\x1b[31m")
    assert "\\x1b[31m\n" in prompt.do("alias")
    assert "  1  alias a = version \\x1b[31m\n" in prompt.do("history")


def test_an_alias(make_prompt, home):
    (home / ".config/jconsole").mkdir(parents=True)
    (home / ".config/jconsole/shell.conf").write_text("# mine\nalias v = version\nnonsense\nalias s='!echo'\n")
    prompt = make_prompt(wait=False)
    assert "shell.conf line 3: 'nonsense' is no alias" in prompt.prompt()
    assert "jconsole 0." in prompt.do("v")
    assert "a b\n" == prompt.do("s a b")
    prompt.do("alias e = !echo # says it")
    assert "a b\n" == prompt.do("e a b")
    prompt.do("alias ls = ls --json")
    assert "[" in prompt.do("ls")
    assert "alias ls = ls --json\n" in prompt.do("alias")
    prompt.do("unalias v")
    assert "jconsole: v: " in prompt.do("v")


# ---- commands on standard input


def script(router, text, **options):
    return router.run(input=text.encode(), **options)


def test_commands_from_a_pipe(router, jail):
    done = script(router, f"# a comment\n\nls\n{jail.name} -- cat\n{jail.name} -- sh -c 'echo \"$1\"' sh 'two\nlines'")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"two\nlines\n") and jail.name.encode() in done.stdout


def test_what_was_copied_with_the_name_of_the_program(router, jail):
    done = script(router, f"jconsole version\njconsole {jail.name} -- echo inside\n")
    assert (done.returncode, done.stderr) == (0, b"") and done.stdout.endswith(b"inside\n")
    # A jail may have that name.
    assert b"jconsole: jconsole: find jail: " in script(router, "jconsole -- hostname\n").stderr


def test_the_first_failure_ends_them(router, jail):
    done = script(router, f"version\n\n# no\n{jail.name} -- sh -c 'exit 7\n'\nversion\n")
    assert done.returncode == 7
    assert done.stdout.count(b"jconsole 0.") == 1
    assert done.stderr.decode() == \
        f"jconsole: line 4: '{jail.name} -- sh -c 'exit 7\\x0a'' ended with status 7; what follows it was not run\n"


@pytest.mark.parametrize("text, status", [
    ("", 0), ("exit 4\r\nnonsense\n", 4), ("version\r\n", 0), ("!exit 5\0\n", 255),
    ("exit 4\nnonsense\n", 4), ("!exit 5\n", 5), ("'open", 255), ("ls > x", 255), ("\0\n", 255),
    ("fg\n", 255), ("alias v = version\nv\n", 0), ("x" * (2 << 20), 255), ("!: " + "x" * (1 << 19), 255),
])
def test_what_a_pipe_can_hold(router, text, status):
    done = script(router, text)
    assert done.returncode == status, done
    assert all(line.startswith("jconsole: ") and len(line) < 500 for line in done.stderr.decode().splitlines())
    assert done.stderr or status < 255


def test_the_line_that_is_wrong_is_named(router):
    assert b"line 2: it is longer than 1 MiB" in script(router, "version\n" + "x" * (2 << 20)).stderr
    assert b"no line follows the \\ at its end" in script(router, "ls \\\n").stderr


# ---- completion


def line_after(prompt, text):
    """Expects the line to be redrawn or continued up to `text`."""
    prompt.child.expect_exact(text)


def test_tab_completes_verbs_options_and_the_shells_own_words(prompt):
    prompt.type("sess\t")
    line_after(prompt, "sessions ")
    prompt.type("--js\t")
    line_after(prompt, "--json ")
    prompt.type("\r")
    prompt.child.expect_exact("[")
    prompt.prompt()
    prompt.type("conf\t")
    line_after(prompt, "config ")
    prompt.type("d\t")
    line_after(prompt, "dump ")
    prompt.type(INTERRUPT)
    prompt.prompt()
    prompt.type("una\t")
    line_after(prompt, "unalias ")
    prompt.type(INTERRUPT)
    prompt.prompt()
    prompt.do("alias lengthy = check --json")
    prompt.type("leng\t")
    line_after(prompt, "lengthy ")
    prompt.type("--rep\t")
    line_after(prompt, "--repair ")


def test_tab_completes_jails_users_and_paths_inside(prompt, jail):
    (jail.root / "srv/things").mkdir(parents=True)
    (jail.root / "srv/things/file").touch()
    prompt.type(f"ps {jail.name[:-1]}\t")
    line_after(prompt, f"ps {jail.name} ")
    prompt.type(INTERRUPT)
    prompt.prompt()
    prompt.type(f"{jail.name[:-1]}\t")
    line_after(prompt, f"{jail.name} ")
    prompt.type("--directory /srv/th\t")
    line_after(prompt, "/srv/things/")
    prompt.type(INTERRUPT)
    prompt.prompt()
    prompt.type(f"{jail.name} -u de\t")
    line_after(prompt, "-u demo ")
    prompt.type("-- cat /srv/things/f\t")
    line_after(prompt, "/srv/things/file ")


def test_tab_lists_what_there_is(prompt):
    prompt.type("st\t\t")
    prompt.child.expect(r"st(\x07)?\r\nstart +stop *\r\n")
    prompt.child.expect_exact(Prompt.text + "st")
    prompt.type("a\t")
    line_after(prompt, "art ")


def test_a_router_that_does_not_answer_does_not_hold_the_prompt(prompt, router, jail):
    os.kill(router.pid, signal.SIGSTOP)
    try:
        prompt.type("check \t\t")
        prompt.type("--re\t")
        line_after(prompt, "--repair ")
        prompt.type(INTERRUPT)
        prompt.prompt()
        assert "jconsole 0." in prompt.do("version")
        prompt.type("ls\r")
        prompt.child.expect_exact("\n")
        client = running(prompt, "jconsole")
        wait_for(lambda: os.tcgetpgrp(prompt.child.child_fd) == client, "the client in the foreground")
        wait_for(lambda: prompt.type(INTERRUPT) or prompt.child.expect_exact([Prompt.text, pexpect.TIMEOUT], 1) == 0,
                 "the prompt after ^C")
    finally:
        os.kill(router.pid, signal.SIGCONT)
    assert jail.name in prompt.do("ls")


@pytest.fixture
def fake_client(prefix, folder, home):
    """The shell of an installation whose client is a script."""
    for name in ("bin", "libexec/jconsole"):
        (folder / "fake" / name).mkdir(parents=True)
    shell = folder / "fake/libexec/jconsole/jconsole-shell"
    shell.write_bytes((prefix.libexec / "jconsole-shell").read_bytes())
    shell.chmod(0o755)
    made = []

    def start(script):
        client = folder / "fake/bin/jconsole"
        client.write_text("#!/bin/sh\n" + script)
        client.chmod(0o755)
        child = pexpect.spawn(str(shell), dimensions=(24, 100), timeout=PATIENCE, encoding="utf-8",
                              env={**client_environment(), "HOME": str(home), "INPUTRC": "/dev/null",
                                   "LC_ALL": "C.UTF-8"})
        child.delaybeforesend = None
        made.append(child)
        child.expect_exact(f"@{HOST}> ")
        return child

    yield start
    for child in made:
        child.close(force=True)


def test_a_client_that_does_not_answer_does_not_hold_the_prompt(fake_client):
    child = fake_client('[ "$1" != __complete ] || exec sleep 1000\necho did "$@"\n')
    child.send("ps we\tb\r")
    child.expect_exact("did ps web")


def test_names_that_a_jail_chose_are_escaped(fake_client):
    child = fake_client("printf 'words\\nweb\\033]0;title\\007\\nweb\\342\\200\\256b\\n'\n")
    child.send("ls w\t\t\t")
    child.expect_exact("web\\x1b]0;title\\x07")
    listed = child.before
    child.expect_exact("web\\u{202e}b")
    listed += child.before
    child.send("X\x03")
    child.expect_exact("webX")
    listed += child.before
    assert "\x1b]0" not in listed and "\u202e" not in listed


def test_local_files_are_completed_behind_an_exclamation_mark(prompt, home):
    (home / "a file").write_text("its text\n")
    prompt.type(f"!cat {home}/a\t")
    line_after(prompt, "a\\ file ")
    prompt.type("\r")
    prompt.child.expect_exact("its text")


@pytest.mark.parametrize("option", ["-f ", "--file ", "--file="])
def test_local_files_are_completed_for_an_option(prompt, home, option):
    (home / "a file").touch()
    prompt.type(f"config dump {option}{home}/a\t")
    line_after(prompt, "a\\ file ")
