"""Starts and stops that are interrupted: what their hooks have begun ends with them."""

import os
import pathlib
import signal
import subprocess

import pytest

from conftest import PATIENCE, alive, children, command_of, name_of, wait_for
from test_jails import Jail, make_jail  # noqa: F401: a fixture

pytestmark = pytest.mark.asan


LONG = str(10_000_000 + os.getpid())  # seconds, which nobody else sleeps
LONGER = LONG + "0"


def running(word):
    """By all that there is: who has lost a parent is for a moment nobody's, as one looks at who has which children."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return sorted(pid for pid in pids if command_of(pid).split()[:2] == ["sleep", word] and alive(pid))


@pytest.fixture
def hook(folder):
    """A hook that tells that it has begun, begins another process that goes away from it, and ends much later."""

    def make(word=LONG):
        script = folder / f"hook{word}"
        script.write_text(f"echo begun >>{folder}/begun\nsetsid sleep {word} &\nsleep {word}\ntouch {folder}/X\n")
        return f"sh {script}"

    make.begun = lambda: (folder / "begun").exists() and len((folder / "begun").read_text().split())
    return make


def starter(router):
    return [pid for pid in children(router.pid) if name_of(pid) == "jstarter"]


@pytest.mark.parametrize("how", ["INT", "TERM", "KILL", "starter INT", "starter KILL", "starter TERM"])
@pytest.mark.parametrize("when", ["prepare", "prestart", "created", "poststart"])
def test_hooks_end_with_the_start(make_jail, hook, how, when):
    jail = make_jail(**{f"exec__{when}": hook()})
    client = jail.router.popen("start", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_for(lambda: hook.begun() == 1 and len(running(LONG)) == 2, "the hook")
    whom = starter(jail.router)[0] if how.startswith("starter") else client.pid
    os.kill(whom, getattr(signal, "SIG" + how.split()[-1]))
    client.communicate(timeout=PATIENCE)
    if how == "KILL":  # nobody has told the router to end the start
        os.kill(starter(jail.router)[0], signal.SIGTERM)
        wait_for(lambda: running(LONG) == [], "the end of the start")
    assert running(LONG) == []
    wait_for(lambda: not jail.record() and jail.cgroups() == [], "the end of the jail")


def test_the_next_start_does_not_run_beside_them(make_jail, hook):
    jail = make_jail(exec__prestart=hook())
    client = jail.router.popen("start", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_for(lambda: len(running(LONG)) == 2, "the hook")
    client.send_signal(signal.SIGINT)
    client.communicate(timeout=PATIENCE)
    jail.write(exec__prestart=f"sh -c 'pgrep -f \"[s]leep {LONG}\"; test $? = 1'")
    jail.start()


@pytest.mark.parametrize("words", [["kill", "-f"], ["kill", "-kf"], ["stop"]], ids=" ".join)
@pytest.mark.parametrize("when", ["created", "poststart"])
def test_a_start_ends_with_its_jail(make_jail, hook, words, when):
    """That of its hooks that is waited for is in vain."""
    jail = make_jail(**{f"exec__{when}": hook()})
    client = jail.router.popen("start", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_for(lambda: len(running(LONG)) == 2, "the hook")
    jail.router.run(*words, *([] if words[0] == "kill" else ["-f", jail.config]), jail.name, check=0)
    errors = client.communicate(timeout=PATIENCE)[1].decode()
    assert client.returncode == 1 and errors.endswith(": its jail has ended meanwhile\n"), errors
    assert running(LONG) == [] and not jail.record()
    wait_for(lambda: jail.cgroups() == [], "its cgroups")


def test_what_a_start_that_succeeds_has_begun_lives_on(make_jail, hook, folder):
    script = folder / "daemon"
    script.write_text(f"sleep {LONG} &\nsetsid sleep {LONG} &\n")
    jail = make_jail(exec__prestart=f"sh {script}", exec__poststart=f"sleep {LONG} &",
                     exec__poststop=f"sleep {LONGER} &")
    jail.start()
    begun = running(LONG)
    assert len(begun) == 3
    names = [path.name for path in jail.cgroups()]
    assert not [name for name in names if ":" in name], names
    jail.stop()
    assert running(LONG) == begun and len(running(LONGER)) == 1
    for pid in [*begun, *running(LONGER)]:
        os.kill(pid, signal.SIGKILL)


def test_what_a_start_that_fails_has_begun_ends(make_jail, hook, folder):
    script = folder / "daemon"
    script.write_text(f"setsid sleep {LONG} &\n")
    jail = make_jail(exec__prestart=f"sh {script}", exec__poststart="false")
    jail.verb("start", check=1)
    assert running(LONG) == [] and jail.cgroups() == []
    jail.write(exec__prestart=f"sleep {LONG}", exec__timeout=1)  # what is late has failed, too
    jail.verb("start", check=1)
    assert running(LONG) == []


def test_hooks_end_with_the_stop(make_jail, hook):
    jail = make_jail()
    jail.start()
    jail.write(exec__prestop=hook())
    client = jail.router.popen("stop", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    wait_for(lambda: len(running(LONG)) == 2, "the hook")
    client.send_signal(signal.SIGINT)
    client.communicate(timeout=PATIENCE)
    assert running(LONG) == [] and jail.record()
    jail.run("true", check=0)


def test_a_restart_that_is_ended_takes_its_stop_along(make_jail, hook):
    jail = make_jail()
    jail.start()
    jail.write(exec__prestop=hook())
    client = jail.router.popen("restart", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_for(lambda: len(running(LONG)) == 2, "the hook")
    client.send_signal(signal.SIGINT)
    client.communicate(timeout=PATIENCE)
    assert running(LONG) == [] and jail.record()


PIDS = pathlib.Path("/sys/fs/cgroup/pids")


@pytest.mark.parametrize("why", ["jid", "name"])
def test_a_start_that_fails_removes_only_what_it_has_made(make_jail, why):
    """The limit of processes in version 1 of cgroups, which another router's start has just made."""
    if not os.access(PIDS / "cgroup.procs", os.W_OK):
        pytest.skip("there is no hierarchy of version 1 that counts processes")
    running, failing = make_jail(), make_jail()
    running.start()
    if why == "name":
        failing = running
    else:
        failing.write(jid=running.record()["jid"])
    limit = PIDS / "jconsole" / failing.name
    limit.mkdir(parents=True, exist_ok=True)
    before = (limit / "cgroup.procs").read_text()
    for line in before.split():
        (PIDS / "cgroup.procs").write_text(line)
    try:
        failing.verb("start", check=1)
        assert limit.is_dir()
    finally:
        limit.rmdir()


