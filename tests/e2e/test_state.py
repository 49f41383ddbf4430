"""What a router keeps of its jails: read by older and newer ones, damaged, lost, and where there is no room for it."""

import contextlib
import os
import signal
import struct
import subprocess

import pytest

from conftest import PATIENCE, alive, wait_for
from test_jails import jail, jinit_of, make_jail  # noqa: F401

pytestmark = pytest.mark.asan

HEAD = struct.Struct("<8sIIIiQII256s512s")
BODY = struct.Struct("<IiQQQIIII256s256s64s1024s")
RECORD_2 = struct.Struct("<IIiIQQQIIII256s256s256s64s1024s512s")
SPEC = struct.Struct("<BBBBIQ4096s")
SPEC_1 = struct.Struct("<IBBBBQ512sI4096s4x")


def said(done):
    """The one line on standard error, but for the one about where the tests' root directories are."""
    lines = [line for line in done.stderr.decode().splitlines() if "every user of the host can reach" not in line]
    assert len(lines) == 1, lines
    return lines[0]


class State:
    """The state folder of a router that has been killed."""

    def __init__(self, jail):
        self.jail = jail
        self.folder = jail.router.socket.parent / "state"
        self.record = self.folder / f"{jail.name}.jail"
        self.spec = self.folder / f"{jail.name}.spec"

    def __enter__(self):
        self.jail.router.process.kill()
        self.jail.router.process.wait()
        self.jail.router.log.close()
        return self

    def __exit__(self, *_):
        self.jail.router.start()

    def left(self):
        return sorted(path.name for path in self.folder.iterdir() if path.name.startswith(self.jail.name))


def as_before_the_head(state):
    """What a router of record version 2 and specification version 1 would have written."""
    record, spec = state.record.read_bytes(), state.spec.read_bytes()
    _, _, _, _, pid, start, jid, _, name, cgroup = HEAD.unpack(record[:HEAD.size])
    flags, _, _, created, space, *four, hostname, domain, release, path = BODY.unpack_from(record, HEAD.size)
    state.record.write_bytes(RECORD_2.pack(2, jid, pid, flags, start, created, space, *four, name, hostname, domain, release,
                                           path, cgroup))
    repair, host_pty, no_new, own_user, length, bounding, instructions = SPEC.unpack_from(spec, HEAD.size)
    state.spec.write_bytes(SPEC_1.pack(1, repair, host_pty, no_new, own_user, bounding, cgroup, length, instructions))


def as_a_newer_one(state):
    """Version 99 with a field more: what is known is where it was."""
    for file in (state.record, state.spec):
        content = file.read_bytes() + b"a field of tomorrow".ljust(104, b"\0")
        file.write_bytes(content[:8] + struct.pack("<I", 99) + content[12:16] + struct.pack("<I", len(content)) + content[20:])


@pytest.mark.parametrize("version", [as_before_the_head, as_a_newer_one])
def test_a_router_finds_the_jails_of_another_version(jail, version):
    before = jail.record()
    with State(jail) as state:
        version(state)
    assert jail.record() == before
    assert jail.sh("hostname").strip() == f"{jail.name}.jail"
    assert jail.router.run("ls", check=0).stderr == b""
    jail.stop()
    assert jail.record() is None and State(jail).left() == []


@pytest.mark.parametrize("damage", ["short", "lost", "too new"])
def test_a_jail_whose_record_cannot_be_read_is_named_and_can_be_killed(jail, damage):
    jinit = jinit_of(jail)
    with State(jail) as state:
        content = state.record.read_bytes()
        if damage == "short":
            state.record.write_bytes(content[:HEAD.size + 10])
        elif damage == "too new":
            state.record.write_bytes(content[:8] + struct.pack("<II", 99, 99) + content[16:])
        else:
            state.record.unlink()
    wait_for(lambda: f"jail {jail.name}: its record cannot be read" in jail.router.log_text(), "a word in the log")
    listed = jail.router.run("ls", check=0)
    assert jail.name in jail.router.run("ls", "-N", check=0).stdout.decode()
    assert said(listed).startswith(jail.router.typed(f"jconsole: {jail.name}: ls: the router's record of it is damaged or of another "
                                       f"version, process {jinit} is its first; 'jconsole kill -f {jail.name}' ends it"))
    assert jail.sh("hostname").strip() == f"{jail.name}.jail"  # its specification is whole
    for verb in ("stop", "restart"):
        assert jail.router.typed(f"'jconsole kill -f {jail.name}'") in said(jail.verb(verb, check=1))
    assert jail.router.typed(f"'jconsole kill -f {jail.name}'") in said(jail.router.run("kill", jail.name, check=1))
    assert alive(jinit)
    jail.router.run("kill", "-f", jail.name, check=0)
    assert jail.record() is None and not alive(jinit) and State(jail).left() == []
    jail.start()


