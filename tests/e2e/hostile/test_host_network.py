"""Root of a jail with a network of its own: it rules that one, and not the host's, though it can name the host's."""

import os
import re
import subprocess

import pytest

from test_vnet import connected, ip  # noqa: F401

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="jails with the host's uids are root's")

# What `ip` has no words for: RTM_DELLINK of a name in the namespace that has this number here.
DELETE = """
import socket, struct, sys
IFLA_IFNAME, IFLA_TARGET_NETNSID, RTM_DELLINK, REQUEST_ACK = 3, 46, 17, 5
def attribute(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)
body = bytes(16) + attribute(IFLA_IFNAME, sys.argv[2].encode() + b"\\0")
body += attribute(IFLA_TARGET_NETNSID, struct.pack("i", int(sys.argv[1])))
netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
netlink.send(struct.pack("IHHII", 16 + len(body), RTM_DELLINK, REQUEST_ACK, 1, 0) + body)
print(-struct.unpack("i", netlink.recv(4096)[16:20])[0])
"""

# The network namespaces of the sockets of jinit, which were made on the host, and what one can do in those.
STEAL = """
import ctypes, os, subprocess
libc = ctypes.CDLL(None, use_errno=True)
PIDFD_OPEN, PIDFD_GETFD, SIOCGSKNS = 434, 438, 0x894C
process = libc.syscall(PIDFD_OPEN, 1, 0)
for number in range(64):
    stolen = libc.syscall(PIDFD_GETFD, process, number, 0)
    space = libc.ioctl(stolen, SIOCGSKNS) if stolen >= 0 else -1
    if space < 0:
        continue
    if os.fstat(space).st_ino != os.stat("/proc/self/ns/net").st_ino:
        print("a namespace of the host's")
    os.set_inheritable(space, True)
    path = f"/proc/{os.getpid()}/fd/{space}"
    for words in ("add jctout type veth peer name jctenant netns", "set jct0 netns"):
        subprocess.run(["ip", "link", *words.split(), path], close_fds=False)
"""


def links():
    """What an intruder would change of the host's; whether a cable is up changes by itself."""
    return re.findall(r"^(\d+: \S+): .* (mtu \d+) ", ip("-o", "link"), re.MULTILINE)


@pytest.fixture
def bridge():
    name = f"jcb{os.getpid()}"
    ip("link", "add", name, "type", "bridge")
    ip("link", "set", name, "up")
    yield name
    subprocess.run(["ip", "link", "delete", name], stderr=subprocess.DEVNULL, check=False)


@pytest.mark.parametrize("parameters", [
    {"vnet": True},
    {"linux.namespaces": ["fs", "ipc", "pid", "uts", "cgroup", "net"]},
    {"vnet": True, "linux.namespaces": ["fs", "uts", "cgroup", "net"]},
    {"vnet": True, "children.max": 1},
    {"vnet": True, "allow.raw_sockets": True, "allow.routing": True}])
def test_links_of_the_host_are_neither_made_nor_deleted(connected, bridge, root, parameters):  # noqa: F811
    jail = connected(**parameters)
    for name, text in {"delete": DELETE, "steal": STEAL}.items():
        (root / "tmp" / name).write_text(text)
    index = ip("-o", "link", "show", bridge).partition(":")[0]
    assert "link-netnsid 0" in jail.sh("ip link show jct0"), "the host's network has a number here"
    before = links()
    for kind in ("macvlan", "ipvlan", "vlan id 7"):
        done = jail.run("sh", "-c", f"ip link add jctenant link-netnsid 0 link if{index} type {kind}")
        assert done.returncode != 0, kind
        assert re.search(rb"not permitted|denied|Unknown device type", done.stderr), done.stderr
    assert jail.sh(f"python3 /tmp/delete 0 {bridge}").strip() in ("1", "13")  # EPERM, EACCES
    assert "a namespace of the host's" not in jail.run("python3", "/tmp/steal").stdout.decode()
    assert links() == before
    jail.sh("ip link add va type veth peer name vb && ip link delete va")
