"""What a jail prints where an administrator starts and stops it: none of it is obeyed by his terminal."""

import os
import subprocess

import pytest

from test_attach import finish
from test_jails import make_jail  # noqa: F401

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root's jails")

# The clipboard, a title, a report that is typed back, C1, bidi, what is no UTF-8, and what is.
EVIL = r"\033]52;c;ZXZpbA==\007\033]0;x\007\033[6n\302\233 2J\342\200\256txt\377\177\r Grüße\tok"
SHOWN = r"\x1b]52;c;ZXZpbA==\x07\x1b]0;x\x07\x1b[6n\u{9b} 2J\u{202e}txt\xff\x7f\x0d Grüße" "\tok"
PRINTS = f"printf '{EVIL}\\n'; printf '{EVIL}\\n' >&2"


def unsafe(data):
    return sorted({byte for byte in data if (byte < 0x20 and byte not in b"\n\t") or byte == 0x7f})


@pytest.mark.parametrize("hook, verb", [("exec.start", "start"), ("command", "start"), ("exec.stop", "stop"),
                                        ("exec.prestart", "start"), ("exec.poststop", "stop"), ("exec.stop", "restart")])
def test_what_a_hook_prints_is_shown_and_not_obeyed(make_jail, hook, verb):
    jail = make_jail(**{hook.replace(".", "__"): PRINTS})
    start = jail.start()
    done = start if verb == "start" else jail.verb(verb, check=0)
    assert SHOWN in done.stdout.decode().splitlines() and SHOWN in done.stderr.decode().splitlines()
    assert unsafe(done.stdout + done.stderr) == []
    if verb == "stop":
        jail.start()
    raw = jail.verb("restart", "--raw", check=0)
    evil = subprocess.run(["printf", EVIL], stdout=subprocess.PIPE, check=True).stdout
    assert evil in raw.stdout and evil in raw.stderr


def test_a_terminal_is_shown_it(make_jail):
    jail = make_jail(exec__start=PRINTS)
    child = jail.router.terminal("start", "-f", jail.config, jail.name)
    before, status = finish(child)
    assert status == 0 and before.count(SHOWN) == 2
    assert unsafe(before.replace("\r\n", "\n").encode()) == []


def test_a_shutdown_script_in_the_jail_is_no_exception(make_jail, root):
    script = root / "etc/rc.shutdown"
    script.write_text(f"#!/bin/sh\n{PRINTS}\n")
    script.chmod(0o755)
    jail = make_jail()
    jail.start()
    done = jail.router.run("kill", "-v", jail.name, check=0)
    assert SHOWN in done.stdout.decode().splitlines() and unsafe(done.stdout + done.stderr) == []


def test_a_file_gets_it_as_it_is(make_jail, folder):
    log = folder / "console.log"
    jail = make_jail(exec__start=PRINTS, exec__consolelog=log)
    jail.start()
    evil = subprocess.run(["printf", EVIL], stdout=subprocess.PIPE, check=True).stdout
    assert log.read_bytes().count(evil) == 2
    jail.write(exec__start=PRINTS)
    with open(folder / "said", "wb") as file:
        restarted = jail.router.popen("restart", "-f", jail.config, jail.name, stdout=file, stderr=subprocess.PIPE)
        errors = restarted.communicate()[1]
    assert (folder / "said").read_bytes().count(evil) == 1 and errors.decode().count(SHOWN) == 1


def test_characters_are_whole_however_they_come(make_jail):
    """And a line that never ends is shown as it grows, all of it, more than what may be under way at a time."""
    jail = make_jail(exec__start=[r"printf '\342'; sleep 0.1; printf '\202\254\n'",
                                  r"dd if=/dev/zero bs=1k count=300 2>/dev/null | tr '\0' '\033'; printf '\360\237'"])
    done = jail.start()
    lines = done.stdout.decode().split("\n")
    assert "€" in lines
    assert r"\x1b" * 300 * 1024 + r"\xf0\x9f" in done.stdout.decode()


def test_a_daemon_that_keeps_the_pipe_holds_nobody_up(make_jail):
    jail = make_jail(exec__start=["(printf '\\033[2J.'; exec sleep 1000) &"])
    assert jail.start().stdout.decode() == f"{jail.name}: created\n" + r"\x1b[2J."
    jail.stop()