def test_so_can_one_that_shares_the_hosts_pids(make_jail):
    jail = make_jail(linux__namespaces=["fs", "ipc", "uts"], exec__start="sleep 1000 &")
    jail.start()
    [members] = [path for path in jail.cgroups()[0].glob("members/cgroup.procs")]
    inside = wait_for(lambda: [int(pid) for pid in members.read_text().split()], "what runs in it")
    with State(jail) as state:
        state.record.write_bytes(state.record.read_bytes()[:HEAD.size])
    jail.router.run("kill", "-f", jail.name, check=0)
    wait_for(lambda: not any(map(alive, inside)), "the end of what ran in it")
    assert jail.record() is None and State(jail).left() == []


def test_a_jail_whose_specification_cannot_be_read_is_entered_by_nobody_and_started_anew(jail):
    with State(jail) as state:
        state.spec.write_bytes(state.spec.read_bytes()[:-1])
    error = said(jail.run("true", check=255))
    assert jail.router.typed(f"start it anew: 'jconsole kill -f {jail.name}' and 'jconsole start {jail.name}'") in error
    jail.router.run("kill", "-f", "-q", jail.name, check=0)
    jail.start()
    assert jail.sh("echo up") == "up\n"


# ---- no room --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_state(router, make_jail):
    """The state folder on a file system that can be filled."""
    if os.geteuid() != 0:
        pytest.skip("it takes root to mount")
    folder = router.socket.parent / "state"
    jail = make_jail()
    with State(jail):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "state", folder], check=True)
    yield folder
    router.stop()
    subprocess.run(["umount", folder], check=True)


FILL = "dd if=/dev/zero of={folder}/filler bs=4k 2>/dev/null; test -s {folder}/filler"


def test_a_start_whose_record_finds_no_room_fails_and_leaves_nothing(small_state, make_jail):
    jail = make_jail(exec__prestart=FILL.format(folder=small_state))
    done = jail.verb("start", check=1)
    assert done.stdout.decode() == f"{jail.name}: removed\n"
    assert said(done) == (f"{jail.name}: the router cannot keep its record: write {jail.name}.spec: No space left on "
                          f"device; make room in {small_state}")
    assert jail.record() is None and State(jail).left() == [] and jail.cgroups() == []
    (small_state / "filler").unlink()
    jail.write()
    jail.start()
    jail.stop()


@pytest.mark.parametrize("obstacle", [FILL, "mount -o remount,ro {folder}"])
def test_that_a_start_is_complete_needs_no_room(small_state, make_jail, obstacle):
    """The next router takes a healthy jail for one, and serves it, room or no room."""
    jail = make_jail(exec__poststart=obstacle.format(folder=small_state))
    jail.start()
    jinit = jinit_of(jail)
    with State(jail):
        pass
    assert jail.record()["name"] == jail.name and jinit_of(jail) == jinit
    assert jail.sh("echo up") == "up\n"
    subprocess.run(["mount", "-o", "remount,rw", small_state], check=True)
    with contextlib.suppress(FileNotFoundError):
        (small_state / "filler").unlink()
    jail.write()
    jail.stop()


def test_a_start_that_has_lost_its_router_ends_with_the_next(make_jail):
    jail = make_jail(exec__start="sleep 1000")
    client = jail.router.popen("start", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    wait_for(jail.record, "the jail that is being started")
    with State(jail) as state:
        assert client.wait(PATIENCE) == 255
    wait_for(lambda: jail.record() is None and jail.cgroups() == [], "the end of what was half started")
    assert state.left() == []
    jail.write()
    jail.start()


# ---- a record that is lost ----------------------------------------------------------------------------------------------------


def test_a_jail_that_no_record_tells_of_is_not_started_a_second_time(jail):
    jinit = jinit_of(jail)
    with State(jail) as state:
        state.record.unlink()
        state.spec.unlink()
    assert jail.record() is None
    error = said(jail.verb("start", check=1))
    assert f"a jail of that name runs already, process {jinit} is its first" in error and f"'kill -9 {jinit}'" in error
    assert jinit_of(jail) == jinit  # the one, and no other
    os.kill(jinit, signal.SIGKILL)
    jail.start()
    assert jail.sh("echo up") == "up\n"


def test_two_routers_do_not_start_one_jail(jail, make_router, folder):
    jinit = jinit_of(jail)
    other = make_router()
    done = other.run("start", "-f", jail.config, jail.name, check=1)
    assert f"a jail of that name runs already, process {jinit} is its first" in said(done)
    assert jail.name not in other.run("ls", "-N", check=0).stdout.decode()
    assert jail.sh("echo up") == "up\n" and jinit_of(jail) == jinit
    jail.stop()
    other.run("start", "-f", jail.config, jail.name, check=0)
    assert f"process {jinit_of(jail)} is its first" in said(jail.verb("start", check=1))
    other.run("stop", "-f", jail.config, jail.name, check=0)
