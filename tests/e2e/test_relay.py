"""What goes in comes out, whole and in order: large, slow, half-closed, and at the very end."""

import contextlib
import hashlib
import os
import pty
import signal
import subprocess
import threading
import time
import tty

import pytest

from conftest import PATIENCE, wait_for

LARGE = 64 << 20
LINE = b"0123456789abcdefghijklmnopqrstuvwxyz 0123456789ABCDEFGHIJKLMNOP\n"
assert len(LINE) == 64
MAKE_LARGE = f"yes '{LINE.decode().strip()}' | head -c {LARGE}"


def md5_of_large():
    return hashlib.md5(LINE * (LARGE // len(LINE))).hexdigest()


class RawClient:
    """A client on a terminal whose other end passes every byte as it is, at any speed."""

    def __init__(self, router, *words):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.process = router.popen(*words, stdin=slave, stdout=slave, stderr=subprocess.PIPE, start_new_session=True)
        os.close(slave)

    def read(self, size=65536):
        """Some bytes; none at the end."""
        with contextlib.suppress(OSError):
            return os.read(self.master, size)
        return b""

    def read_until(self, text):
        got = b""
        while text not in got:
            some = self.read()
            assert some, got
            got += some
        return got

    def write_all(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self.master, view[:65536]):]

    def end(self):
        errors = self.process.stderr.read()
        status = self.process.wait(PATIENCE)
        os.close(self.master)
        return status, errors


@contextlib.contextmanager
def stumbling(pid):
    """Stops and continues a process now and then, for as long as the block lasts: a reader that is slow."""
    done = threading.Event()

    def stumble():
        while not done.wait(0.05):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                time.sleep(0.15)
                os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=stumble)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


