"""The client protocol (docs/protocol.md), spoken by hand: for what our own client would never say."""

import json
import socket
import struct

DATA, END, CREDIT, CONTROL = 1, 2, 3, 4
HEADER = struct.Struct(">BBHI")


def frame(kind, stream=0, payload=b"", length=None, reserved=0):
    return HEADER.pack(kind, reserved, stream, len(payload) if length is None else length) + payload


def control(**members):
    return frame(CONTROL, 0, json.dumps(members).encode())


VERSION = 2


def hello(version=VERSION):
    return control(type="hello", version=version, client="test")


def opening(jail, command, terminal=None, **members):
    return control(type="open", verb="console", jail=jail, terminal=terminal, user="", directory="", environment=[],
                   command=list(command), **members)


TERMINAL = {"rows": 24, "columns": 80, "x_pixels": 0, "y_pixels": 0}


class Connection:
    def __init__(self, path, patience=60):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(patience)
        self.socket.connect(str(path))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Sends what the router still takes: it may have hung up in the middle."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def fill(self):
        try:
            more = self.socket.recv(65536)
        except ConnectionResetError:
            more = b""
        self.buffer += more
        return bool(more)

    def frames(self):
        """(type, stream, payload) until the router closes; a control frame's payload is parsed."""
        while True:
            while len(self.buffer) < HEADER.size:
                if not self.fill():
                    assert self.buffer == b"", "the router closed within a frame"
                    return
            kind, _, stream, length = HEADER.unpack_from(self.buffer)
            while len(self.buffer) < HEADER.size + length:
                assert self.fill(), "the router closed within a frame"
            payload = self.buffer[HEADER.size:HEADER.size + length]
            self.buffer = self.buffer[HEADER.size + length:]
            yield kind, stream, json.loads(payload) if kind == CONTROL else payload

    def messages(self):
        """The control messages until the router closes."""
        return [payload for kind, _, payload in self.frames() if kind == CONTROL]

    def until(self, message):
        """The frames up to the control message of that type."""
        seen = []
        for kind, stream, payload in self.frames():
            seen.append((kind, stream, payload))
            if kind == CONTROL and payload["type"] == message:
                return seen
        raise AssertionError(f"closed without {message}: {seen}")
