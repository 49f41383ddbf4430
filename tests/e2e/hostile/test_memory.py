"""A jail whose memory is full: what the kernel kills then is neither its first process nor the jail with it."""

import os
import pathlib

import pytest

from conftest import alive, children, name_of, wait_for
from test_jails import Jail

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="memory is limited by root")

LIMIT = 8 << 20


def version_one(jail, jinit):
    """A hierarchy of version 1 that has memory: whoever is entered joins what jinit is in."""
    for line in open("/proc/self/mountinfo"):
        fields = line.split()
        if "cgroup" in fields and "memory" in fields[-1].split(","):
            place = pathlib.Path(fields[4]) / f"{jail.name}-memory"
            place.mkdir()
            (place / "memory.limit_in_bytes").write_text(str(LIMIT))
            (place / "cgroup.procs").write_text(str(jinit))
            return place
    return None


def version_two(jail):
    """The jail's own cgroup, below ones that hand the controller down."""
    place = next((path for path in jail.cgroups() if path.name == jail.name), None)
    if place is None:
        return None
    for above in (place.parent.parent, place.parent):
        if "memory" not in (above / "cgroup.controllers").read_text().split():
            return None
        (above / "cgroup.subtree_control").write_text("+memory")
    (place / "memory.max").write_text(str(LIMIT))
    return place


@pytest.fixture
def full(router, root, folder):
    """A jail of 8 MiB, all of them taken by files in its memory."""
    jail = Jail(router, root, folder)
    jail.start()
    jinit = wait_for(lambda: [pid for pid in children(router.pid) if name_of(pid) == "jinit"], "jinit")[0]
    own = version_one(jail, jinit)
    if own is None and version_two(jail) is None:
        jail.stop()
        pytest.skip("no cgroup here limits memory")
    jail.run("sh", "-c", "dd if=/dev/zero of=/dev/shm/full bs=16k")
    yield jail, jinit
    jail.verb("stop")
    if own:
        wait_for(lambda: (own / "cgroup.procs").read_text() == "", "the end of the jail")
        own.rmdir()


def test_attaches_into_a_full_jail_do_not_end_it(full, rounds):
    jail, jinit = full
    for number in range(rounds(40)):
        done = jail.router.run(("-t", "-T")[number % 2], jail.name, "--", "true")
        if done.returncode in (137, 255):
            assert done.stderr.startswith(f"jconsole: {jail.name}: ".encode()) and b"out of memory" in done.stderr, done
        assert alive(jinit), f"attach {number} has ended the jail"
    pathlib.Path(f"/proc/{jinit}/root/dev/shm/full").unlink()
    assert jail.run("echo", "room", check=0).stdout == b"room\n"


def test_of_its_processes_a_hog_goes_first(full):
    jail, jinit = full
    pathlib.Path(f"/proc/{jinit}/root/dev/shm/full").unlink()
    for _ in range(5):
        done = jail.run("tail", "/dev/zero")
        assert (done.returncode, done.stderr) == (137, f"jconsole: {jail.name}: the jail was out of memory\n".encode())
        assert alive(jinit)
    assert jail.run("echo", "room", check=0).stdout == b"room\n"
    done = jail.run("sh", "-c", "kill -9 $$")
    assert (done.returncode, done.stderr) == (137, b""), "that was somebody else"


def test_a_hook_that_the_kernel_took_is_said_to_be_one(full):
    jail, jinit = full
    pathlib.Path(f"/proc/{jinit}/root/dev/shm/full").unlink()
    jail.write(exec__stop="tail /dev/zero")
    done = jail.verb("stop", check=1)
    assert f"{jail.name}: tail /dev/zero: exited on signal 9, for the jail was out of memory; ".encode() in done.stderr
    jail.write(exec__stop="kill -9 $$")
    assert b"exited on signal 9; " in jail.verb("stop", check=1).stderr, "that was somebody else"
    jail.write()


def test_what_the_kernel_is_told(router, root, folder):
    jail = Jail(router, root, folder)
    jail.start()
    scores = {}
    for pid in wait_for(lambda: [pid for pid in children(router.pid) if name_of(pid) in ("jinit", "jkeeper")], "them"):
        scores[name_of(pid)] = int(pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text())
    may_lower = int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("CapEff")), 16) >> 24 & 1
    assert scores.get("jinit") == (-1000 if may_lower else 0)
    assert scores.get("jkeeper", scores["jinit"]) == (-500 if may_lower else 0)
    assert jail.sh("cat /proc/self/oom_score_adj") == ("0\n" if may_lower else "100\n")
    jail.stop()
