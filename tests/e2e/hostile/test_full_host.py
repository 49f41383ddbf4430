"""A host that has no room for another process: a jail is killed all the same, by the router itself."""

import os
import pathlib

import pytest

from conftest import alive, children, name_of, wait_for
from test_jails import make_jail, jinit_of  # noqa: F401: a fixture

PIDS = pathlib.Path("/sys/fs/cgroup/pids")


@pytest.fixture
def crowd(router):
    """The router with its workers in a cgroup that has room for no other process: what a full table is to it."""
    if not os.access(PIDS / "cgroup.procs", os.W_OK):
        pytest.skip("there is no hierarchy of version 1 that counts processes")
    made = PIDS / f"crowd{os.getpid()}"

    def close():
        made.mkdir()
        for pid in [router.pid, *children(router.pid)]:
            (made / "cgroup.procs").write_text(str(pid))
        (made / "pids.max").write_text("1")

    close.open = lambda: (made / "pids.max").write_text("max")
    yield close
    if made.exists():
        close.open()
        router.stop()
        wait_for(lambda: not (made / "cgroup.procs").read_text(), "the end of the router")
        made.rmdir()


@pytest.mark.parametrize("space", [["fs", "pid", "uts", "ipc", "cgroup"], ["fs", "uts", "ipc", "cgroup"]],
                         ids=["own pids", "shared pids"])
@pytest.mark.parametrize("frozen", [False, True])
def test_kill_by_force_needs_no_process(make_jail, router, crowd, space, frozen):
    jail = make_jail(exec__start="sleep 1000 >/dev/null 2>&1 &", mount__procfs=False, **{"linux.namespaces": space})
    jail.start()
    wait_for(lambda: not [pid for pid in children(router.pid) if name_of(pid) == "jstarter"], "the starter's end")
    jinit = jinit_of(jail)
    members = [path / "members/cgroup.procs" for path in jail.cgroups() if (path / "members").exists()]
    inside = [int(pid) for file in members for pid in file.read_text().split()]
    if frozen:
        freezers = [path / "cgroup.freeze" for path in jail.cgroups() if (path / "cgroup.freeze").exists()]
        if not freezers:
            pytest.skip("jails have no cgroup of version 2 here")
        freezers[0].write_text("1")
    crowd()
    refused = router.run("kill", jail.name)
    assert refused.returncode != 0 and b"Resource temporarily unavailable" in refused.stderr
    assert alive(jinit)
    done = router.run("kill", "-f", jail.name, check=0)
    assert done.stdout.decode() == f"{jail.name}: removed\n"
    assert not alive(jinit)
    wait_for(lambda: not any(map(alive, inside)), "the end of what ran in it")
    assert jail.cgroups() != []  # nobody can remove them yet
    crowd.open()
    wait_for(lambda: jail.cgroups() == [], "what it has left")


def test_the_worker_that_a_jail_may_need_stays(make_jail, make_router, router):
    """Without a jail one leaves that has had nothing to do for a while; by then so has the one that was there before."""
    make_jail().start()
    before = wait_for(router.workers, "a worker")
    other = make_router()
    other.run("ls", check=0)
    wait_for(other.workers, "the worker of a router without a jail")
    wait_for(lambda: not other.workers(), "its end")
    assert router.workers() == before


def test_what_does_not_run_is_not_found(make_jail, router, crowd):
    jail = make_jail()
    jail.start()
    jail.stop()
    wait_for(lambda: router.workers(), "a worker")
    crowd()
    done = router.run("kill", "-f", jail.name)
    assert done.returncode == 255 and b"Resource temporarily unavailable" in done.stderr
