"""Two jails that help each other: one gives away its user namespace, and the other's root is who made that for the kernel."""

import os
import subprocess

import pytest

from test_jails import make_jail  # noqa: F401
from test_vnet import with_programs

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="jails with the host's uids are root's")

GIVE = """
import array, ctypes, os, socket
libc = ctypes.CDLL(None)
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind("/mnt/socket")
    listener.listen(1)
    print("ready", flush=True)
    taker, _ = listener.accept()
files = [os.open(f"/proc/self/ns/{name}", os.O_RDONLY) for name in ("user", "mnt", "net")] + [libc.syscall(434, os.getpid(), 0)]
taker.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))])
taker.recv(1)
"""
# What leads to the host's root: the namespaces, then what a start has made read-only uncovered, then a program for the kernel to run.
TAKE = """
import array, ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
giver = socket.socket(socket.AF_UNIX)
giver.connect("/mnt/socket")
files = array.array("i")
files.frombytes(giver.recvmsg(1, socket.CMSG_SPACE(16))[1][0][2])
user, mounts, network, process = files
NEWNS, NEWUSER, NEWNET = 0x20000, 0x10000000, 0x40000000
for file, kind in [(user, 0), (user, NEWUSER), (process, NEWUSER), (process, NEWUSER | NEWNS), (mounts, NEWNS), (network, NEWNET)]:
    print(errno.errorcode.get(ctypes.get_errno()) if libc.setns(file, kind) else "joined", end=" ")
libc.setns(mounts, NEWNS)
print("uncovered" if libc.umount2(b"/proc/sys", 2) == 0 else "covered", end=" ")
try:
    pattern = open("/proc/sys/kernel/core_pattern").read()
    open("/proc/sys/kernel/core_pattern", "w").write(pattern)
    print("written")
except OSError as error:
    print(errno.errorcode[error.errno])
giver.send(b"x")
"""


@pytest.mark.parametrize("other", [{"vnet": True}, {"linux.namespaces": ["fs", "ipc", "pid", "uts", "cgroup", "user"]}], ids=["vnet", "user"])
def test_root_of_one_jail_has_no_power_in_anothers(router, make_jail, root, folder, other):  # noqa: F811
    (root / "mnt").mkdir()
    (folder / "shared").mkdir()
    mounts = [with_programs(root), f"{folder}/shared $path/mnt nullfs rw 0 0"]
    for name, text in {"give": GIVE, "take": TAKE}.items():
        (folder / "shared" / name).write_text(text)
    giver = make_jail(mount=mounts, **other)
    taker = make_jail(mount=mounts, children__max=1)
    giver.start()
    taker.start()
    giving = router.popen(giver.name, "--", "python3", "/mnt/give", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert giving.stdout.readline() == b"ready\n"
    assert taker.run("python3", "/mnt/take", check=0).stdout.decode().split() == ["EPERM"] * 6 + ["covered", "EROFS"]
    assert giving.wait(30) == 0
    # What it makes itself it may use.
    assert taker.sh("unshare -U -r -n sh -c 'ip link set lo up && id -u'") == "0\n"
