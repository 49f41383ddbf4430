"""The router and peers that do not keep to the protocol: they are dropped, and it lives on."""

import contextlib
import os
import socket
import struct

import pytest

from conftest import PATIENCE, wait_for
from wireclient import CONTROL, CREDIT, DATA, END, HEADER, TERMINAL, Connection, control, frame, hello, opening

pytestmark = pytest.mark.asan


def test_one_round_trip_from_nothing_to_the_output(router, name):
    with Connection(router.socket) as connection:
        connection.send(hello() + opening(name, ["echo", "here"]))
        frames = list(connection.frames())
    types = [payload["type"] for kind, _, payload in frames if kind == CONTROL]
    assert types == ["hello", "opened", "exit"]
    assert b"".join(payload for kind, stream, payload in frames if (kind, stream) == (DATA, 2)) == b"here\n"
    assert frames[-1][2]["status"] == 0


def test_the_exit_comes_after_the_last_output(router, name):
    with Connection(router.socket) as connection:
        connection.send(hello() + opening(name, ["seq", "1", "5000"], TERMINAL))
        frames = []
        for kind, stream, payload in connection.frames():
            frames.append((kind, stream, payload))
            if kind == DATA:
                connection.send(frame(CREDIT, stream, struct.pack(">I", len(payload))))
    exits = [number for number, (kind, _, payload) in enumerate(frames)
             if kind == CONTROL and payload["type"] == "exit"]
    data = [number for number, (kind, _, _) in enumerate(frames) if kind == DATA]
    assert exits and exits[0] > data[-1]


def test_output_stops_where_the_credit_ends(router, name):
    with Connection(router.socket) as connection:
        connection.send(hello() + opening(name, ["yes"]))
        got = 0
        connection.socket.settimeout(1)
        with pytest.raises(socket.timeout):
            for kind, stream, payload in connection.frames():
                got += len(payload) if (kind, stream) == (DATA, 2) else 0
        assert got == 65536
        connection.socket.settimeout(60)
        connection.send(frame(CREDIT, 2, struct.pack(">I", 10)))
        kind, stream, payload = next(connection.frames())
        assert (kind, stream, len(payload)) == (DATA, 2, 10)


def opened(name):
    return hello() + opening(name, ["sleep", "1000"], TERMINAL)


BAD = {
    "garbage": lambda name: os.urandom(4096),
    "a request of another protocol": lambda name: b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an unknown type": lambda name: frame(9),
    "a reserved byte": lambda name: frame(CONTROL, 0, b"{}", reserved=1),
    "an unknown stream": lambda name: opened(name) + frame(DATA, 77, b"x"),
    "4 GB of control": lambda name: frame(CONTROL, 0, length=0xFFFFFFFF),
    "4 GB of data": lambda name: opened(name) + frame(DATA, 1, length=0xFFFFFFFF),
    "control one byte too long": lambda name: frame(CONTROL, 0, length=(1 << 20) + 1),
    "data one byte too long": lambda name: opened(name) + frame(DATA, 1, length=65537),
    "data on a stream of the router's": lambda name: opened(name) + frame(DATA, 2, b"x"),
    "an end with a payload": lambda name: opened(name) + frame(END, 1, b"x"),
    "a credit of three bytes": lambda name: opened(name) + frame(CREDIT, 2, b"xxx"),
    "data before hello": lambda name: frame(DATA, 1, b"x"),
    "open before hello": lambda name: opening(name, ["true"]),
    "hello twice": lambda name: hello() + hello(),
    "open twice": lambda name: opened(name) + opening(name, ["true"]),
    "data between hello and open": lambda name: hello() + frame(DATA, 1, b"x"),
    "resize before open": lambda name: hello() + control(type="resize", rows=1, columns=1, x_pixels=0, y_pixels=0),
    "more data than there is credit for": lambda name: opened(name) + frame(DATA, 1, b"x" * 65536) * 3,
    "data after the end": lambda name: opened(name) + frame(END, 1) + frame(DATA, 1, b"x"),
    "no JSON": lambda name: frame(CONTROL, 0, b"{"),
    "JSON that is no object": lambda name: frame(CONTROL, 0, b"[1]"),
    "deep JSON": lambda name: frame(CONTROL, 0, b"[" * 500000),
    "JSON that is not UTF-8": lambda name: frame(CONTROL, 0, b'{"type":"\xff"}'),
    "an unknown message": lambda name: hello() + control(type="dance"),
    "a message of the router's": lambda name: hello() + control(type="exit", status=0),
    "a mistyped member": lambda name: hello() + control(type="open", verb="console", jail=7),
    "a NUL in a command": lambda name: hello() + opening(name, ["a\0b"]),
    "a version that there is not": lambda name: hello(version=99),
    "a session that there is not": lambda name: hello() + control(type="resume", session="x:1", token="00" * 16,
                                                                  received=0),
}


