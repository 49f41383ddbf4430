"""What becomes of a command's name, of a user's and of his home; and what is said where nothing does."""

import os

import pytest

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
               echo '#!/bin/nonesuch' >script; echo '#!/etc/passwd' >closed; printf '\\177ELF\\1\\1\\1\\1\\1\\1\\1\\1' >foreign
               echo 'exit 7' >plain; ln -s /nowhere dangling; mkdir folder; echo x >text; chmod 644 text""")
    for word, status, line in (
            ("/tmp/gone", 127, "/tmp/gone: no such program in the jail; "),
            ("/tmp/text/x", 127, "/tmp/text/x: no such program in the jail; "),
            ("/tmp/script", 127, "/tmp/script: its interpreter /bin/nonesuch does not exist in the jail; install that"),
            ("/tmp/dangling", 127, "/tmp/dangling: it is a link to /nowhere, which does not exist in the jail; "),
            ("/tmp/folder", 126, "/tmp/folder: Permission denied: it is a directory; "),
            ("/tmp/text", 126, "/tmp/text: Permission denied: root may not execute it; make it executable"),
            ("/tmp/closed", 126, "/tmp/closed: Permission denied: root may not execute /etc/passwd, its interpreter; "),
            ("/tmp/foreign", 126, "/tmp/foreign: it is a program for another kind of machine; ")):
        told = refused(jail, jail.name, "--", word)
        assert told[0] == status and told[1].startswith(line), (word, told)
    # As execvp(3): without a format of its own it is a script.
    assert jail.run("/tmp/plain").returncode == 7


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
def test_a_home_that_is_missing_is_mentioned(jail, terminal):
    with open(jail.root / "etc/passwd", "a") as file:
        file.write("lost:x:1002:1002::/home/lost:/bin/sh\n")
    done = jail.router.run(terminal, "-u", "lost", jail.name, "--", "pwd", check=0)
    line = f"jconsole: {jail.name}: home of lost: /home/lost: No such file or directory: the working folder is /; "
    if terminal == "-t":
        assert done.stdout.decode().startswith(line) and done.stdout.endswith(b"\r\n/\r\n")
    else:
        assert done.stderr.decode().startswith(line) and done.stdout == b"/\n"
    assert jail.router.run(terminal, "-u", "lost", "-d", "/tmp", jail.name, "--", "pwd", check=0).stderr == b""
    assert jail.router.run(terminal, "-u", "demo", jail.name, "--", "pwd", check=0).stderr == b""
