"""A tenant who fills his jail with processes."""

import pathlib
import subprocess

import pytest

from test_jails import Jail, make_jail  # noqa: F401: a fixture

FULL = "Resource temporarily unavailable|can't fork"
BOMB = "while :; do sleep 1000 & done >/dev/null 2>&1"
CLOSED = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}


def limit_of(jail):
    for directory in jail.cgroups():
        if (directory / "pids.max").exists():
            return directory
    pytest.skip("no pids controller can be used here")


def fill(jail):
    """Its shell ends when it can make no more, and whoever enters then is the last that there may be."""
    jail.run("sh", "-c", BOMB)
    limit = limit_of(jail)
    assert int((limit / "pids.current").read_text()) == int((limit / "pids.max").read_text()) - 1


@pytest.fixture
def full(make_jail):
    """A jail with the limit that it has by itself, and all of the processes that it may have."""
    jail = make_jail(exec__stop="/bin/cp /etc/group /tmp/stopped")
    jail.start()
    fill(jail)
    return jail


def test_a_fork_bomb_is_bounded(full, make_jail):
    limit = limit_of(full)
    assert (limit / "pids.max").read_text() == "2048\n"
    other = make_jail()
    other.start()
    assert other.sh("echo $(echo lives)") == "lives\n"
    # The host gets in: nothing that the jail does keeps it out.
    assert full.run("cat", "/proc/1/comm", check=0).stdout == b"jinit\n"
    done = full.run("sh", "-c", "true & wait")
    assert done.returncode != 0 and b"fork" in done.stderr


@pytest.mark.parametrize("verb", ["stop", "kill", "kill -f"])
def test_a_full_jail_ends(full, verb):
    words = [*verb.split(), *(["-f", full.config] if verb == "stop" else []), full.name]
    done = full.router.run(*words, check=0)
    assert f"{full.name}: removed\n" in done.stdout.decode()
    if verb == "stop":
        assert (full.root / "tmp/stopped").read_text() == (full.root / "etc/group").read_text()


def test_the_limit_is_out_of_the_jails_reach(make_jail, root):
    """Its cgroup namespace begins below it, and what the jail is shown of cgroups lifts nothing."""
    (root / "cg").mkdir()
    jail = make_jail(linux__pids_max=100, mount=f"cgroup2 {root}/cg cgroup2 rw 0 0")
    jail.start()
    assert (limit_of(jail) / "pids.max").read_text() == "100\n"
    assert "0::/\n" in jail.sh("cat /proc/self/cgroup")
    members = [path for path in jail.cgroups() if (path / "members").exists()]
    inside = jail.run("sh", "-c", "echo $$; exec sleep 1000 >/dev/null 2>&1 &", check=0)
    assert inside.stdout and (members[0] / "members/cgroup.procs").read_text().strip()
    assert [int(pid) for pid in (members[0] / "cgroup.procs").read_text().split()] != []
    jail.run("sh", "-c", """for f in $(find / -xdev -name pids.max; find /cg /sys -name pids.max); do echo max >$f; done
                            mkdir /cg/out; echo +pids >/cg/cgroup.subtree_control; echo $$ >/cg/out/cgroup.procs
                            echo max >/cg/out/pids.max; echo $$ >/cg/cgroup.procs; echo $$ >/cg/../cgroup.procs""")
    jail.run("sh", "-c", BOMB)
    limit = limit_of(jail)
    assert (limit / "pids.max").read_text() == "100\n"
    assert 90 < int((limit / "pids.current").read_text()) <= 100


@pytest.mark.parametrize("value, expected", [("0", None), ("7", "7\n")])
def test_a_limit_of_ones_own(make_jail, value, expected):
    jail = make_jail(linux__pids_max=value)
    jail.start()
    found = [(path / "pids.max").read_text() for path in jail.cgroups() if (path / "pids.max").exists()]
    assert found == ([expected] if expected else [])
    for word in ("-1", "x", "4194305"):
        jail.write(linux__pids_max=word)
        assert jail.verb("restart").returncode == 1
        jail.write(linux__pids_max=value)


def test_the_limit_is_found_again(make_jail):
    """By the router that comes after one that was killed: it removes what was made for it."""
    jail = make_jail()
    jail.start()
    limit = limit_of(jail)
    jail.router.process.kill()
    jail.router.process.wait()
    jail.router.start()
    assert jail.sh("echo in") == "in\n"
    jail.stop()
    assert not limit.exists()


def test_a_jail_with_the_hosts_pids_is_limited_too(make_jail):
    jail = make_jail(linux__namespaces=["fs", "ipc", "uts", "cgroup"], mount__procfs=False, linux__pids_max=20)
    jail.start()
    limit = limit_of(jail)
    fill(jail)
    jail.router.run("kill", "-kf", jail.name, check=0)
    assert not pathlib.Path(limit).exists()


def test_a_limit_that_cannot_be_set_is_refused(make_router, twin, root, folder):
    """It was asked for. What nobody asked for is told with -v."""
    router = make_router(twin, environment={"JCONSOLE_TWIN": "jstarter/mkdirat:*:EROFS"})  # no cgroup at all
    jail = Jail(router, root, folder, linux__pids_max=100, mount__devfs=None, mount__procfs=None)
    done = jail.verb("start", check=1)
    assert "linux.pids_max: not supported on Linux (no pids controller" in done.stderr.decode()
    jail.write(mount__devfs=None, mount__procfs=None)
    done = jail.verb("start", "-v", check=0)
    assert f"{jail.name}: its processes are not limited: no pids controller" in done.stdout.decode()
    jail.stop()
