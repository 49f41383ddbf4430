"""What no namespace confines, tried from inside: each row of the table in docs/security.md."""

import contextlib
import os
import re
import shutil
import subprocess

import pytest

from conftest import BUILD, TOP, make_root
from test_jails import Jail

OWN_IDS = ["fs", "ipc", "pid", "uts", "cgroup", "user"]
# Arguments with which a call that is let through comes to an error of its own, or to nothing.
ARGUMENTS = {"personality": ["0x400000"], "socket": ["40", "1", "0"], "syslog": ["99", "0", "0"],
             "clock_settime": ["0", "0"], "settimeofday": ["1", "0"], "setns": ["0", "0"]}
# What the kernel itself answers then, where a parameter has lifted the refusal.
LIFTED = {"clock_settime": "EFAULT", "settimeofday": "EFAULT", "syslog": "EINVAL"}


def table():
    """(call, answer, parameter that lifts it or None), for each call of the table."""
    rows = []
    for line in (TOP / "docs/security.md").read_text().splitlines():
        if found := re.match(r"\| (`\w+`(?:, `\w+`)*) \| ([A-Z]+) \|.*\|([^|]*)\|$", line):
            lifts = re.findall(r"`([\w.]+)`", found[3])
            rows += [(call, found[2], lifts[0] if lifts else None) for call in re.findall(r"`(\w+)`", found[1])]
    assert len(rows) > 20, rows
    return rows


def with_program(root):
    shutil.copy(BUILD / "tests/system_call", root / "bin/system_call")
    return root


def script(calls):
    return "\n".join(f"echo {call} $(system_call {call} {' '.join(ARGUMENTS.get(call, ['-1'] * 5))})" for call in calls)


def answers(jail, calls):
    return [tuple(line.split()) for line in jail.sh(script(calls)).splitlines()]


@pytest.mark.parametrize("parameters", [
    {}, {"children.max": 5}, {"linux.namespaces": OWN_IDS}, {"linux.namespaces": ["fs", "uts", "cgroup"]}])
def test_the_table_is_true(router, root, folder, parameters):
    jail = Jail(router, with_program(root), folder, **parameters)
    jail.start()
    rows = table()
    assert answers(jail, [call for call, _, _ in rows]) == [(call, answer) for call, answer, _ in rows]
    jail.stop()


def test_it_is_true_of_what_exec_start_runs(router, root, folder):
    rows = table()
    jail = Jail(router, with_program(root), folder, exec__start=f"({script([call for call, _, _ in rows])}) >/tmp/answers")
    jail.start()
    said = [tuple(line.split()) for line in (root / "tmp/answers").read_text().splitlines()]
    assert said == [(call, answer) for call, answer, _ in rows]
    jail.stop()


def test_parameters_lift_it(router, root, folder):
    jail = Jail(router, with_program(root), folder, **{"allow.settime": True, "allow.read_msgbuf": True})
    jail.start()
    lifted = [call for call, _, parameter in table() if parameter]
    assert dict(answers(jail, lifted)) == LIFTED
    jail.stop()


def test_what_is_usual_is_let_through(router, root, folder):
    jail = Jail(router, with_program(root), folder)
    jail.start()
    for words, answer in {"personality 0xffffffff": "0", "personality 0x40000": "0", "socket 1 1 0": "0",
                          "socket 2 1 0": "0", "socket 10 1 0": "0"}.items():
        assert jail.sh(f"system_call {words}") == answer + "\n", words
    jail.stop()


def test_without_a_pid_namespace_it_drives_no_process_of_the_hosts(router, root, folder):
    jail = Jail(router, with_program(root), folder, **{"linux.namespaces": ["fs", "uts", "ipc", "cgroup"]})
    jail.start()
    calls = {"ptrace": f"16 {os.getpid()} 0 0", "process_vm_readv": f"{os.getpid()} 0 0 0 0 0",
             "process_vm_writev": f"{os.getpid()} 0 0 0 0 0", "pidfd_getfd": "0 0 0", "process_madvise": "0 0 0 4 0",
             "kcmp": f"{os.getpid()} {os.getpid()} 1 0 0"}
    for call, words in calls.items():
        assert jail.sh(f"system_call {call} {words}") == "EPERM\n", call
    jail.stop()


@contextlib.contextmanager
def secret_of_root():
    """A key of the host's root that any process of that uid may read, as `keyctl add user` makes it: its number."""
    add = "import ctypes; print(ctypes.CDLL(None, use_errno=True).syscall(248, b'user', b'jconsole-test', b'x', 1, -4))"
    number = subprocess.run(["/usr/bin/python3", "-c", add], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    if os.uname().machine != "x86_64" or number == "-1":
        pytest.skip("this kernel has no keys, or other numbers for its calls")
    yield number
    forget = f"import ctypes; ctypes.CDLL(None).syscall(250, 9, {number}, -4)"
    subprocess.run(["/usr/bin/python3", "-c", forget], check=True)


@pytest.mark.parametrize("namespaces", [OWN_IDS[:-1], OWN_IDS], ids=["same", "mapped"])
def test_keys_of_the_host_cannot_be_read(router, root, folder, namespaces):
    jail = Jail(router, with_program(root), folder, **{"linux.namespaces": namespaces})
    jail.start()
    with secret_of_root() as number:
        # KEYCTL_DESCRIBE, KEYCTL_READ and KEYCTL_LINK of it, and KEYCTL_SEARCH in the user's keyring.
        for words in (f"6 {number} 0 0", f"11 {number} 0 0", f"8 {number} -3", "10 -4 0 0 0"):
            assert jail.sh(f"system_call keyctl {words}") == "ENOSYS\n", words
    assert jail.sh("cat /proc/keys") == ""
    jail.stop()