def test_of_two_routers_one_runs_the_hooks_of_a_start(make_jail, make_router, root, folder, hook):
    jail = make_jail(exec__prestart=hook())
    other = Jail(make_router(), root, folder)
    other.name, other.config = jail.name, jail.config
    client = jail.router.popen("start", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_for(lambda: len(running(LONG)) == 2, "the hook")
    if not [path for path in jail.cgroups() if path.name.endswith(":start")]:
        pytest.skip("hooks have no cgroup here")
    refused = other.verb("start", check=1).stderr.decode()
    assert f"{jail.name}: another start of it is under way, perhaps another router's; 'fuser " in refused
    assert hook.begun() == 1 and len(running(LONG)) == 2
    client.send_signal(signal.SIGINT)
    client.communicate(timeout=PATIENCE)


# ---- a start that has made no jail yet, and a stop whose jail has gone


@pytest.mark.parametrize("words", [["kill"], ["kill", "-f"], ["kill", "-kf"], ["stop"]], ids=" ".join)
@pytest.mark.parametrize("when", ["prepare", "prestart"])
def test_a_start_is_ended_before_there_is_a_jail(make_jail, hook, words, when):
    jail = make_jail(**{f"exec__{when}": hook()})
    client = jail.router.popen("start", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_for(lambda: len(running(LONG)) == 2, "the hook")
    done = jail.router.run(*words, *([] if words[0] == "kill" else ["-f", jail.config]), jail.name, check=0)
    assert done.stdout.decode() == f"{jail.name}: what was under way of it was ended\n"
    assert running(LONG) == [] and jail.cgroups() == []
    jail.write()
    jail.start()  # the name is free
    errors = client.communicate(timeout=PATIENCE)[1].decode()
    assert client.returncode == 1 and errors.endswith(f"{jail.name}: it was ended by a {words[0]}\n"), errors
    assert jail.sh("echo up") == "up\n"


def test_a_stop_goes_on_when_its_jail_is_killed(make_jail, hook, folder):
    jail = make_jail()
    jail.start()
    jail.write(exec__prestop=hook(), exec__stop="touch /tmp/never", exec__poststop=f"touch {folder}/poststop")
    stop = jail.router.popen("stop", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
    wait_for(lambda: len(running(LONG)) == 2, "the hook")
    jail.router.run("kill", "-f", jail.name, check=0)
    errors = stop.communicate(timeout=PATIENCE)[1].decode()
    assert stop.returncode == 0 and errors.endswith(": its jail has ended meanwhile\n"), errors
    assert running(LONG) == [] and (folder / "poststop").exists() and not (jail.root / "tmp/never").exists()
    jail.write()
    jail.start()


def test_the_rest_of_a_stop_is_ended(make_jail, hook):
    jail = make_jail()
    jail.start()
    jail.write(exec__poststop=hook())
    stop = jail.router.popen("stop", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
    wait_for(lambda: len(running(LONG)) == 2, "the hook")
    jail.router.run("kill", "-f", jail.name, check=0)
    assert running(LONG) == [] and stop.wait(PATIENCE) == 1
    jail.write()
    jail.start()


# ---- what runs in a jail that lives on


@pytest.fixture
def inside(root):
    """A command for the jail: it begins another process that goes away from it, and one that follows it much later."""

    def make(word=LONG):
        script = root / "tmp/inside"
        script.write_text(f"echo begun >>/tmp/begun\nsetsid sleep {word} &\nsleep {word}\ntouch /tmp/X\n")
        return "sh /tmp/inside"

    make.begun = lambda: (root / "tmp/begun").exists() and len((root / "tmp/begun").read_text().split())
    yield make
    assert not (root / "tmp/X").exists()


def cgroup_of_commands(jail):
    """Whether commands in the jail have a cgroup: what has left their process group is ended by that."""
    return any(path.name == "members" for path in jail.cgroups() for path in path.iterdir())


@pytest.mark.parametrize("how", ["INT", "TERM", "starter KILL"])
def test_commands_in_the_jail_end_with_the_stop(make_jail, inside, how):
    jail = make_jail()
    jail.start()
    if not cgroup_of_commands(jail):
        pytest.skip("jails have no cgroup of version 2 here")
    jail.write(exec__stop=inside())
    for count in (1, 2):
        client = jail.router.popen("stop", "-f", jail.config, jail.name, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_for(lambda: inside.begun() == count and len(running(LONG)) == 2, "the command")
        whom = starter(jail.router)[0] if how.startswith("starter") else client.pid
        os.kill(whom, getattr(signal, "SIG" + how.split()[-1]))
        client.communicate(timeout=PATIENCE)
        assert running(LONG) == [] and jail.record()
    assert jail.sh("echo $(ls -d /proc/[0-9]* | wc -l)").strip() in ("3", "4", "5")
    jail.write()
    jail.stop()


def test_a_late_command_in_the_jail_ends(make_jail, inside):
    jail = make_jail()
    jail.start()
    jail.write(exec__stop=inside(), exec__timeout=1)
    assert "timed out" in jail.verb("stop", check=1).stderr.decode()
    wait_for(lambda: len(running(LONG)) <= (0 if cgroup_of_commands(jail) else 1), "its end")
    for pid in running(LONG):
        os.kill(pid, signal.SIGKILL)
    assert jail.sh("echo lives") == "lives\n"


@pytest.mark.parametrize("own_pids", [True, False])
def test_what_a_command_leaves_is_the_jails(make_jail, own_pids):
    """Is told to end, as all others are; and of a kill that fails it lives on."""
    spaces = {} if own_pids else {"linux__namespaces": ["fs", "ipc", "uts", "cgroup"], "mount__procfs": False}
    jail = make_jail(**spaces)
    jail.start()
    jail.write(exec__stop=f"sh -c 'sleep {LONG} &'", **spaces)
    (jail.root / "etc/rc.shutdown").write_text(f"#!/bin/sh\nsetsid sh -c 'trap \"\" TERM; >/tmp/deaf; sleep {LONGER}' >/dev/null 2>&1 &\n"
                                               f"until [ -e /tmp/deaf ] && ps | grep -q '[s]leep {LONGER}'; do sleep 0.1; done\n")
    (jail.root / "etc/rc.shutdown").chmod(0o755)
    if own_pids:
        jail.router.run("kill", "-t", "1", jail.name, check=1)
        [pid] = running(LONGER)
        with open(f"/proc/{pid}/cgroup") as file:
            assert "exec.stop" not in file.read()
        os.kill(pid, signal.SIGKILL)
    jail.stop()
    assert running(LONG) == [] and jail.cgroups() == []


def test_a_late_rc_shutdown_does_not_run_on(make_jail, inside):
    jail = make_jail()
    jail.start()
    (jail.root / "etc/rc.shutdown").write_text("#!/bin/sh\nexec " + inside() + "\n")
    (jail.root / "etc/rc.shutdown").chmod(0o755)
    client = jail.router.popen("kill", jail.name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    wait_for(lambda: inside.begun() == 1 and len(running(LONG)) == 2, "the script")
    client.send_signal(signal.SIGINT)
    client.communicate(timeout=PATIENCE)
    assert len(running(LONG)) == (0 if cgroup_of_commands(jail) else 2) and jail.record()
    jail.router.run("kill", "-kf", jail.name, check=0)
