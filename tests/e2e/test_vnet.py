"""A jail with a network of its own, hence with a user namespace: what its users need works as in any other jail."""

import os
import re
import shutil
import subprocess

import pytest

from conftest import with_usr
from test_jails import Jail, jinit_of, make_jail  # noqa: F401

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can connect it")

CABLE = f"jct{os.getpid()}"  # on the host; in the jail it is jct0


def ip(*words):
    return subprocess.run(["ip", *words], stdout=subprocess.PIPE, check=True, text=True).stdout


def with_programs(root):
    """The host's /usr, for `python3`, and its `ip` in the place of busybox's."""
    for name in ("bin/ip", "sbin/ip", "usr/bin/ip", "usr/sbin/ip"):
        (root / name).unlink(missing_ok=True)
    shutil.copy(os.path.realpath(shutil.which("ip")), root / "bin/ip")
    return with_usr(root)


CONNECT = f"""
set -e
ip link add {CABLE} type veth peer name {CABLE}x
ip link set {CABLE}x netns $JPID name jct0
ip addr add 192.0.2.1/24 dev {CABLE}
ip link set {CABLE} up
"""


@pytest.fixture
def connected(router, root, folder):
    """Makes a jail that is connected to the host as docs/jail-conf.md says: 192.0.2.1 there, 192.0.2.2 here."""
    made = []

    def make(hook="", mount=(), **parameters):
        (folder / "connect").write_text(CONNECT + hook)
        jail = Jail(router, root, folder, mount=[with_programs(root), *mount], exec__created=f"sh {folder}/connect", **parameters)
        jail.start()
        made.append(jail)
        jail.sh("ip addr add 192.0.2.2/24 dev jct0 && ip link set jct0 up")
        return jail

    yield make
    for jail in made:
        jail.stop()
    subprocess.run(["ip", "link", "delete", CABLE], stderr=subprocess.DEVNULL, check=False)


def test_its_root_rules_it(connected):
    jail = connected(vnet=True)
    jail.sh("ip link add va type veth peer name vb && ip addr add 198.51.100.1/24 dev va && ip link set va up && "
            "ip route add 203.0.113.0/24 dev va && ip link delete va && ip route add default via 192.0.2.1")
    assert jail.sh("readlink /proc/self/ns/user").strip() != os.readlink("/proc/self/ns/user")
    assert re.fullmatch(r"\s*0\s+0\s+4294967295\s*", jail.sh("cat /proc/self/uid_map"))


@pytest.mark.parametrize("allowed", [True, False])
def test_raw_sockets_and_reserved_ports(connected, allowed):
    jail = connected(vnet=True, allow__raw_sockets=allowed or None, allow__noreserved_ports=not allowed or None)
    jail.sh("ip link set lo up")
    ping = jail.run("ping", "-c", "1", "-W", "5", "192.0.2.2")  # itself: a host may answer nobody
    assert (ping.returncode == 0 and b"1 packets received" in ping.stdout) == allowed, (ping.stdout, ping.stderr)
    bind = jail.run("python3", "-c", "import socket; socket.socket().bind(('192.0.2.2', 80))")
    assert (bind.returncode == 0) == allowed, bind.stderr


SHOW_IDS = "import os; print(os.geteuid(), os.getegid())"
# A raw socket takes CAP_NET_RAW.
RAW = "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print(1)"


def test_setuid_programs_and_file_capabilities(connected, root):
    jail = connected(vnet=True, allow__raw_sockets=True)
    python = shutil.copy(os.path.realpath("/usr/bin/python3"), root / "bin/python")
    assert jail.run("python", "-c", RAW, check=0).stdout == b"1\n"

    def as_demo(script):
        done = jail.router.run("-u", "demo", jail.name, "--", "python", "-c", script)
        return done.returncode, done.stdout

    assert as_demo(SHOW_IDS) == (0, b"1000 1000\n") and as_demo(RAW)[0] != 0
    jail.sh("chown 0:5 /bin/python; chmod 6755 /bin/python")
    assert as_demo(SHOW_IDS) == (0, b"0 5\n")
    # What the jail's root writes, and what the host's does: VFS_CAP_REVISION_2, effective, CAP_NET_RAW.
    capability = (0x02000001).to_bytes(4, "little") + (1 << 13).to_bytes(4, "little") + bytes(12)
    write = f"import os; os.setxattr('/bin/python', 'security.capability', {capability})"
    for writer in (lambda: jail.run("python", "-c", write, check=0), lambda: os.setxattr(python, "security.capability", capability)):
        jail.sh("chmod 755 /bin/python")
        writer()
        assert as_demo(RAW) == (0, b"1\n")
        os.removexattr(python, "security.capability")
        assert as_demo(RAW)[0] != 0


