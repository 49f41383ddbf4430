"""What all jails and the host share, taken by one jail until nothing is left."""

import contextlib
import os
import pathlib
import subprocess

import pytest

from conftest import with_usr
from test_jails import Jail, make_jail  # noqa: F401

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root's jails")

# Seven terminals for each shell, which has no descriptor above 9 of its own.
TAKE = """
exec 2>/tmp/errors
taken=0
while [ $taken -lt %d ]; do
    true >/tmp/count
    (for n in 3 4 5 6 7 8 9; do eval "exec $n<>/dev/ptmx" && echo || exit; done; exec sleep 1000 >/dev/null) >>/tmp/count &
    while [ $(wc -l </tmp/count) -lt 7 ] && kill -0 $! 2>/dev/null; do :; done
    taken=$((taken + $(wc -l </tmp/count)))
    kill -0 $! 2>/dev/null || break
done
echo $taken
"""


def number_of(sysctl):
    return int(pathlib.Path("/proc/sys/kernel/pty", sysctl).read_text())


def host_terminal():
    master = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY)
    os.close(master)


def take(jail, most):
    return int(jail.sh(TAKE % most))


def test_a_jail_takes_no_more_terminals_than_it_may(make_jail):
    jail, other = make_jail(linux__pty_max=20), make_jail()
    jail.start()
    other.start()
    assert jail.sh("grep devpts /proc/self/mounts").count("max=20") == 1
    before = number_of("nr")
    assert take(jail, 100) == 20
    assert number_of("nr") <= before + 20
    assert "No space left on device" in jail.sh("cat /tmp/errors")
    assert other.router.run("-t", other.name, "--", "tty", check=0).stdout == b"/dev/pts/0\r\n"
    host_terminal()
    # Its own console is what it has taken from itself; it is entered and ended all the same.
    assert jail.run("echo", "entered", check=0).stdout == b"entered\n"
    jail.stop()
    assert number_of("nr") <= before


def test_by_default_twelve_jails_are_needed_and_the_host_keeps_its_own(router, root, folder, request):
    """Each takes what it can get. With --soak until none of them gets any more: what is reserved is the host's."""
    jails = []
    try:
        for _ in range(14 if request.config.getoption("--soak") else 1):
            jails.append(Jail(router, root, folder))
            jails[-1].start()
            wanted = 300 if request.config.getoption("--soak") else 8
            taken = take(jails[-1], wanted)
            assert taken <= 256 if wanted > 8 else taken >= 7
        assert "max=256" in jails[0].sh("grep devpts /proc/self/mounts")
        if request.config.getoption("--soak"):
            assert number_of("nr") >= number_of("max") - number_of("reserve") - 8
        host_terminal()
        assert router.run(jails[0].name, "--", "echo", "entered", check=0).stdout == b"entered\n"
    finally:
        for jail in jails:
            jail.stop()


@pytest.mark.parametrize("namespaces", [[], ["fs", "pid", "uts", "ipc", "cgroup", "user"]])
def test_its_memory_file_systems_have_an_end(make_jail, namespaces):
    jail = make_jail(linux__shm_size="8m", **({"linux__namespaces": namespaces} if namespaces else {}))
    jail.start()
    fill = "dd if=/dev/zero of=%s/big bs=1M count=64 2>&1 | grep -o 'No space left on device'; rm %s/big; "
    many = "mkdir %s/n; for i in $(seq 20000); do true >%s/n/$i || break; done 2>/dev/null; ls %s/n | wc -l; rm -r %s/n"
    for place, most in [("/dev/shm", 16384), ("/dev", 1024)]:
        full, files = jail.sh((fill + many).replace("%s", place)).splitlines()
        assert full == "No space left on device"
        assert 0 < int(files) < most
    assert "size=8192k" in jail.sh("grep /dev/shm /proc/self/mounts")
    jail.stop()


def test_the_default_of_shared_memory_is_no_share_of_the_hosts(make_jail):
    jail = make_jail()
    jail.start()
    assert "size=262144k,nr_inodes=16384" in jail.sh("grep /dev/shm /proc/self/mounts")
    with contextlib.suppress(FileNotFoundError):
        assert not [name for name in os.listdir("/dev/shm") if name.startswith(jail.name)]
    jail.stop()


# As an attacker writes it, in the Python that the jail was given.
QUEUES = """
import ctypes, os
libc, count = ctypes.CDLL(None, use_errno=True), 0
while libc.mq_open(b"/taken%d" % count, os.O_CREAT | os.O_RDWR, 0o600, None) >= 0:
    count += 1
print(count, os.strerror(ctypes.get_errno()), flush=True)
"""
TIMERS = """
import ctypes, os
libc, count = ctypes.CDLL(None, use_errno=True), 0
timer = ctypes.c_void_p()
while count < 1000000 and libc.timer_create(1, None, ctypes.byref(timer)) == 0:
    count += 1
print(count, os.strerror(ctypes.get_errno()), flush=True)
"""


@contextlib.contextmanager
def holding(jail, script):
    """What the jail got, which it holds."""
    holder = jail.router.popen(jail.name, "--", "python3", "-c", script + "input()", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield int(holder.stdout.readline().decode().split()[0])
    finally:
        holder.communicate(b"\n")


@pytest.mark.parametrize("parameters", [{}, {"vnet": True}], ids=["", "vnet"])
@pytest.mark.parametrize("script", [QUEUES, TIMERS])
def test_what_is_counted_by_user_is_left_to_the_same_user_of_the_host(make_jail, root, script, parameters):
    """In half: the jails hold all that they can get, one after the other, and the host's root gets as much."""
    usr = with_usr(root)
    jails = [make_jail(mount=usr, **parameters) for _ in range(2)]
    for jail in jails:
        jail.start()
    try:
        with holding(jails[0], script) as first, holding(jails[1], script) as second:
            left = subprocess.run(["python3", "-c", script], stdout=subprocess.PIPE, check=True).stdout.decode().split()[0]
    finally:
        subprocess.run(["python3", "-c", "import ctypes\nfor n in range(99): ctypes.CDLL(None).mq_unlink(b'/taken%d' % n)"], check=True)
    assert first > 0 and int(left) > 0.8 * (first + second), (first, second, left)
    for jail in jails:
        jail.stop()
