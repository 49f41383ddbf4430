"""`./run demo`, as root and as an ordinary user, on what is built already."""

import os
import shutil
import subprocess

import pytest

from conftest import BUILD, TOP, command_of, ours, wait_for
from test_rootless import UID

pytestmark = pytest.mark.skipif(BUILD != TOP / "build/release", reason="./run demo is of build/release")

# Twice, and then down again. The folders of the system are this process's own.
AS_ROOT = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mkdir /run/lock
./run demo -- hostname </dev/null
./run demo -- sh -c 'hostname; exit 7' </dev/null || echo "status $?"
build/release/bin/jconsole stop -f /var/lib/jconsole/demo.conf demo
"""


@pytest.fixture(scope="module", autouse=True)
def built():
    if not os.access(TOP / "build/release", os.W_OK):
        pytest.skip("building writes to build/release, which is another user's")
    subprocess.run([TOP / "run", "build"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


@pytest.fixture(autouse=True)
def end_routers(leaks):
    yield
    end_every_router()


def end_every_router():
    def routers():
        return [pid for pid in ours() if "/jrouterd " in command_of(pid)]

    wait_for(lambda: [os.kill(pid, 15) for pid in routers()] == [], "the router's end")


@pytest.mark.skipif(os.geteuid() != 0, reason="it takes root to have folders of the system of one's own")
def test_as_root():
    done = subprocess.run(["unshare", "--mount", "sh", "-c", AS_ROOT], cwd=TOP, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    assert done.stdout == "demo.jail\ndemo.jail\nstatus 7\nthe jail demo goes down\ndemo: removed\n", done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("runtime", [True, False])
def test_as_an_ordinary_user(folder, runtime):
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, UID, UID)
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    if runtime:
        (folder / "runtime").mkdir(mode=0o700)
        os.chown(folder / "runtime", UID, UID)
        environment["XDG_RUNTIME_DIR"] = str(folder / "runtime")

    def run(*words):
        return subprocess.run([TOP / "run", "demo", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=300, user=UID, group=UID, extra_groups=[],
                              env=environment)

    first = run("--", "hostname")
    assert (first.stdout, first.returncode) == ("demo.jail\n", 0), first.stderr
    second = run("--", "sh", "-c", "hostname; exit 7")
    assert (second.stdout, second.stderr, second.returncode) == ("demo.jail\n", "", 7)
    subprocess.run([TOP / "build/release/bin/jconsole", "stop", "-f", home / ".local/share/jconsole/demo.conf", "demo"],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, user=UID, group=UID, extra_groups=[],
                   env=environment, check=True)
    if not runtime:
        end_every_router()
        shutil.rmtree(f"/tmp/jconsole-{UID}")
