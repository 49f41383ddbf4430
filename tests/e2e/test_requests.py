"""What a request carries: a terminal's modes, users and groups, bytes in no encoding, much or little of them; and peers
of another version."""

import os
import socket
import struct
import subprocess
import threading

import pytest

from test_client import one_line
from wireclient import CONTROL, DATA, TERMINAL, VERSION, Connection, control, frame, hello, opening

pytestmark = pytest.mark.asan

LIMIT = 1 << 20  # docs/protocol.md: a control frame


# ---- the terminal's modes --------------------------------------------------------------------------------------------


def at_a_terminal(router, modes, *words, first=":"):
    """A client on a terminal that its user has changed."""
    child = router.terminal(command=["/bin/sh"], environment={"PS1": "% "})
    child.expect_exact("% ")
    child.sendline(f"stty {modes}; echo o''k; {first}; exec " + subprocess.list2cmdline(router.command(*words)))
    child.expect_exact("ok\r\n")
    return child


@pytest.mark.parametrize("modes, typed, read", [
    ("iutf8", "é\x7fx\n", r"x  \n"),
    ("-iutf8", "é\x7fx\n", r"303   x  \n"),
    ("iutf8 erase ^H", "aé\x08\x7fx\n", r"a 177   x  \n"),
    ("eof ^B", "\x04x\n\x02", r"004   x  \n"),
    ("kill ^P", "abc\x10x\n", r"x  \n"),
])
def test_lines_are_edited_as_in_the_users_terminal(router, name, modes, typed, read):
    child = at_a_terminal(router, modes, "-t", name, "--", "sh", "-c", "echo up; cat | od -c")
    child.expect_exact("up\r\n")
    child.send(typed + ("" if "eof" in modes else "\x04"))
    child.expect(r"0000000 +(.*?)\r\n")
    assert child.match.group(1).strip() == read
    child.expect("[0-9]+\r\n")
    child.close()


def test_the_terminal_begins_as_the_users(router, name):
    child = at_a_terminal(router, "iutf8 erase ^H intr ^X susp undef -ixon tostop -echoctl ocrnl",
                          "-t", name, "--", "stty", "-g", first="stty -g")
    child.expect(r"([0-9a-f:]+)\r+\n")
    users = child.match.group(1)
    child.expect(r"([0-9a-f:]+)\r*\n")
    assert child.match.group(1) == users
    child.close()


def test_an_interrupt_key_of_the_users_own(router, name):
    child = at_a_terminal(router, "intr ^X", "-t", name, "--", "sh", "-c", "trap 'exit 9' INT; echo up; sleep 1000 & wait")
    child.expect_exact("up")
    child.send("\x18")
    child.read()
    child.close()
    assert child.exitstatus == 9


def modes_for(router, name, modes):
    with Connection(router.socket) as connection:
        connection.send(hello() + opening(name, ["stty", "-a"], TERMINAL, modes=modes.decode("latin-1")))
        frames = list(connection.frames())
    assert frames[-1][2] == {"type": "exit", "status": 0}
    return b"".join(payload for kind, stream, payload in frames if (kind, stream) == (DATA, 2)).decode()


def test_a_terminal_without_a_local_one_has_sane_modes(router, name):
    shown = router.run("-t", name, "--", "stty", "-a", check=0).stdout.decode()
    assert " iutf8" in shown and "erase = ^?" in shown and " icanon" in shown and " echo " in shown
    assert modes_for(router, name, b"") == shown


NOT_MODES = {
    "size and parity": struct.pack(">BIBIBIBI", 91, 0, 92, 1, 93, 1, 90, 1),
    "speeds": struct.pack(">BIBI", 129, 0, 128, 12345),
    "characters": struct.pack(">BIBI", 3, 256, 3, 0xFFFFFFFF),
    "behind an opcode that ends": struct.pack(">BIBI", 200, 1, 53, 0),
    "behind the end": struct.pack(">BBI", 0, 53, 0),
    "cut": struct.pack(">BI", 53, 0)[:4],
    "opcodes": b"".join(struct.pack(">BI", opcode, 1) for opcode in (19, 29, 43, 49, 63, 69, 76, 89, 94, 127, 130, 159)),
    "very many": struct.pack(">BI", 42, 1) * 9000,
}


@pytest.mark.parametrize("what", NOT_MODES)
def test_modes_that_there_are_not_change_nothing(router, name, what):
    assert modes_for(router, name, NOT_MODES[what]) == modes_for(router, name, b"")


# ---- what is said before the session is there ------------------------------------------------------------------------


