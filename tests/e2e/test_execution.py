"""What becomes of a command's name, of a user's and of his home; and what is said where nothing does."""

import os
import subprocess

import pytest

from conftest import PATIENCE
from test_jails import make_jail  # noqa: F401 (a fixture)

pytestmark = pytest.mark.asan


@pytest.fixture
def jail(make_jail):  # noqa: F811
    made = make_jail()
    made.start()
    return made


def refused(jail, *words, **settings):
    """Status and line, without the names in front."""
    done = jail.router.run(*words, **settings)
    return done.returncode, done.stderr.decode().strip().removeprefix(f"jconsole: {jail.name}: execute: ")


def test_a_bare_word_is_looked_for_in_PATH_only(jail):
    for directory in ("/", "/bin"):
        status, line = refused(jail, "-d", directory, jail.name, "--", "etc")
        assert status == 127 and line.startswith("etc: no such program in the jail's PATH (/"), line
    jail.sh("echo echo found >/tmp/mine; chmod +x /tmp/mine")
    assert refused(jail, "-d", "/tmp", jail.name, "--", "mine")[0] == 127
    for path in ("/bin:", ".:/bin", ":/bin"):
        assert jail.router.run("-e", f"PATH={path}", "-d", "/tmp", jail.name, "--", "mine", check=0).stdout == b"found\n"


def test_each_cause_has_its_line(jail):
    jail.sh("""cd /tmp; for f in script plain closed foreign; do echo x >$f; chmod 755 $f; done
               echo '#!/bin/nonesuch' >script; echo '#!/etc/passwd' >closed; printf '\\177ELF\\1\\1\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\2\\0\\1\\0' >foreign
               for f in dos directory; do echo x >$f; chmod 755 $f; done; printf '#!/bin/sh\\r\\n' >dos; echo '#!/etc' >directory
               ln -s /nowhere /bin/hanging
               echo 'exit 7' >plain; ln -s /nowhere dangling; mkdir folder; echo x >text; chmod 644 text""")
    (jail.root / "tmp/cut").write_bytes(open("/bin/true", "rb").read(100))
    (jail.root / "tmp/cut").chmod(0o755)
    for word, status, line in (
            ("/tmp/gone", 127, "/tmp/gone: no such program in the jail; "),
            ("/tmp/text/x", 127, "/tmp/text/x: no such program in the jail; "),
            ("/tmp/script", 127, "/tmp/script: its interpreter /bin/nonesuch does not exist in the jail; install that"),
            ("/tmp/dangling", 127, "/tmp/dangling: it is a link to /nowhere, which does not exist in the jail; "),
            ("/tmp/folder", 126, "/tmp/folder: Permission denied: it is a directory; "),
            ("/tmp/text", 126, "/tmp/text: Permission denied: root may not execute it; make it executable"),
            ("/tmp/closed", 126, "/tmp/closed: Permission denied: root may not execute /etc/passwd, its interpreter; "),
            ("/tmp/dos", 127, "/tmp/dos: its first line ends with a carriage return, as on DOS"),
            ("/tmp/directory", 126, "/tmp/directory: Permission denied: /etc, its interpreter, is a directory; name a program"),
            ("/tmp/cut", 126, "/tmp/cut: it is a damaged program, or the beginning of one only; install it anew"),
            ("hanging", 127, "/bin/hanging: it is a link to /nowhere, which does not exist in the jail; mend the link"),
            ("/tmp/foreign", 126, "/tmp/foreign: it is a program for another kind of machine; ")):
        told = refused(jail, jail.name, "--", word)
        assert told[0] == status and told[1].startswith(line), (word, told)
    # As execvp(3): without a format of its own it is a script.
    assert jail.run("/tmp/plain").returncode == 7


def test_what_only_a_shell_can_do_is_sent_to_one(jail):
    for word, mend in (("echo a; echo b", "a line for a shell goes behind sh -c"), ("cd", "it is a word of the shell: run"),
                       ("FOO=1", "a variable is set by -e, or by env before it"), ("nosuch", "install it there")):
        status, line = refused(jail, jail.name, word, "x")
        assert status == 127 and line.startswith(f"{word}: no such program in the jail") and f"; {mend}" in line, line