@pytest.mark.parametrize("what", BAD)
def test_a_peer_that_breaks_the_protocol_is_dropped(router, name, namespaces, what):
    with Connection(router.socket) as connection:
        connection.send(BAD[what](name))
        messages = connection.messages()  # ends only where the router closes
    assert [message["type"] for message in messages if message["type"] not in ("hello", "opened")] in ([], ["error"])
    assert router.run(name, "--", "echo", "alive", check=0).stdout == b"alive\n"
    assert router.process.poll() is None


@pytest.mark.parametrize("length", [0, 1, 7, 8, 20])
def test_a_peer_that_goes_in_the_middle_of_a_frame(router, name, length):
    with Connection(router.socket) as connection:
        connection.send(hello()[:length])
    assert router.run(name, "--", "true").returncode == 0


def test_one_that_dawdles_does_not_hold_up_the_others(router, name):
    slow = [Connection(router.socket) for _ in range(8)]
    for number, connection in enumerate(slow):
        connection.send((hello() + opening(name, ["echo", str(number)]))[:-number - 1])
    assert router.run(name, "--", "true").returncode == 0
    for number, connection in enumerate(slow):
        connection.send((hello() + opening(name, ["echo", str(number)]))[-number - 1:])
        assert b"%d\n" % number in [payload for kind, _, payload in connection.frames() if kind == DATA]
        connection.socket.close()


@pytest.mark.parametrize("kernel", ["this kernel", "Linux 6.15"])
def test_descriptors_that_nobody_asked_for_are_not_kept(kernel, name, make_router, request):
    old = kernel == "Linux 6.15"
    router = make_router(request.getfixturevalue("twin") if old else None, environment={
        "JCONSOLE_TWIN": "jrouterd/refuse_descriptors:*:ENOPROTOOPT"} if old else {})
    reader, writer = os.pipe()
    with Connection(router.socket) as connection:
        try:
            socket.send_fds(connection.socket, [hello() + opening(name, ["true"])], [writer])
            connection.messages()
        except PermissionError: # since Linux 6.16 they do not even arrive
            assert not old
        os.close(writer)
        assert os.read(reader, 1) == b"", "somebody still holds the other end"
    os.close(reader)


def connects(connection, path):
    try:
        connection.connect(str(path))
        return True
    except BlockingIOError: # the backlog is full for a moment
        return False


def sockets_of_workers(router):
    found = 0
    for pid in router.workers():
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                found += os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:")
    return found


def test_many_connections_that_say_nothing(router, name):
    router.run(name, "--", "true", check=0)
    before = sockets_of_workers(router)
    silent = []
    for _ in range(200):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(PATIENCE)
        silent.append(connection)
        wait_for(lambda: connects(connection, router.socket), "room in the router's backlog")
    wait_for(lambda: sockets_of_workers(router) >= before + 200, "the router to take all of them")
    assert router.run(name, "--", "echo", "beside them").stdout == b"beside them\n"
    for connection in silent:
        connection.close()
    wait_for(lambda: sockets_of_workers(router) <= before, "the router to let them go")
    assert router.run(name, "--", "true").returncode == 0


@pytest.mark.parametrize("size", [HEADER.size, 1000])
def test_every_prefix_of_a_conversation_can_be_the_end_of_it(router, name, size):
    conversation = hello() + opening(name, ["sleep", "1000"], TERMINAL) + frame(DATA, 1, b"x" * 100) + frame(END, 1)
    for end in range(0, len(conversation), max(1, len(conversation) // 20)):
        with Connection(router.socket) as connection:
            connection.send(conversation[:end])
    assert router.run(name, "--", "true").returncode == 0