def test_a_signal_right_behind_the_request(router, name):
    with Connection(router.socket) as connection:
        connection.send(hello() + opening(name, ["sleep", "1000"]) + control(type="signal", name="TERM"))
        assert connection.messages()[-1] == {"type": "exit", "signal": 15}
    with Connection(router.socket) as connection:
        connection.send(hello() + opening(name, ["sleep", "1000"], TERMINAL) + control(type="signal", name="INT"))
        assert connection.messages()[-1] == {"type": "exit", "signal": 2}


def test_many_signals_right_behind_the_request_are_one(router, name):
    with Connection(router.socket) as connection:
        connection.send(hello() + opening(name, ["sleep", "1000"]) + control(type="signal", name="WINCH") * 10000 +
                        control(type="signal", name="KILL"))
        assert connection.messages()[-1] == {"type": "exit", "signal": 9}


def test_a_size_right_behind_the_request(router, name):
    wait = 'until [ "$(stty size)" = "40 120" ]; do sleep 0.02; done; echo resized'
    sizes = [{"rows": 30, "columns": 100, "x_pixels": 0, "y_pixels": 0},
             {"rows": 40, "columns": 120, "x_pixels": 0, "y_pixels": 0}]
    with Connection(router.socket) as connection:
        connection.send(hello() + opening(name, ["sh", "-c", wait], TERMINAL) +
                        b"".join(control(type="resize", **size) for size in sizes))
        assert connection.messages()[-1] == {"type": "exit", "status": 0}


# ---- users, groups, the shell ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("user, uid, gid", [
    ("demo:tty", 1000, 5), ("demo:5", 1000, 5), ("1000:tty", 1000, 5), ("1234:4321", 1234, 4321), ("root:demo", 0, 1000),
    ("0:0", 0, 0),
])
def test_a_user_with_a_group(router, name, user, uid, gid):
    script = "id -u; id -g; grep ^Groups: /proc/self/status"
    done = router.run("-u", user, name, "--", "sh", "-c", script, check=0)
    assert done.stdout.split() == [b"%d" % uid, b"%d" % gid, b"Groups:", b"%d" % gid]


@pytest.mark.parametrize("user", ["demo:nobody-here", "nobody-here:tty", "demo:4294967295", "demo:05"])
def test_a_user_or_a_group_that_is_not_there(router, name, user):
    text = one_line(router.run("-u", user, name, "--", "true", check=255).stderr)
    group = user[5:]
    assert ("there is no user 'nobody-here'" if user.startswith("nobody") else f"{group} is no gid" if group.isdigit()
            else f"there is no group '{group}'") in text


@pytest.mark.parametrize("user", [":tty", "demo:", ":", "a:b:c", "demo:-x"])
def test_half_a_user_with_half_a_group(router, name, user):
    assert "is not USER or USER:GROUP" in one_line(router.run("-u", user, name, "--", "true", check=255).stderr)


def test_a_line_for_the_login_shell(router, name):
    with Connection(router.socket) as connection:
        connection.send(hello() + opening(name, ["echo", "a  b", "$HOME;", "echo $0", "'c  d'"], shell=True))
        frames = list(connection.frames())
    assert b"".join(payload for kind, _, payload in frames if kind == DATA) == b"a b /root\nsh c  d\n"
    with Connection(router.socket) as connection:
        connection.send(hello() + opening(name, [], shell=True) + frame(DATA, 1, b"echo $0; exit 4\n"))
        frames = list(connection.frames())
    assert b"".join(payload for kind, _, payload in frames if kind == DATA) == b"-sh\n"
    assert frames[-1][2]["status"] == 4


# ---- bytes -----------------------------------------------------------------------------------------------------------

EVERY_BYTE = bytes(range(1, 256))
AS_TEXT = os.fsdecode(EVERY_BYTE)  # what Python passes on as these bytes
ODD = os.fsdecode(b"/tmp/odd-\xff\xe9")


def test_arguments_and_variables_are_bytes(router, name):
    done = router.run("-e", "X=" + AS_TEXT, name, "--", "sh", "-c", 'printf "%s\\n%s" "$1" "$X"', "sh", AS_TEXT, check=0)
    assert done.stdout == EVERY_BYTE + b"\n" + EVERY_BYTE
    done = router.run(name, "--", "sh", "-c", 'printf "%s" "$LC_X"', environment={b"LC_X": b"\xff\xfe"}, check=0)
    assert done.stdout == b"\xff\xfe"


def test_directories_are_bytes(router, name, namespaces):
    path = namespaces.path(ODD)
    path.mkdir()
    try:
        assert router.run("-d", ODD, name, "--", "pwd", check=0).stdout == os.fsencode(ODD) + b"\n"
        text = one_line(router.run("-d", ODD + "x", name, "--", "pwd", check=255).stderr)
        assert r"\377\351x" in text or r"\xff\xe9x" in text, text
    finally:
        path.rmdir()


