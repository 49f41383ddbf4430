"""What is read of a jail at each attach is its own to choose: none of it may be taken from the host."""

import ctypes
import os
import pathlib

import pytest

from conftest import wait_for
from test_attach import one_line
from test_jails import Jail

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the kernel's messages are for root to read")

SIZE_UNREAD = 9  # syslog(2)
MESSAGES = ["/proc/kmsg", "/proc/sys/../kmsg", "../proc/kmsg"]
OTHERS = ["/proc/1/environ", "/proc/kallsyms", "/proc/sys/kernel/hostname", "/sys/kernel/mm/transparent_hugepage/enabled",
          "/dev/pts/ptmx", "/dev/random"]


def unread():
    size = ctypes.CDLL(None, use_errno=True).klogctl(SIZE_UNREAD, None, 0)
    if size < 0:
        pytest.skip("the kernel's messages cannot be asked for here")
    return size


def refused(jail):
    for way in ("-t", "-T"):
        line = one_line(jail.router.run(way, jail.name, "--", "true"), jail.name)
        assert "/etc/" in line and "replace it in the jail" in line


@pytest.fixture
def jail(router, root, folder):
    made = Jail(router, root, folder, mount="sysfs $path/sys sysfs ro 0 0")
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("file", ["passwd", "group"])
@pytest.mark.parametrize("target", MESSAGES)
def test_the_kernels_messages_stay_the_hosts(jail, root, file, target):
    pathlib.Path("/dev/kmsg").write_text("a line that the host has not read yet\n")
    before = wait_for(unread, "an unread message")
    (root / "etc" / file).unlink()
    (root / "etc" / file).symlink_to(target)
    refused(jail)
    assert unread() >= before


@pytest.mark.parametrize("target", OTHERS)
def test_what_the_kernel_makes_up_is_no_file_of_a_jail(jail, root, target):
    (root / "etc/passwd").unlink()
    (root / "etc/passwd").symlink_to(target)
    refused(jail)
