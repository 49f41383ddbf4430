"""jconsole top: the screen as a person sees it (a pyte terminal), and the lines that it is fed."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pexpect
import pytest

from conftest import PATIENCE, children, client_environment, name_of, stat_fields, wait_for
from terminal import Screen, Stream
from test_attach import one_line
from test_jails import make_jail as make_stopped_jail  # noqa: F401 (a fixture)

COLOUR = re.compile(r"\x1b\[(?:[0-9;:]*[;:])?(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8[;:][0-9;:]*)(?:[;:][0-9;:]*)?m")
# What pyte understands whole: it lacks the REP of xterm's description.
TERMINAL = "screen-256color"


class Top:
    """`jconsole top` on a terminal of its own."""

    def __init__(self, router, *words, size=(24, 80), command=None, **environment):
        self.raw = ""
        self.screen = Screen(size[1], size[0])
        self.stream = Stream(self.screen)
        environment = {"TERM": TERMINAL, "LANG": "C.UTF-8", **environment}
        self.child = router.terminal("top", *words, size=size, environment=environment, command=command)

    def pump(self):
        with contextlib.suppress(pexpect.TIMEOUT, pexpect.EOF):
            data = self.child.read_nonblocking(65536, timeout=0.05)
            self.raw += data
            self.stream.feed(data)

    def text(self):
        return "\n".join(self.screen.display)

    def until(self, condition, what):
        def met():
            self.pump()
            return condition()

        try:
            return wait_for(met, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text()}") from None

    def shows(self, *words):
        self.until(lambda: all(word in self.text() for word in words), f"{words} on the screen")

    def hides(self, word):
        self.until(lambda: word not in self.text(), f"no {word} on the screen")

    def type(self, keys):
        self.child.send(keys)

    def row_of(self, word):
        rows = [row for row, line in enumerate(self.screen.display) if word in line]
        return rows[0] if rows else None

    def age_of(self, word):
        """Seconds: what stands last in its row."""
        return int(re.search(r"(\d+)s *$", self.screen.display[self.row_of(word)])[1])

    def column_of(self, row, word):
        """The column of the terminal at which the word stands."""
        cells = self.screen.buffer[row]
        for start in range(self.screen.columns):
            if "".join(cells[start + i].data for i in range(len(word))) == word:
                return start
        return None

    def resize(self, rows, columns):
        self.child.setwinsize(rows, columns)
        self.screen.resize(rows, columns)

    def leave(self):
        self.type("q")
        self.until(lambda: not self.child.isalive(), "the end of the screen")
        self.child.close()
        return self.child.exitstatus


@pytest.fixture
def top(router):
    made = []

    def make(*words, **options):
        made.append(Top(options.pop("of", router), *words, **options))
        return made[-1]

    yield make
    for one in made:
        if not one.child.closed:
            one.child.close(force=True)


@pytest.fixture
def make_jail(make_stopped_jail):  # noqa: F811
    def make(**parameters):
        jail = make_stopped_jail(**parameters)
        jail.start()
        return jail

    return make


@pytest.fixture
def jail(make_jail):
    return make_jail()


@contextlib.contextmanager
def console(jail, script):
    """A console in the jail, in another window, with the script on its terminal."""
    child = jail.router.terminal("-t", jail.name, "--", "sh", "-c", script)
    try:
        yield child
    finally:
        child.close(force=True)


# ---- the list


def test_the_list_shows_jails_with_their_sessions(top, jail):
    with console(jail, "echo begun; sleep 1000") as child:
        child.expect_exact("begun")
        screen = top()
        screen.shows("jconsole top  1 jail, 1 session", "JAIL", "CPU%", "AGE", f"{jail.name}:1", "sleep on pts/0", "attached")
        line = screen.screen.display[screen.row_of(jail.name)]
        assert re.match(rf"{jail.name} +{jail.name}\.jail +active +(-|[\d.]+) +[\d.]+[KM] +\d+ +1 +\d+[sm] *$", line), line
        screen.until(lambda: re.search(r"active +\d", screen.screen.display[screen.row_of(jail.name)]), "a share of the processor")
    screen.hides(f"{jail.name}:1")
    assert screen.leave() == 0


def test_a_jail_comes_and_goes(top, make_jail):
    screen = top()
    screen.shows("0 jails, 0 sessions", "No jail runs, and none is configured.")
    jail = make_jail()
    screen.shows(jail.name, "1 jail,")
    jail.stop()
    screen.hides(jail.name)
    assert screen.leave() == 0


def test_what_is_used_is_measured(top, jail):
    with console(jail, "echo begun; while :; do :; done") as child:
        child.expect_exact("begun")
        screen = top()
        busy = re.compile(rf"^{jail.name} .* active +([\d.]+) ", re.MULTILINE)
        screen.until(lambda: (found := busy.search(screen.text())) and float(found[1]) > 1, "the share of a busy jail")


def test_it_is_sorted_by_keys_and_by_a_click(top, make_jail):
    first, second = make_jail(), make_jail()
    screen = top()
    screen.shows(first.name, second.name)

    def order():
        screen.shows(first.name, second.name)  # a frame may have come in part
        return screen.row_of(first.name) < screen.row_of(second.name)

    assert order()
    screen.shows("JAIL+")
    screen.type("N")
    screen.until(lambda: not order(), "the other order")
    screen.shows("JAIL-")
    screen.type("N")
    screen.until(order, "the first order")
    column = screen.column_of(1, "JAIL")
    screen.type(f"\x1b[M {chr(33 + column)}{chr(33 + 1)}")
    screen.until(lambda: not order(), "the other order after a click")
    # The same of a column of numbers: the second jail has one process more.
    with console(second, "echo begun; sleep 1000") as child:
        child.expect_exact("begun")
        screen.shows(f"{second.name}:1")
        screen.type("N>>>>>>")  # to SESS, past PROC
        screen.until(lambda: not order(), "the jail with a session first")
        screen.type("i")
        screen.until(order, "the jail with a session last")


def test_jails_in_jails_are_a_tree(top, make_jail, make_stopped_jail):  # noqa: F811
    outer, lone, inner = make_jail(children__max=1), make_jail(), make_stopped_jail()
    inner.name = f"{outer.name}.inner"
    inner.write()
    inner.start()
    screen = top()

    def lines():
        return [line.split("  active")[0].rstrip() for line in screen.screen.display if "active" in line]

    def names():
        return [line[:len(line) - len(line.lstrip())] + line.split()[0] for line in lines()]

    tree = [outer.name, f"  {inner.name}", lone.name]
    screen.until(lambda: names() == tree, "the inner jail below its outer one")
    screen.type("N")
    screen.until(lambda: names() == [lone.name, outer.name, f"  {inner.name}"], "below it in the other order too")
    screen.type("t")
    screen.until(lambda: names() == [lone.name, inner.name, outer.name], "all in one order")
    screen.type("tN")
    screen.until(lambda: names() == tree, "the tree again")
    screen.type("/inner")
    screen.until(lambda: names() == tree[:2], "what holds the text, and what it is in")


def test_a_jail_deep_in_jails_has_room_for_its_name(top, folder):
    names = [".".join("abcdefghijklmnopq"[:depth]) for depth in range(1, 18)]
    (folder / "jail.conf").write_text("".join(f"{name} {{ }}\n" for name in names))
    screen = top("-f", folder / "jail.conf", size=(24, 30))
    screen.shows("a.b.c")
    screen.type("\x1b[4~")
    screen.until(lambda: screen.text().count("a.b.c.d") > 8, "the names of the innermost")


def test_it_is_filtered_as_one_types(top, make_jail):
    first, second = make_jail(host__hostname="alpha"), make_jail(host__hostname="beta")
    screen = top()
    screen.shows(first.name, second.name)
    screen.type("/BE")
    screen.hides("alpha")
    screen.shows(second.name, "show what holds: BE", "with 'BE'")
    screen.type("x")
    screen.shows("No jail is like that.")
    screen.type("\x7f\r")
    screen.shows("beta")
    assert "alpha" not in screen.text()
    screen.type("\x1b")
    screen.shows("alpha", "beta")


def test_sessions_and_preview_can_be_hidden(top, jail):
    with console(jail, "echo begun; sleep 1000") as child:
        child.expect_exact("begun")
        screen = top()
        screen.shows(f"{jail.name}:1", f"-- {jail.name}:1 80x24", "begun")
        screen.type("p")
        screen.hides("begun")
        screen.type("e")
        screen.hides(f"{jail.name}:1")
        screen.type("ep")
        screen.shows(f"-- {jail.name}:1 80x24", "begun")


def test_help(top, jail):
    screen = top()
    screen.shows(jail.name)
    screen.type("?")
    screen.shows("Any key goes back.", "Enter", "a console in the jail", "start the jail", "leave")
    assert jail.name not in screen.text()
    screen.type("q")
    screen.shows(jail.name)
    assert screen.leave() == 0


# ---- the preview


def test_the_preview_shows_the_screen_of_a_session_with_its_colours(top, jail):
    script = r"printf '\033]2;a title\007\033[2J\033[3;5H\033[31mred\033[0m \033[38;5;200mcube'; sleep 1000"
    with console(jail, script):
        screen = top()
        screen.shows(f"-- {jail.name}:1 80x24 a title", "    red cube")
        row = screen.row_of("    red cube")
        cells = screen.screen.buffer[row]
        assert [cells[column].fg for column in (4, 8)] == ["red", "ff00d7"]


def test_the_preview_follows_its_session(top, jail):
    with console(jail, "while read line; do echo got $line; done") as child:
        screen = top()
        for word in ("one", "two"):
            child.send(f"{word}\r")
            screen.shows(f"got {word}")
        child.setwinsize(20, 70)
        screen.shows(f"-- {jail.name}:1 70x20")
        child.send("three\r")
        screen.shows("got three")


def test_a_session_that_shows_nothing_new_is_not_looked_at_again(top, router, jail, prefix, folder):
    # From afar, each look is an ssh.
    asked = folder / "asked"
    client = folder / "client"
    client.write_text(f'#!/bin/sh\necho "$*" >>{asked}\nexec {prefix.jconsole} "$@"\n')
    client.chmod(0o755)
    with console(jail, "while read line; do echo got $line; done") as child:
        screen = top(command=[prefix.libexec / "jconsole-top", client, "--router", router.socket])
        for words in ("one", "two", "three"):
            child.send(f"{words}\r")
            screen.shows(f"got {words}")
        age, looks = screen.age_of(f"{jail.name}:1"), asked.read_text().count("peek")
        screen.until(lambda: screen.age_of(f"{jail.name}:1") >= age + 4, "the news of four seconds")
        assert asked.read_text().count("peek") <= looks + 1
        child.send("four\r")
        screen.shows("got four")


def test_output_that_libvterm_never_comes_to_an_end_with_is_not_waited_for(top, jail):
    # libvterm 0.1.4 repeats for ever what has no width: a mark with nothing to stand on.
    with console(jail, r"printf '\033[2;2H\314\201\033[9b'; echo begun; sleep 1000") as child:
        child.expect_exact("begun")
        screen = top()
        screen.shows(f"{jail.name}:1", "what it has written cannot be shown")
        screen.type("?")
        screen.shows("Any key goes back.")
        screen.type("?/nothing")
        screen.shows("No jail is like that.")
        screen.type("\r")
        assert screen.leave() == 0


def test_without_a_session_there_is_no_preview(top, jail):
    screen = top()
    screen.shows("-- no session with a terminal is selected")


def test_peek_prints_the_last_output_of_ones_own_session(router, jail):
    with console(jail, "for i in $(seq 20000); do echo line $i; done; echo begun; sleep 1000") as child:
        child.expect_exact("begun")
        done = router.run("peek", f"{jail.name}:1", check=0)
        assert done.stdout.endswith(b"line 20000\r\nbegun\r\n") and len(done.stdout) == 65536
        one_line(router.run("peek", f"{jail.name}:2"), f"{jail.name}:2", "jconsole sessions")
    wait_for(lambda: router.run("peek", f"{jail.name}:1").returncode == 255, "the end of the session")


def test_a_terminal_has_nothing_to_answer_to_what_peek_prints(router, jail):
    with console(jail, r"printf '\033[31mred\033[m\033[6n\033]11;?\007 begun\n'; sleep 1000") as child:
        child.expect_exact("begun")
        watched = router.terminal("peek", f"{jail.name}:1")
        watched.expect(pexpect.EOF)
        assert watched.before.replace("\r", "") == "\x1b[31mred\x1b[m begun\n\x1b[m"
        assert b"\x1b[6n" in router.run("peek", f"{jail.name}:1", check=0).stdout


# ---- what is done


def test_enter_attaches_and_comes_back(top, jail):
    screen = top()
    screen.shows(jail.name)
    screen.type("\r")
    screen.shows("ready>")
    assert "JAIL" not in screen.text()
    screen.type("stty size; exit 3\r")
    screen.shows("JAIL", f"the console in {jail.name} has ended with status 3")
    assert screen.leave() == 0


def test_a_second_console_with_a_command(top, jail):
    screen = top()
    screen.shows(jail.name)
    screen.type("c")
    screen.shows(f"command in {jail.name}")
    screen.type("echo he'r'e $((40+2)); exit 4\r")
    screen.shows("here 42", "status 4; Enter")
    screen.type("\r")
    screen.shows("has ended with status 4")
    # One that succeeds has something to read, too.
    screen.type("cecho re'ad' me\r")
    screen.shows("read me", "status 0; Enter")
    screen.type("\r")
    screen.shows("has ended with status 0")


def test_stop_asks_first(top, jail):
    screen = top("-f", jail.config)
    screen.shows(jail.name)
    for answer in ("n", "\r", "q"):
        screen.type("x")
        screen.shows(f"stop {jail.name}?", "(y/N)")
        screen.type(answer)
        screen.hides("(y/N)")
    assert jail.record()
    screen.type("xy")
    screen.shows(f"stop {jail.name}: done", "stopped")
    assert jail.record() is None
    screen.type("x")
    screen.shows("does not run")
    screen.type("s")
    screen.shows(f"start {jail.name}: done", "active")
    assert jail.record()


def test_kill_asks_first_and_needs_no_configuration(top, make_jail):
    jail = make_jail(exec__stop="false", exec__prestop="false")
    jail.config.write_text("broken {")
    screen = top()
    screen.shows(jail.name, "active")
    screen.type("Kn")
    screen.hides("(y/N)")
    assert jail.record()
    screen.type("K")
    screen.shows(f"kill {jail.name} without its exec.stop?", "(y/N)")
    screen.type("y")
    screen.shows(f"kill {jail.name}: done", "0 jails")
    assert jail.record() is None


def test_a_failure_stays_until_enter(top, jail):
    jail.config.write_text("broken {")
    screen = top("-f", jail.config)
    screen.shows(jail.name, "active")
    screen.type("Ry")
    screen.shows("jconsole:", "Enter leads back")
    screen.type("\r")
    screen.shows(f"restart {jail.name}: status")


# ---- terminals


def test_it_follows_the_size_of_the_terminal(top, jail):
    screen = top()
    screen.shows(jail.name, "HOSTNAME", "AGE")
    screen.resize(10, 40)
    screen.hides("HOSTNAME")
    screen.shows(jail.name, "CPU%")
    screen.resize(40, 132)
    screen.shows(jail.name, "HOSTNAME", "AGE", "? help")
    assert screen.leave() == 0


@pytest.mark.parametrize("size", [(3, 10), (1, 1), (2, 2), (1, 200), (60, 1)])
def test_the_smallest_terminals(top, jail, size):
    screen = top(size=size)
    screen.until(lambda: jail.name in screen.raw or "~" in screen.raw, "as much of the jail as there is room for")
    screen.type("\x1b[B?x/a\x1b\x7fpet")
    screen.until(lambda: True, "a turn")
    screen.resize(24, 80)
    screen.shows("JAIL")
    screen.type("\x1bn\x1b")
    screen.shows(jail.name)
    assert screen.leave() == 0


@pytest.mark.parametrize("terminal", ["screen-256color", "screen", "linux", "xterm", "xterm-256color", "vt100", "ansi"])
def test_terminals_with_and_without_colours(top, jail, terminal):
    colours = subprocess.run(["infocmp", "-1", terminal], capture_output=True, text=True)
    if colours.returncode != 0:
        pytest.skip(f"no description of {terminal} is installed")
    screen = top(TERM=terminal)
    screen.until(lambda: jail.name in screen.raw and "active" in screen.raw, "the jail")
    assert bool(COLOUR.search(screen.raw)) == ("colors#" in colours.stdout)
    assert screen.leave() == 0


def test_no_color_means_no_colour(top, jail):
    with console(jail, r"printf '\033[31mred\033[48;5;20m'; sleep 1000"):
        screen = top(NO_COLOR="1")
        screen.shows(jail.name, "red")
        screen.type("?x/a\r")
        screen.shows("with 'a'")
        assert screen.leave() == 0
        assert COLOUR.search(screen.raw) is None


def test_wide_host_names_are_aligned(top, make_jail):
    names = [make_jail(host__hostname=name).name for name in ("plain", "日本語", "日本語の長い名前のホスト")]
    screen = top()
    screen.shows(*names)
    rows = [screen.row_of(name) for name in names]
    columns = {screen.column_of(row, "active") for row in rows}
    assert len(columns) == 1 and None not in columns, screen.text()
    assert columns == {screen.column_of(1, "STATE")}


def test_what_is_hostile_is_escaped(top, make_jail):
    jail = make_jail()
    # Its name, its title and its output.
    script = r"printf '\033[2J\033]0;bad' > /proc/self/comm; printf '\033]2;t\033[41m\007\033[8;1;1t\033[6n'; read x"
    with console(jail, "echo begun; " + script) as child:
        child.expect_exact("begun")
        screen = top()
        screen.shows(f"{jail.name}:1", r"\x1b[2J\x1b]")
        assert "\x1b]" not in screen.raw and "\x1b[8;1;1t" not in screen.raw
        assert screen.leave() == 0


def test_in_a_locale_without_utf_8_nothing_but_ascii_is_written(top, make_jail):
    jail = make_jail(host__hostname="日本")
    screen = top(LANG="C", LC_ALL="C")
    screen.shows(jail.name, "??")
    assert screen.raw.isascii()


@pytest.mark.parametrize("terminal", ["nonsense", "dumb", ""])
def test_a_terminal_that_cannot_do_it(router, terminal):
    child = router.terminal("top", environment={"TERM": terminal})
    rest = child.read()
    child.close()
    assert child.exitstatus == 255
    assert re.fullmatch(r"\r?jconsole: terminal: [^\x1b\n]*TERM[^\x1b\n]*\r\n", rest), rest


def test_no_terminal(router):
    one_line(router.run("top"), "no terminal", "--json")


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(router, jail, which):
    shell = pexpect.spawn("/bin/sh", dimensions=(24, 80), timeout=PATIENCE, encoding="utf-8",
                          env={**client_environment(), "PS1": "local> ", "TERM": TERMINAL})
    shell.delaybeforesend = None
    shell.expect_exact("local> ")
    shell.sendline("stty -g")
    before = re.search(r"[0-9a-f:]{20,}", shell.readline() + shell.readline())[0]
    shell.sendline(" ".join(router.command("top")) + "; echo status $?; stty -g")
    shell.expect_exact(jail.name)
    if which == signal.SIGINT:
        shell.send("\x03")
    else:
        group = os.tcgetpgrp(shell.child_fd)
        os.kill(group, which)
    shell.expect(r"status (\d+)\r\n")
    assert shell.match[1] == "0"
    shell.expect_exact(before)
    shell.close(force=True)


def test_inside_tmux(router, jail, folder):
    environment = {**client_environment(), "LANG": "C.UTF-8"}
    tmux = ["tmux", "-f", "/dev/null", "-S", str(folder / "tmux")]

    def say(*words):
        return subprocess.run([*tmux, *words], capture_output=True, text=True, timeout=PATIENCE, env=environment, check=True).stdout

    def seen():
        return say("capture-pane", "-p", "-t", "it")

    command = " ".join(router.command("top"))
    say("new-session", "-d", "-s", "it", "-x", "80", "-y", "24", f"{command}; echo left; cat")
    try:
        wait_for(lambda: f"{jail.name}.jail" in seen(), "the list")
        say("send-keys", "-t", "it", "Enter")
        wait_for(lambda: "ready>" in seen(), "the console")
        say("send-keys", "-t", "it", "exit", "Enter")
        wait_for(lambda: "has ended with status 0" in seen(), "the list again")
        say("send-keys", "-t", "it", "q")
        wait_for(lambda: "left" in seen() and jail.name not in seen(), "what was there before")
    finally:
        say("kill-server")


def test_a_jail_does_not_type_by_what_it_asks_the_terminal(router, jail, folder):
    environment = {**client_environment(), "LANG": "C.UTF-8"}
    tmux = ["tmux", "-f", "/dev/null", "-S", str(folder / "tmux")]

    def say(*words):
        return subprocess.run([*tmux, *words], capture_output=True, text=True, timeout=PATIENCE, env=environment, check=True).stdout

    def type_keys(*keys):
        say("send-keys", "-t", "it", *keys)

    def shows(word):
        wait_for(lambda: word in say("capture-pane", "-p", "-t", "it"), word)

    say("new-session", "-d", "-s", "it", "-x", "80", "-y", "24", " ".join(router.command("top")))
    try:
        shows(f"{jail.name}.jail")
        for question in ("[6n", "[c", "[>c", "[>q"):
            type_keys("Enter")
            shows("ready>")
            type_keys("-l", f"for i in $(seq 500); do printf '\\033{question}'; done; exit")  # some are answered after its end
            type_keys("Enter")
            shows("has ended with status 0")
            type_keys("?")
            shows("Any key goes back.")
            type_keys("?")
            shows(f"{jail.name}.jail")
    finally:
        say("kill-server")


# ---- the router


def test_a_router_that_goes_is_told_and_found_again(top, router, jail):
    screen = top()
    screen.shows(jail.name)
    router.process.kill()
    router.process.wait()
    screen.until(lambda: "jconsole:" in screen.screen.display[0] or "trying again" in screen.screen.display[0], "the trouble")
    router.start()
    screen.until(lambda: re.search(r"1 jail, 0 sessions *$", screen.screen.display[0]), "the router again")
    assert screen.leave() == 0


def test_a_line_of_json_each_second(router, jail):
    with console(jail, "echo begun; sleep 1000") as child:
        child.expect_exact("begun")
        client = router.popen("top", "--json", stdout=subprocess.PIPE, text=True)
        lines = [json.loads(client.stdout.readline()) for _ in range(3)]
        client.terminate()
        client.wait(PATIENCE)
        client.stdout.close()
    assert [line["jails"][0]["name"] for line in lines] == [jail.name] * 3
    assert lines[0]["jails"][0]["cpu"] is None and lines[2]["jails"][0]["cpu"] >= 0
    assert lines[2]["jails"][0]["processes"] >= 2 and lines[2]["jails"][0]["memory"] > 0
    [session] = lines[2]["sessions"]
    assert (session["session"], session["program"], session["rows"], session["columns"]) == (f"{jail.name}:1", "sleep", 24, 80)
    wait_for(lambda: "jreader" not in map(name_of, children(router.pid)), "the end of the reader")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_lines_end_with_a_signal(router, jail, number):
    client = router.popen("top", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    client.stdout.readline()
    client.send_signal(number)
    assert client.communicate(timeout=PATIENCE)[1] == b""
    assert client.returncode == -number


def fill(pid):
    """Puts lines of another kind into the reader's output, until the whole way to its client is full."""
    pipe = os.open(f"/proc/{pid}/fd/1", os.O_WRONLY | os.O_NONBLOCK)
    quiet = 0
    while quiet < 20:  # what is on its way makes room for a moment
        try:
            os.write(pipe, b"filler " * 585 + b"\n")  # at most PIPE_BUF: whole or not at all
            quiet = 0
        except BlockingIOError:
            quiet += 1
            time.sleep(0.02)
    os.close(pipe)