def test_a_configuration_by_a_name_that_is_not_utf_8(router, folder):
    path = os.fsdecode(os.fsencode(folder) + b"/\xff.conf")
    with open(path, "w") as file:
        file.write("web { path = /nowhere-at-all; persist; }")
    assert b"path /nowhere-at-all: No such file or directory" in router.run("-f", path, "start", "web").stderr


# ---- long requests ---------------------------------------------------------------------------------------------------


def test_a_long_request(router, name):
    many = [f"name-{number:04}" * 5 for number in range(8000)]
    assert router.run(name, "--", "sh", "-c", "echo $#", "x", *many, check=0).stdout == b"8000\n"
    large = "a" * 100000
    script = 'echo ${#1} ${#2} ${#3} ${#X}'
    done = router.run("-e", f"X={large}", name, "--", "sh", "-c", script, "x", large, large, large, check=0)
    assert done.stdout == b"100000 100000 100000 100000\n"


def arguments_for(router, name, size):
    """Words whose request has that size."""
    words = ["sh", "-c", "echo $#", "x"]
    done = router.run("-d", "/", name, "--", *words, *["a" * 100000] * 11, check=255)
    over = int(one_line(done.stderr).partition("too long: ")[2].split()[0]) - 1100000
    left = size - over
    assert left > 1000000
    return words + ["a" * 100000] * 10 + ["a" * (left - 1000000)]


def test_a_request_may_be_as_long_as_a_frame_and_no_longer(router, name, prefix):
    words = arguments_for(router, name, LIMIT)
    assert router.run("-d", "/", name, "--", *words, check=0).stdout == b"11\n"
    words[-1] += "a"
    text = one_line(router.run("-d", "/", name, "--", *words, check=255).stderr)
    assert f"too long: {LIMIT + 1} bytes" in text and str(LIMIT) in text
    # Before anybody is asked: there is no router.
    done = subprocess.run([prefix.jconsole, "--router", "/nonexistent/socket", name, "--", *words],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert "too long: " in one_line(done.stderr)


def test_many_short_words_take_no_more_than_the_frame_does(router, name):
    words = ["aaaaa"] * 125_000
    assert router.run("-d", "/", name, "--", "sh", "-c", "echo $#", "x", *words, check=0).stdout == b"125000\n"


@pytest.mark.parametrize("verb", ["start", "stop", "kill"])
def test_more_names_than_the_frame_takes(router, verb):
    done = router.run(verb, *[f"averylongname{number}" for number in range(65_000)], check=255)
    assert "too long: 13" in (line := one_line(done.stderr)) and str(LIMIT) in line


def test_a_name_that_is_too_long(router):
    done = router.run("start", "-f", "/" + "b" * 2000, "web", check=255)
    assert "the configuration's path is too long: 2001 bytes, of at most 1023; " in one_line(done.stderr)


def test_a_long_request_that_comes_slowly(router, name):
    request = hello() + opening(name, ["sh", "-c", "echo $#", "x", *["a" * 100000] * 3])
    with Connection(router.socket) as connection:
        for begin in range(0, len(request), 10000):
            connection.send(request[begin:begin + 10000])
        frames = list(connection.frames())
    assert b"3\n" in [payload for kind, _, payload in frames if kind == DATA]


# ---- peers of another version ----------------------------------------------------------------------------------------


def test_a_client_of_another_version_is_told_so(router):
    for version, advice in ((1, "use the client that came with this router"), (VERSION + 1, "restart the router")):
        with Connection(router.socket) as connection:
            connection.send(hello(version) + opening("web", ["true"]))
            messages = connection.messages()
        assert [message["type"] for message in messages] == ["error"]
        assert messages[0]["cause"] == f"the client speaks protocol version {version}, this router {VERSION}"
        assert messages[0]["mend"].startswith(advice)
        assert messages[0]["code"] == 255


@pytest.mark.parametrize("answer, said", [
    # What jrouterd has answered since version 1.
    (control(type="error", jail="", step="connect", cause=f"the client speaks protocol version {VERSION}, this router 1",
             mend="use the client that came with this router", code=255), f"protocol version {VERSION}, this router 1"),
    (control(type="hello", version=1, router="jrouterd"), f"the router speaks protocol version 1, this program {VERSION}"),
    (control(type="hello", version=VERSION + 1, router="jrouterd"), f"protocol version {VERSION + 1}, this program {VERSION}"),
])
def test_a_router_of_another_version_is_named(prefix, folder, answer, said):
    path = folder / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve():
            peer, _ = listening.accept()
            with peer:
                peer.recv(1 << 20)
                peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        done = subprocess.run([prefix.jconsole, "--router", path, "web", "--", "true"], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60)
        thread.join()
    assert done.returncode == 255
    assert said in one_line(done.stderr)
