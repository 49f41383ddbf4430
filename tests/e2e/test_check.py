"""`jconsole check`: a jail's terminals are broken from inside, the fault is named with its mend, and mended."""

import json
import os
import subprocess

import pytest

from test_jails import jinit_of, make_jail  # noqa: F401 (a fixture)

pytestmark = pytest.mark.asan

LINK = "make /dev/ptmx a link to pts/ptmx"
# What root does to it inside, and what the check says then: fault, cause, mend.
BROKEN = {
    "absent": ("rm /dev/ptmx", "absent: /dev/ptmx does not exist", LINK),
    "dangling": ("ln -sf nowhere /dev/ptmx", "dangling link: /dev/ptmx is a link to nowhere, which does not exist", LINK),
    "elsewhere": ("ln -sf null /dev/ptmx", "link elsewhere: /dev/ptmx is a link to null, not to pts/ptmx", LINK),
    "file": ("rm /dev/ptmx; echo >/dev/ptmx", "plain file: /dev/ptmx is a plain file", LINK),
    "folder": ("rm /dev/ptmx; mkdir /dev/ptmx; touch /dev/ptmx/kept", "directory: /dev/ptmx is a directory", LINK),
    "closed": ("chmod 700 /dev", "mode of /dev: /dev has mode 700: not everybody can enter it", "chmod 755 /dev"),
    "mode": ("chmod 0 /dev/pts/ptmx", "ptmxmode: /dev/pts/ptmx has mode 000: not everybody can open it",
             "remount /dev/pts with ptmxmode=0666"),
}
MODES = pytest.mark.skipif(os.geteuid() != 0, reason="modes bind nobody in a jail with one user, its superuser")
CASES = [pytest.param(case, marks=MODES if case in ("mode", "closed") else ()) for case in BROKEN]


def makes_a_terminal(jail):
    """As sudo, tmux and script do; by somebody whom modes bind, where the jail has more than one user."""
    user = "demo" if os.geteuid() == 0 else "root"
    done = jail.router.run("-T", "-u", user, jail.name, "--", "sh", "-c", "exec 3</dev/ptmx && ls /dev/pts")
    return (done.returncode, done.stdout.split()) == (0, [b"0", b"ptmx"])


def check(jail, *options):
    done = jail.router.run("check", *options, jail.name)
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def session(jail):
    """A console's status and output, and what its user is told besides."""
    done = jail.router.run("-t", jail.name, "--", "echo", "here")
    return done.returncode, done.stdout, done.stderr.decode()


@pytest.fixture
def jail(make_jail):  # noqa: F811
    made = make_jail()
    made.start()
    assert check(made) == (0, "ptmx: ok\n") and makes_a_terminal(made)
    return made


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_named_and_mended(jail, case):
    script, fault, mend = BROKEN[case]
    jail.sh(script)
    assert not makes_a_terminal(jail)
    assert check(jail) == (1, f"ptmx: {fault}; {mend}\n")
    assert check(jail, "--repair") == (0, f"ptmx: {fault}; mended: {mend}\n")
    assert check(jail) == (0, "ptmx: ok\n")
    assert makes_a_terminal(jail)


def test_a_console_tells_the_fault_and_the_command_that_mends_it(jail):
    jail.sh(BROKEN["absent"][0])
    status, output, errors = session(jail)
    assert (status, output) == (0, b"here\r\n")
    assert errors == jail.router.typed(
                      f"jconsole: {jail.name}: /dev/ptmx does not exist: programs that make terminals (sudo, tmux, "
                      f"script) may not work; 'jconsole check --repair {jail.name}' mends it\n")


def test_two_things_to_tell_are_two_lines(jail):
    (jail.root / "etc/terminfo").mkdir()
    jail.sh(BROKEN["absent"][0])
    status, output, errors = session(jail)
    assert (status, output) == (0, b"here\r\n")
    assert [line.split(": ", 2)[:2] for line in errors.splitlines()] == [["jconsole", jail.name]] * 2, errors


def test_no_terminal_at_all(jail):
    enter = ["-m"] if os.geteuid() == 0 else ["-m", "-U", "--preserve-credentials"]
    subprocess.run(["nsenter", "-t", str(jinit_of(jail)), *enter, "umount", "-l", "/dev/pts"], check=True)
    assert session(jail) == (255, b"", jail.router.typed(
        f"jconsole: {jail.name}: open terminal: /dev/pts is an empty place, with no devpts on it; "
        f"'jconsole check --repair {jail.name}' mends it\n"))
    assert check(jail)[0] == 1
    assert check(jail, "--repair")[0] == 0
    assert session(jail) == (0, b"here\r\n", "")
    assert makes_a_terminal(jail)


def test_json(jail):
    jail.sh(BROKEN["file"][0])
    status, text = check(jail, "--json")
    found = json.loads(text)
    assert (status, found["usable"]) == (1, False)
    assert [(fault["fault"], fault["mend"], fault["repairable"], fault["mended"]) for fault in found["findings"]] == [
        ("plain file", LINK, True, False)]


@pytest.mark.parametrize("case", [case for case in CASES if case.values[0] in ("dangling", "mode")])
def test_where_the_configuration_says_so_each_console_mends(make_jail, case):  # noqa: F811
    script, fault, mend = BROKEN[case]
    jail = make_jail(repair="auto")
    jail.start()
    jail.sh(script)
    status, output, errors = session(jail)
    assert (status, output) == (0, b"here\r\n")
    assert errors == f"jconsole: {jail.name}: {fault.split(': ', 1)[1]}: mended ({mend})\n"
    assert session(jail) == (0, b"here\r\n", "")
    assert check(jail) == (0, "ptmx: ok\n") and makes_a_terminal(jail)


def test_no_repair_is_promised_where_there_can_be_none(jail):
    """Its root directory is deleted, and with it what was mounted in there."""
    subprocess.run(["rm", "-rf", jail.root], check=True, stdin=subprocess.DEVNULL)
    told = "root deleted: the jail's root directory was deleted; stop the jail, make the directory of its path anew, and start it"
    assert check(jail) == (1, f"ptmx: {told}\n") and check(jail, "--repair") == (1, f"ptmx: {told}\n")
    found = json.loads(check(jail, "--json")[1])["findings"]
    assert [finding["repairable"] for finding in found] == [False]
    status, _, line = session(jail)
    assert status == 255 and "the jail's root directory was deleted; stop the jail" in line and "--repair" not in line
    assert jail.router.run("-T", jail.name, "true", check=255).stderr.decode() == (
        f"jconsole: {jail.name}: directory: {told.removeprefix('root deleted: ')}\n")