def test_one_that_watches_and_does_not_read_costs_nobody_anything(router, jail):
    client = router.popen("top", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    client.stdout.readline()
    [reader] = [pid for pid in children(router.pid) if name_of(pid) == "jreader"]
    client.send_signal(signal.SIGSTOP)
    fill(reader)
    # It gets no more to tell until it is rid of what it has: it waits, and what waits for it does not grow.
    wait_for(lambda: pathlib.Path(f"/proc/{reader}/syscall").read_text().split()[1:2] == ["0x1"], "the reader's write to wait")
    assert jail.sh("echo lives") == "lives\n"
    descriptors = router.descriptors()
    with router.popen("top", "--json", stdout=subprocess.PIPE) as other:
        for _ in range(4):
            assert json.loads(other.stdout.readline())["jails"][0]["name"] == jail.name
            assert jail.sh("echo lives") == "lives\n"
        [worker] = router.workers()
        for pid in (router.pid, worker, reader):
            wait_for(lambda: (stat_fields(pid) or "?")[0] == "S", f"{name_of(pid)} to be at rest")
        other.terminate()
    wait_for(lambda: router.descriptors() == descriptors, "the router to hold as much as before")
    client.send_signal(signal.SIGCONT)
    while client.stdout.readline().startswith(b"filler"):
        pass
    assert json.loads(client.stdout.readline())["jails"][0]["name"] == jail.name
    client.terminate()
    client.communicate(timeout=PATIENCE)


def test_quit_by_signal_while_a_console_is_open(top, router, jail):
    screen = top()
    screen.shows(jail.name)
    screen.type("\r")
    screen.shows("ready>")
    os.kill(screen.child.pid, signal.SIGTERM)
    screen.until(lambda: not screen.child.isalive(), "the end of the screen")
    wait_for(lambda: not json.loads(router.run("sessions", "--json", check=0).stdout), "the end of the console")


def test_stopped_and_continued_it_draws_itself_again(router, jail):
    shell = pexpect.spawn("/bin/bash", ["--norc", "-i"], dimensions=(24, 80), timeout=PATIENCE, encoding="utf-8",
                          env={**client_environment(), "PS1": "local> ", "TERM": TERMINAL, "LANG": "C.UTF-8"})
    shell.delaybeforesend = None
    shell.expect_exact("local> ")
    shell.sendline(" ".join(router.command("top")))
    shell.expect_exact(f"{jail.name}.jail")
    shell.send("\x1a")
    shell.expect("Stopped")
    shell.expect_exact("local> ")
    shell.setwinsize(30, 100)
    shell.sendline("stty -a | grep -c ' icanon'; fg")
    shell.expect_exact("1\r\n")
    shell.expect_exact(f"{jail.name}.jail")
    shell.send("q")
    shell.expect_exact("local> ")
    shell.close(force=True)


def test_a_router_that_hangs_is_told_and_the_screen_goes_on(top, router, jail):
    screen = top()
    screen.shows(jail.name, "active")
    os.kill(router.pid, signal.SIGSTOP)
    for worker in children(router.pid):
        if name_of(worker) in ("jworker", "jreader"):
            os.kill(worker, signal.SIGSTOP)
    try:
        screen.shows("no news from the router for")
        screen.type("/nothing")
        screen.shows("No jail is like that.")
        screen.type("\x1b?")
        screen.shows("Any key goes back.")
        screen.type("?")
        screen.shows(jail.name)
    finally:
        for worker in children(router.pid):
            os.kill(worker, signal.SIGCONT)
        os.kill(router.pid, signal.SIGCONT)
    screen.until(lambda: re.search(r"1 jail, 0 sessions *$", screen.screen.display[0]), "news again")
    assert screen.leave() == 0


def test_a_hanging_router_can_be_left(top, router, jail):
    screen = top()
    screen.shows(jail.name, "active")
    os.kill(router.pid, signal.SIGSTOP)
    try:
        screen.shows("no news from the router for")
        assert screen.leave() == 0
    finally:
        os.kill(router.pid, signal.SIGCONT)


def test_a_click_selects_a_double_click_attaches_and_the_wheel_moves(top, make_jail):
    first, second = make_jail(), make_jail()
    screen = top()
    screen.shows(first.name, second.name)

    def press(button, row):
        place = f"{chr(33 + 2)}{chr(33 + row)}"
        screen.type(f"\x1b[M{chr(32 + button)}{place}" + (f"\x1b[M#{place}" if button == 0 else ""))  # and released

    def selected():
        return [row for row in range(24) if screen.screen.buffer[row][0].reverse and row > 1]

    row = screen.row_of(second.name)
    press(0, row)
    screen.until(lambda: selected() == [row], "the second line selected")
    press(64, row)
    screen.until(lambda: selected() == [screen.row_of(first.name)], "the first line selected by the wheel")
    press(65, row)
    screen.until(lambda: selected() == [row], "the second line again")
    time.sleep(0.5)  # that was no double click's first half
    press(0, row)
    time.sleep(0.1)  # as a hand does it
    press(0, row)
    screen.shows("ready>")
    screen.type("hostname; exit\r")
    screen.shows(f"the console in {second.name} has ended with status 0")
    first_row = screen.row_of(first.name)
    place = f"{chr(33 + 2)}{chr(33 + first_row)}"
    screen.type(f"\x1b[M {place}\x1b[M#{place}" * 2)  # as it comes over a slow line: all at once
    screen.shows("ready>")
    screen.type("exit\r")
    screen.shows(f"the console in {first.name} has ended with status 0")


@pytest.mark.parametrize("base, colours, extra, expected", [
    ("xterm", 16, r"setaf=\E[%?%p1%{8}%<%t3%p1%d%e9%p1%{8}%-%d%;m", r"\x1b\[(?:[0-9;]*;)?91m"),
    ("xterm-256color", 256, "", r"\x1b\[(?:[0-9;]*;)?38;5;16m"),
    ("xterm-256color", 1 << 24, r"RGB, setaf=\E[38;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%dm", r"\x1b\[38;2;1;2;3m"),
])
def test_the_colours_of_a_preview_are_the_nearest_the_terminal_has(top, jail, folder, base, colours, extra, expected):
    (folder / "described").write_text(f"jctest|a terminal of the tests,\n\tcolors#{colours}, pairs#32767, {extra + ',' if extra else ''} use={base},\n")
    subprocess.run(["tic", "-x", "-o", folder / "terminfo", folder / "described"], check=True, timeout=PATIENCE)
    with console(jail, r"printf '\033[91mbright \033[38;2;1;2;3mdark'; sleep 1000"):
        screen = top(TERM="jctest", TERMINFO=str(folder / "terminfo"))
        screen.until(lambda: "bright" in screen.raw and "dark" in screen.raw, "the preview")
        assert re.search(expected, screen.raw), screen.raw[-3000:]
        assert screen.leave() == 0


def test_a_terminal_that_promises_every_colour_is_given_them(top, jail, folder):
    description = ("jctest|of 256 colours,\n\tuse=xterm-256color,\n"
                   r"jctest-direct|of all colours,"
                   "\n\tcolors#0x1000000, pairs#32767, RGB,\n"
                   "\t" r"setaf=\E[38;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%dm,"
                   "\n\tuse=xterm-256color,\n")
    (folder / "described").write_text(description)
    subprocess.run(["tic", "-x", "-o", folder / "terminfo", folder / "described"], check=True, timeout=PATIENCE)
    with console(jail, r"printf '\033[38;2;1;2;3mdark'; sleep 1000"):
        for promise, expected in [("truecolor", r"\x1b\[38;2;1;2;3m"), ("yes", r"\x1b\[(?:[0-9;]*;)?38;5;16m")]:
            screen = top(TERM="jctest", TERMINFO=str(folder / "terminfo"), COLORTERM=promise)
            screen.until(lambda: "dark" in screen.raw, "the preview")
            assert re.search(expected, screen.raw), screen.raw[-3000:]
            assert screen.leave() == 0
        # Without such a description, what there is.
        screen = top(TERM="jctest", TERMINFO=str(folder / "terminfo"), COLORTERM="truecolor", NO_COLOR="1")
        screen.until(lambda: "dark" in screen.raw, "the preview")
        assert not COLOUR.search(screen.raw)
        screen = top(COLORTERM="truecolor")
        screen.until(lambda: "dark" in screen.raw, "the preview on a terminal with no other description")


def test_what_runs_behind_the_screen_has_no_terminal_to_ask_at(top, jail):
    screen = top()
    screen.shows(jail.name)
    feeds = [pid for pid in children(screen.child.pid) if name_of(pid) == "jconsole"]
    fields = [open(f"/proc/{pid}/stat").read().rpartition(")")[2].split() for pid in feeds]
    assert feeds and all(one[3] == str(pid) and one[4] == "0" for pid, one in zip(feeds, fields))


# ---- a client that is none


def session_line(number, jail, leader, output=3):
    return {"session": f"{jail}:{number}", "jail": jail, "host_pid": leader, "owner": 0, "terminal": True, "tty": "pts/0",
            "attached": True, "created": 5, "rows": 24, "columns": 80, "output": output, "program": "sh"}


def jail_line(name, processes=2):
    return {"jid": 1, "name": name, "hostname": "h", "path": "/", "state": "active", "created": 5, "cpu": 0.0,
            "memory": 7, "processes": processes}


class Pretended:
    """What the screen runs for each verb, as a script that the test writes."""

    def __init__(self, folder, prefix):
        self.folder = folder
        self.prefix = prefix
        self.path = folder / "client"
        self.path.write_text(f'#!/bin/sh\nexec sh {folder}/"$1" "$@"\n')
        self.path.chmod(0o755)
        self.does("top", f"while :; do cat {folder}/news; sleep 1; done")
        self.does("config", "echo '[]'")
        self.does("peek", f"cat {folder}/output")
        self.says()

    def does(self, verb, script):
        self.put(verb, script + "\n")

    def says(self, jails=(), sessions=()):
        self.put("news", json.dumps({"time": 9, "jails": list(jails), "sessions": list(sessions)}) + "\n")

    def shows(self, output):
        self.put("output", output)

    def put(self, name, text):
        new = self.folder / "new"
        new.write_text(text)
        new.rename(self.folder / name)

    def command(self, *words):
        return [self.prefix.libexec / "jconsole-top", self.path, *words]


@pytest.fixture
def pretended(folder, prefix):
    made = folder / "pretended"
    made.mkdir()
    return Pretended(made, prefix)


def test_the_preview_is_of_the_session_that_has_the_name_now(top, pretended):
    pretended.says([jail_line("a")], [session_line(1, "a", 1001)])
    pretended.shows("one")
    screen = top(command=pretended.command())
    screen.shows("-- a:1", "one")
    pretended.shows("two")
    pretended.says([jail_line("a")], [session_line(1, "a", 1002)])
    screen.shows("two")
    screen.hides("one")


def test_it_outlives_what_cannot_be_executed(top, pretended):
    """As where the host has no process left, and somebody wants to see whose they are."""
    pretended.says([jail_line("a")], [session_line(1, "a", 1001)])
    pretended.shows("one")
    screen = top(command=pretended.command())
    screen.shows("-- a:1", "one")
    away = pretended.folder / "away"
    pretended.path.rename(away)
    pretended.says([jail_line("a")], [session_line(1, "a", 1001, output=9)])
    screen.shows(f"execute {pretended.path}")
    screen.type("\r")
    screen.shows(f"jconsole: execute {pretended.path}", "-- status 255; Enter leads back to the list --")
    screen.type("\r")
    screen.shows("the console in a has ended with status 255")
    pretended.shows("two")
    away.rename(pretended.path)
    screen.shows("two")


def test_the_title_tells_another_host(top, pretended):
    pretended.says([jail_line("a")])
    screen = top(command=pretended.command(), JCONSOLE_HOST="box")
    screen.shows("jconsole top on box  1 jail")


def test_what_ends_with_a_jail_is_counted(top, pretended):
    pretended.says([jail_line("a", 1), jail_line("b", 12)])
    screen = top(command=pretended.command())
    screen.shows("2 jails")
    screen.type("x")
    screen.shows("stop a? 1 process ends with it")
    screen.type("n")
    screen.hides("(y/N)")
    screen.type("\x1bOBx")
    screen.shows("stop b? 12 processes end with it")
    screen.type("n")
    pretended.says([jail_line("a", 1), jail_line("a.b", 2), jail_line("b", 12)])
    screen.shows("3 jails")
    screen.type("\x1bOA\x1bOAK")
    screen.shows("kill a without its exec.stop? 1 more jail and 3 processes end with it")


def test_why_there_is_no_news_is_shown_whole_and_nothing_is_said_of_jails(top, pretended):
    cause = ("router: connect '/run/jconsole/of a path that is long/socket': No such file or directory; "
             "start jrouterd, or name its socket with --router; THE END")
    pretended.does("top", f'echo "*** AUTHORISED ***"; echo "*** AUTHORISED ***" >&2; printf "jconsole: {cause}\\r\\n" >&2; exit 255')
    screen = top(command=pretended.command())

    def shown():
        return " ".join(line.strip() for line in screen.screen.display[2:10])

    screen.until(lambda: cause in re.sub(" +", " ", shown()), "the cause")
    assert "No jail" not in screen.text() and "0 jails" not in screen.text() and "AUTHORISED" not in screen.text()
    assert "\\r" not in screen.text()


def test_before_the_first_news_nothing_is_said_of_jails(top, pretended):
    pretended.does("top", "exec sleep 1000")
    screen = top(command=pretended.command())
    screen.shows("has not said anything yet")
    assert "No jail" not in screen.text() and "0 jails" not in screen.text()
    screen.shows("no news from the router for")


def test_why_news_have_ended_is_shown_at_the_bottom(top, pretended):
    pretended.says([jail_line("a")])
    pretended.does("top", f"cat {pretended.folder}/news; read x <{pretended.folder}/gone; echo bash: noise >&2;"
                   " echo 'jconsole: host: connection lost; it has gone to a place far away' >&2; echo >&2")
    os.mkfifo(pretended.folder / "gone")
    screen = top(command=pretended.command())
    screen.shows("1 jail, 0 sessions")
    (pretended.folder / "gone").write_text("\n")
    screen.until(lambda: screen.screen.display[23].strip() == "jconsole: host: connection lost; it has gone to a place far away", "the cause")


@pytest.mark.parametrize("words", [(), ("-f", "given")])
def test_a_broken_configuration_is_mentioned(top, pretended, words):
    pretended.does("config", "echo 'jconsole: /etc/jconsole/jail.conf:1: nonsense' >&2; exit 1")
    screen = top(command=pretended.command(*words))
    screen.until(lambda: "jail.conf:1: nonsense" in screen.screen.display[23], "the complaint")
    screen.shows("No jail runs.")
    assert "none is configured" not in screen.text()
    screen.type("i")
    screen.hides("nonsense")


def test_where_nobody_has_named_a_configuration_there_may_be_none(top, pretended):
    pretended.does("config", "echo 'jconsole: /etc/jconsole/jail.conf: No such file or directory' >&2; exit 1")
    screen = top(command=pretended.command())
    screen.shows("none is configured", "? help")
    assert "No such file" not in screen.raw
    screen = top(command=pretended.command("-f", "/etc/jconsole/jail.conf"))
    screen.shows("No such file or directory")


def test_a_configuration_that_was_edited_is_read_again(top, pretended):
    screen = top(command=pretended.command())
    screen.shows("none is configured")
    pretended.does("config", """echo '[{"name":"added"}]'""")
    screen.shows("added", "stopped")


@pytest.mark.parametrize("sequence", [
    "\x1b[24;80R", "\x1b[?1;2c", "\x1b[>41;354;0c", "\x1bP>|tmux 3.4\x1b\\", "\x1b]11;rgb:0000/0000/0000\x07",
    "\x1b[1;5A", "\x1b[1;2A", "\x1b[1;5P", "\x1bO5P",
])
def test_a_sequence_that_is_no_key_does_nothing(top, pretended, sequence):
    pretended.says([jail_line("a"), jail_line("b")])
    screen = top(command=pretended.command())
    screen.shows("2 jails")
    screen.type(f"{sequence}/b")
    screen.shows("show what holds: b")
    screen.type(f"{sequence}{sequence}c")
    screen.shows("show what holds: bc")
    screen.type(f"\x1b{sequence}?")
    screen.shows("Any key goes back.")
    screen.type(f"{sequence}?")
    screen.shows("JAIL+", "2 jails")
    assert screen.leave() == 0


def test_a_question_is_not_answered_by_what_was_typed_at_a_program(top, pretended):
    pretended.says([jail_line("a")])
    pretended.does("start", "exit 1")
    pretended.does("attach", f"stty raw -echo; echo begun; read x <{pretended.folder}/end; exit 255")
    os.mkfifo(pretended.folder / "end")
    screen = top(command=pretended.command())
    screen.shows("1 jail")
    screen.type("\r")
    screen.shows("begun")
    screen.type("\n\n\x1b[24;80R\n\r")
    (pretended.folder / "end").write_text("\n")
    screen.shows("status 255; Enter leads back")
    screen.type("\n")
    screen.shows("the console in a has ended with status 255")


def test_help_says_where_it_is_cut_off(top, pretended):
    screen = top(command=pretended.command(), size=(12, 60))
    screen.shows("No jail runs")
    screen.type("?")
    screen.shows("Any key goes back.", "enlarge the window")
    screen.resize(24, 80)
    screen.shows("leave")
    screen.hides("enlarge the window")


def test_without_an_alternate_screen_the_last_line_is_left_free(top, pretended):
    command = " ".join(map(str, pretended.command()))
    shell = top(command=["/bin/sh", "-c", f"{command}; echo left"], TERM="linux")
    shell.shows("? help")
    shell.type("q")
    shell.until(lambda: any(line.strip() == "left" for line in shell.screen.display), "what follows, alone in its line")
    assert "JAIL" in shell.text(), "what was shown stays"


def test_after_a_signal_nothing_that_was_typed_is_done(top, pretended):
    stopped = pretended.folder / "stopped"
    pretended.says([jail_line("a")])
    pretended.does("attach", "echo begun; exec sleep 1000")
    pretended.does("stop", f"touch {stopped}")
    screen = top(command=pretended.command())
    screen.shows("1 jail")
    screen.type("\r")
    screen.shows("begun")
    screen.type("xy\n")
    os.kill(screen.child.pid, signal.SIGTERM)
    screen.until(lambda: not screen.child.isalive(), "the end of the screen")
    assert not stopped.exists()


def test_a_failure_stays_whatever_happens_to_the_terminal(top, pretended):
    attached = pretended.folder / "attached"
    pretended.says([jail_line("a")])
    pretended.does("restart", "echo it fails thus; exit 3")
    pretended.does("attach", f"touch {attached}; exit 0")
    shell = top(command=["/bin/bash", "--norc", "-i"], PS1="local> ")
    shell.shows("local>")
    shell.type(" ".join(map(str, pretended.command())) + "\n")
    shell.shows("1 jail")
    group = os.tcgetpgrp(shell.child.child_fd)
    shell.type("Ry")
    shell.shows("it fails thus", "status 3; Enter leads back")
    shell.type("\x1a")
    shell.resize(30, 100)
    shell.type("not this\x15")
    shell.type("\n")
    shell.shows("JAIL", "restart a: status 3")
    shell.type("Ry")
    shell.shows("status 3; Enter leads back")
    os.kill(group, signal.SIGSTOP)
    shell.shows("Stopped", "local>")
    shell.type("fg\n")
    shell.until(lambda: os.tcgetpgrp(shell.child.child_fd) == group, "the screen in the foreground")
    shell.type("\r")
    shell.shows("JAIL", "restart a: status 3")
    assert not attached.exists()
    shell.type("q")
    shell.until(lambda: os.tcgetpgrp(shell.child.child_fd) != group, "the end of the screen")