# ---- 64 MB ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slow", [False, True], ids=["fast", "slow"])
def test_large_output_through_pipes(router, name, slow):
    client = router.popen("-T", name, "--", "sh", "-c", MAKE_LARGE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    digest = hashlib.md5()
    for number, block in enumerate(iter(lambda: client.stdout.read(1 << 20), b"")):
        digest.update(block)
        if slow and number % 8 == 0:
            time.sleep(0.1)
    assert (client.wait(PATIENCE), digest.hexdigest()) == (0, md5_of_large())


@pytest.mark.parametrize("slow", [False, True], ids=["fast", "slow"])
def test_large_output_through_a_terminal(router, name, slow):
    client = RawClient(router, "-t", name, "--", "sh", "-c", "stty raw; " + MAKE_LARGE)
    digest, size, pause = hashlib.md5(), 0, 0
    while block := client.read():
        digest.update(block)
        size += len(block)
        if slow and size > pause:
            time.sleep(0.1)
            pause += 8 << 20
    assert (client.end(), size, digest.hexdigest()) == ((0, b""), LARGE, md5_of_large())


@pytest.mark.parametrize("slow", [False, True], ids=["fast", "slow"])
def test_large_input_through_pipes(router, name, namespaces, slow):
    client = router.popen("-T", name, "--", "md5sum", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    pid = wait_for(lambda: [pid for pid, command in namespaces.processes() if command == "md5sum"], "md5sum")[0]
    with stumbling(pid) if slow else contextlib.nullcontext():
        output, _ = client.communicate(LINE * (LARGE // len(LINE)), PATIENCE)
    assert (client.returncode, output.split()[0].decode()) == (0, md5_of_large())


@pytest.mark.parametrize("slow", [False, True], ids=["fast", "slow"])
def test_large_paste_into_a_terminal(router, name, namespaces, slow):
    client = RawClient(router, "-t", name, "--", "sh", "-c", f"stty raw -echo; echo up; /usr/bin/head -c {LARGE} | md5sum")
    client.read_until(b"up")
    pid = wait_for(lambda: [pid for pid, command in namespaces.processes() if "/head -c" in command.split("|")[0] and command.startswith("/usr")], "head")[0]
    with stumbling(pid) if slow else contextlib.nullcontext():
        client.write_all(LINE * (LARGE // len(LINE)))
        assert md5_of_large().encode() in client.read_until(b"-")
    assert client.end() == (0, b"")


# ---- streams and their ends ---------------------------------------------------------------------------------------------------


@pytest.mark.asan
def test_output_and_errors_are_apart(router, name):
    done = router.run(name, "--", "sh", "-c", "echo out; echo err >&2; echo out again", check=0)
    assert (done.stdout, done.stderr) == (b"out\nout again\n", b"err\n")


@pytest.mark.asan
def test_the_end_of_input_is_not_the_end_of_output(router, name):
    done = router.run(name, "--", "sh", "-c", "cat; echo and more", input=b"some", check=0)
    assert done.stdout == b"someand more\n"


@pytest.mark.asan
def test_the_end_of_output_is_not_the_end_of_input(router, name):
    client = router.popen("-T", name, "--", "sh", "-c", 'exec >&-; read line; echo "got $line" >&2; exit 6',
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert client.stdout.read() == b""
    client.stdin.write(b"late\n")
    client.stdin.close()
    assert (client.stderr.read(), client.wait(PATIENCE)) == (b"got late\n", 6)


@pytest.mark.asan
def test_a_program_that_stops_reading_is_no_dead_end(router, name):
    done = router.run(name, "--", "head", "-c", "1", input=b"x" * (8 << 20), check=0)
    assert done.stdout == b"x"


@pytest.mark.asan
def test_a_reader_that_goes_away_ends_the_writer(router, name, namespaces):
    client = router.popen("-T", name, "--", "yes", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    client.stdout.read(100000)
    client.stdout.close()
    assert client.wait(PATIENCE) != 0
    wait_for(lambda: namespaces.processes() == [], "the end of yes")


@pytest.mark.asan
def test_a_stalled_stream_does_not_hold_up_the_other(router, name):
    client = router.popen("-T", name, "--", "sh", "-c", "yes & echo err >&2; wait", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert client.stderr.readline() == b"err\n"
    client.terminate()
    client.communicate(timeout=PATIENCE)


@pytest.mark.asan
def test_closed_standard_descriptors_of_the_client(router, name):
    done = router.run(name, "--", "sh", "-c", "cat; exit 4", stdin=None, preexec_fn=lambda: os.close(0))
    assert (done.returncode, done.stdout) == (4, b"")


@pytest.mark.asan
def test_flags_of_shared_descriptors_stay_as_they_were(router, name):
    reader, writer = os.pipe()
    client = router.popen("-T", name, "--", "cat", stdin=reader, stdout=subprocess.PIPE)
    os.write(writer, b"x")
    assert client.stdout.read(1) == b"x"
    assert os.get_blocking(reader) and os.get_blocking(client.stdout.fileno())
    os.close(writer)
    assert client.wait(PATIENCE) == 0
    assert os.get_blocking(reader)
    os.close(reader)
    client.stdout.close()


# ---- the last bytes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["-t", "-T"])
def test_the_last_bytes_are_never_lost(router, name, option, rounds):
    script = "seq 1 4000" if option == "-T" else "stty -onlcr; seq 1 4000"
    expected = b"".join(b"%d\n" % n for n in range(1, 4001))
    for number in range(rounds(150)):
        done = router.run(option, name, "--", "sh", "-c", script, check=0)
        assert done.stdout == expected, f"end {number}"


def test_a_background_job_that_prints_for_ever_does_not_keep_the_session(router, name, namespaces):
    for _ in range(3):
        client = RawClient(router, "-t", name, "--", "sh", "-c", "yes noise & echo started; exit 8")
        while client.read():
            pass
        assert client.end()[0] == 8
    wait_for(lambda: namespaces.processes() == [], "the end of the jobs")


def test_a_background_job_that_is_silent_does_not_keep_the_session(router, name, namespaces):
    client = RawClient(router, "-t", name, "--", "sh", "-c", "sleep 1000 & echo started; exit 8")
    assert client.read_until(b"started")
    while client.read():
        pass
    assert client.end()[0] == 8
    for pid, _ in namespaces.processes():
        os.kill(pid, signal.SIGKILL)