def test_a_login_shell_that_is_missing_is_known_by_its_user(jail):
    with open(jail.root / "etc/passwd", "a") as file:
        file.write("shut:x:0:0::/:/bin/nosh\n")
    status, line = refused(jail, "-u", "shut", jail.name, input=b"")
    assert (status, line) == (127, "the login shell of shut: /bin/nosh: no such program in the jail; mend that, or the user's "
                                   "entry in the jail's /etc/passwd")


def test_a_number_that_is_no_uid_is_said_to_be_none(jail):
    for user, said in (("4294967295", "4294967295 is no uid; they are 0 to 4294967294, without zeros in front"), ("#4294967296", "#4294967296 is no uid"),
                       ("0:4294967295", "4294967295 is no gid")):
        assert said in jail.router.run("-u", user, jail.name, "true").stderr.decode()


def test_terminals_that_are_used_up_are_known_by_their_parameter(make_jail):  # noqa: F811
    jail = make_jail(linux__pty_max=1)
    jail.start()
    held = jail.router.popen(jail.name, "sh", "-c", "exec 3<>/dev/ptmx; echo held; read line", stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    assert held.stdout.readline() == b"held\n"
    assert "linux.pty_max of the jail" in jail.router.run("-t", jail.name, "true", check=255).stderr.decode()
    held.communicate(timeout=PATIENCE)


def test_a_missing_loader_is_named(jail):
    program = jail.root / "tmp/dynamic"
    program.write_bytes(open("/bin/true", "rb").read())
    program.chmod(0o755)
    status, line = refused(jail, jail.name, "--", "/tmp/dynamic")
    assert status == 127 and line.startswith("/tmp/dynamic: its loader /lib") and "does not exist in the jail" in line


@pytest.mark.skipif(os.geteuid() != 0, reason="one user only")
def test_a_name_of_digits_is_a_name(jail):
    with open(jail.root / "etc/passwd", "a") as file:
        file.write("1000000:x:1000:1000::/:/bin/sh\n2000:x:1001:1001::/:/bin/sh\n")
    for user, uid in (("1000000", "1000"), ("2000", "1001"), ("#2000", "2000"), ("3000", "3000"), ("demo", "1000")):
        assert jail.router.run("-u", user, jail.name, "--", "id", "-u", check=0).stdout.decode().strip() == uid
    assert jail.router.run("-u", "#demo", jail.name, "--", "id").returncode == 255


@pytest.mark.skipif(os.geteuid() != 0, reason="one user only")
@pytest.mark.parametrize("terminal", ["-t", "-T"])
def test_a_home_longer_than_a_pipe_holds_up_nobody(jail, terminal):
    with open(jail.root / "etc/passwd", "a") as file:
        file.write("long:x:1004:1004::/" + "h" * 100000 + ":/bin/sh\n")
    done = jail.router.run(terminal, "-u", "long", jail.name, "--", "pwd", check=0)
    assert "h...: File name too long: the working folder is /" in (done.stdout + done.stderr).decode()
    assert len(done.stdout + done.stderr) < 1000


@pytest.mark.skipif(os.geteuid() != 0, reason="one user only")
@pytest.mark.parametrize("terminal", ["-t", "-T"])
def test_a_home_that_is_missing_is_mentioned(jail, terminal):
    with open(jail.root / "etc/passwd", "a") as file:
        file.write("lost:x:1002:1002::/home/lost:/bin/sh\n")
    done = jail.router.run(terminal, "-u", "lost", jail.name, "--", "pwd", check=0)
    line = f"jconsole: {jail.name}: home of lost: /home/lost: No such file or directory: the working folder is /; "
    assert "the working folder is /; create it, or name another" in (done.stdout + done.stderr).decode()
    closed = jail.root / "home/closed"
    closed.mkdir()
    closed.chmod(0)
    with open(jail.root / "etc/passwd", "a") as file:
        file.write("closed:x:1003:1003::/home/closed:/bin/sh\n")
    told = jail.router.run("-T", "-u", "closed", jail.name, "--", "pwd", check=0).stderr.decode()
    assert "/home/closed: Permission denied: the working folder is /; let the user enter it, or name another with -d" in told
    if terminal == "-t":
        assert done.stdout.decode().startswith(line) and done.stdout.endswith(b"\r\n/\r\n")
    else:
        assert done.stderr.decode().startswith(line) and done.stdout == b"/\n"
    assert jail.router.run(terminal, "-u", "lost", "-d", "/tmp", jail.name, "--", "pwd", check=0).stderr == b""
    assert jail.router.run(terminal, "-u", "demo", jail.name, "--", "pwd", check=0).stderr == b""