def test_what_a_hook_sets_in_its_network(connected):
    knobs = {"net.ipv4.ip_forward": "1", "net.ipv4.ping_group_range": "0\t4294967294", "net.ipv4.ip_unprivileged_port_start": "0",
             "net.ipv6.conf.all.forwarding": "1"}
    jail = connected(vnet=True, hook="\n".join(
        f"nsenter -t $JPID -n sh -c 'echo \"{value}\" >/proc/sys/{name.replace('.', '/')}'" for name, value in knobs.items()))
    for name, value in knobs.items():
        assert jail.sh(f"cat /proc/sys/{name.replace('.', '/')}") == value + "\n"
    assert b"Read-only file system" in jail.run("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward").stderr


def test_its_other_file_systems(connected, root):
    for name in ("cg", "q"):
        (root / name).mkdir()
    jail = connected(vnet=True, mount=["x $path/sys linsysfs ro 0 0", "x $path/q mqueue rw 0 0",
                                       "x $path/tmp tmpfs size=1m 0 0"])
    assert jail.sh("ls /sys/class/net").split() == ["jct0", "lo"]
    jail.sh("echo x >/tmp/x; chown 1000 /tmp/x; echo >/dev/null; echo >/dev/shm/x; ls /q")
    assert jail.router.run("-t", jail.name, "--", "tty", check=0).stdout == b"/dev/pts/0\r\n"
    assert jail.router.run("check", jail.name, check=0).stdout


def test_it_is_told(connected):
    jail = connected(**{"linux.namespaces": ["fs", "ipc", "pid", "uts", "cgroup", "net"]})
    row = jail.router.run("ls", "jid", "linux.namespaces", "vnet", check=0)
    assert row.stdout.decode().split()[-2:] == ["fs,ipc,pid,uts,net,user,cgroup", "new"]
    assert jail.router.run("-u", "demo", f"pid:{jinit_of(jail)}", "--", "id", "-u", check=0).stdout == b"1000\n"


def test_with_the_hosts_pids(connected):
    """proc and sysfs, which the kernel gives to no user namespace for what that does not own."""
    jail = connected(mount=["x $path/sys linsysfs ro 0 0"], **{"linux.namespaces": ["fs", "uts", "cgroup", "net"]})
    assert jail.sh("readlink /proc/self/ns/pid").strip() == os.readlink("/proc/self/ns/pid")
    assert b"Read-only" in jail.run("sh", "-c", "echo 1 >/proc/sys/kernel/printk").stderr
    assert jail.sh("ls /sys/class/net").split() == ["jct0", "lo"]


def test_what_cannot_work_in_it_is_refused(make_jail):  # noqa: F811
    done = make_jail(vnet=True, allow__settime=True, allow__raw_sockets=True).verb("start", check=1)
    assert done.stderr.decode().partition(": ")[2] == (
        "allow.settime: not supported on Linux (the kernel grants it in no user namespace, which a jail with a network of "
        "its own has)\n")


@pytest.mark.parametrize("error", ["ENOSPC", "EPERM"])
def test_where_no_user_namespace_can_be_made_one_line_says_so(make_router, twin, root, folder, error):
    folder.chmod(0o700)
    jail = Jail(make_router(twin, environment={"JCONSOLE_TWIN": f"jstarter/clone3:1:{error}"}), root, folder, vnet=True)
    done = jail.verb("start", check=1)
    assert re.fullmatch(rf"{jail.name}: make namespaces: [^\n;]+; [^\n]*user\.max_user_namespaces[^\n]*\n", done.stderr.decode())
