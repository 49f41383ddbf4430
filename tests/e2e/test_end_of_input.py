"""`jconsole -t` whose input is a file or a pipe: whatever reads at the terminal meets the end of it, and ends."""

import os
import signal
import subprocess

import pytest

from conftest import wait_for

pytestmark = pytest.mark.asan


def lines(done):
    return done.stdout.decode().replace("\r", "").split("\n")


# ---- editors of lines, which make the terminal raw -------------------------------------------------------------------


@pytest.mark.parametrize("program, text, result", [
    ("python3", "print(1+1)\n", "2"),
    ("python3", "", "Type"),
    ("python3", "x = input()\nprint(2+2)\nprint(x*2)\n", "print(2+2)print(2+2)"),
    ("python3", "import time\ntime.sleep(0.3); print(5*5)\n", "25"),
    ("python3", "print(3*3)\ninput()\n", "EOFError"),
    ("bash", "echo $((20+1))x\n", "21x"),
    ("bash", "", "exit"),
    ("bash", "cat\necho $((6*7))\n", "echo $((6*7))"),
    ("bash", "read x; echo $((20+2))x\n", "22x"),
    ("bash", "python3\nprint(11*11)\n", "121"),
    ("bash", "sleep 0.3\necho $((20+3))x\n", "23x"),
    ("bash", "sh -c 'read a; read b; echo $((20+4))x'\none\n", "24x"),
    ("zsh", "echo $((20+5))x\n", "25x"),
    ("fish", "echo (math 20 + 6)x\n", "26x"),
])
def test_a_program_that_edits_lines_ends(router, host_namespaces, program, text, result):
    command = {"python3": ["python3", "-E"], "bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"],
               "fish": ["fish", "--no-config", "-i"]}[program]
    done = router.run("-t", host_namespaces.name, "--", *command, input=text.encode(), environment={"TERM": "dumb"})
    assert result in done.stdout.decode(), done.stdout


@pytest.mark.parametrize("text", ["echo a$((1+1))b\n", "cat\necho a$((1+1))b\n", "read x\necho a$((1+1))b\n", "sleep 0.2\n", ""])
def test_the_login_shell_ends_with_the_file(router, name, folder, text):
    (folder / "text").write_text(text)
    with open(folder / "text") as file:
        done = router.run("-t", name, stdin=file, check=0)
    if text.startswith("echo"):
        assert b"a2b" in done.stdout


# ---- readers of lines ------------------------------------------------------------------------------------------------


def test_a_reader_of_lines_ends_behind_what_was_sent(router, name):
    assert lines(router.run("-t", name, "--", "sh", "-c", "stty -echo; cat", input=b"one\ntwo\n", check=0))[-3:] == \
        ["one", "two", ""]
    # A line that is not finished is one of them.
    assert router.run("-t", name, "--", "od", "-An", "-c", input=b"abc", check=0).stdout.split()[-3:] == [b"a", b"b", b"c"]


def test_everybody_meets_the_end(router, name):
    script = "stty -echo; cat; cat; read x || echo none; sh -c cat; sh -c 'sleep 0.2; cat'; echo end"
    assert lines(router.run("-t", name, "--", "sh", "-c", script, input=b"one\n", check=0))[-4:] == ["one", "none", "end", ""]


def test_who_changes_the_mode_is_told_once(router, name):
    script = """stty raw -echo; dd bs=1 count=3 2>/dev/null | od -An -c; stty sane -echo; cat; echo between
                stty raw -echo; dd bs=1 count=1 2>/dev/null | od -An -c; stty sane; echo end"""
    shown = lines(router.run("-t", name, "--", "sh", "-c", script, input=b"x\n", check=0))
    assert [line.split() for line in shown if "004" in line][0] == ["x", r"\n", "004"]
    assert shown[-2] == "end"


def test_an_end_of_file_character_of_the_users_own(router, name):
    done = router.run("-t", name, "--", "sh", "-c", "stty eof ^B; cat; echo end", input=b"one\n", check=0)
    assert b"end" in done.stdout
    # Where there is none, there is no end.
    script = "stty -echo eof undef; read x; read y; echo $x$y"
    done = router.run("-t", name, "--", "sh", "-c", script, input=b"one\ntwo\n", check=0)
    assert b"onetwo" in done.stdout


def test_the_end_survives_the_worker(router, name, namespaces, folder):
    go = namespaces.path("/tmp/go")
    script = "echo up; until [ -e /tmp/go ]; do sleep 0.02; done; cat; echo end"
    client = router.popen("-t", name, "--", "sh", "-c", script, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert client.stdout.readline() == b"up\r\n"
    first = router.workers()
    os.kill(first[0], signal.SIGKILL)
    wait_for(lambda: router.workers() and router.workers() != first, "the next worker")
    go.touch()
    try:
        assert client.communicate(timeout=60)[0] == b"end\r\n"
    finally:
        go.unlink()
