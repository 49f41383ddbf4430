"""What is said of a configuration that is wrong, and how often one that is right is read."""

import ctypes
import os
import struct
import subprocess

import pytest

from conftest import PATIENCE, client_environment
from test_jails import make_jail  # noqa: F401 (a fixture)
from test_order import farm  # noqa: F401 (a fixture)
from wireclient import Connection, control, hello

pytestmark = pytest.mark.asan

IN_CLOSE, IN_OPEN, IN_NONBLOCK = 0x18, 0x20, 0x800
LIBC = ctypes.CDLL(None)


def lines(done):
    return done.stderr.decode().splitlines()


def test_all_of_a_files_faults_are_told_at_once(router, folder):
    config = folder / "jail.conf"
    config.write_text('.include "gone.conf";\n'
                      "a {\n"
                      '    path = "/x"\n'
                      "    persist;\n"
                      "}\n"
                      'foo.* {\n'
                      "    x = ;\n"
                      "}\n")
    done = router.run("start", "-f", config, "a", check=1)
    assert lines(done) == [
        f"jconsole: {folder}/gone.conf: No such file or directory (.include in {config} line 1)",
        f"jconsole: {config} line 4: persist: syntax error",
        f'jconsole: {config} line 3: perhaps a ; is missing behind "/x"',
        f"jconsole: {config} line 6: *: syntax error",
        f"jconsole: {config} line 7: ;: syntax error"]


def test_a_jail_that_is_not_found_was_looked_for_somewhere(router, folder):
    config = folder / "jail.conf"
    (folder / "d").mkdir()
    (folder / "d/other.conf").write_text("db { persist; }\n")
    config.write_text('.include "d/*.conf"; .include "e/*.conf";\n')
    done = router.run("start", "-f", config, "web", check=1)
    assert lines(done) == [
        f'"web" not found in {config}, {folder}/d/*.conf, {folder}/d/other.conf, {folder}/e/*.conf (no such file); '
        "-f names another file"]


def test_all_that_is_refused_in_a_jail_is_told_at_once(make_jail):  # noqa: F811
    jail = make_jail(ip4__addr="10.0.0.1", speed="1", enforce_statfs="0", repair="soon", sysvmsg="my")
    told = [line.removeprefix(f"{jail.name}: ").split(" (")[0] for line in lines(jail.verb("start", check=1))]
    assert sorted(told) == sorted([
        "ip4.addr: not supported on Linux", "unknown parameter: speed", 'sysvmsg: unknown jailsys value "my"',
        "enforce_statfs: not supported on Linux", 'repair: "soon" is neither never nor auto'])


def told(router, config, *jails, verb="start"):
    return sorted(line.removeprefix("jconsole: ") for line in lines(router.run(verb, "-f", config, *jails)))


def test_what_is_wrong_with_a_jail_that_is_not_started_is_told_with_it(router, folder):
    config = folder / "jail.conf"
    config.write_text("a { path = /x; persist; speed = 1; depend = nope; }\n"
                      "b { path = /x; persist; speed = 2; depend = c; }\n"
                      "c { path = /x; persist; speed = 3; }\n"
                      "d { path = /x; persist; speed = 4; depend = b; }\n")
    assert told(router, config, "a") == ['a: depends on undefined jail "nope"', "a: unknown parameter: speed"]
    of_the_chain = ["b: skipped", "b: unknown parameter: speed", "c: unknown parameter: speed", "d: skipped",
                    "d: unknown parameter: speed"]
    assert [line.split(",")[0].split(":  ")[0] for line in told(router, config, "d")] == of_the_chain


def test_a_second_definition_of_a_name_is_told(farm):  # noqa: F811
    farm.write(web="", other="")
    farm.config.write_text(farm.config.read_text() + f"{farm.name('web')} {{ path = /nowhere; }}\n")
    assert farm.complaints(farm.verb("start", "other")) == []
    assert farm.complaints(farm.verb("start", "web")) == [
        "jconsole: web: it is defined 2 times: the first definition counts, the others do nothing"]
    assert farm.running() == ["other", "web"]


def test_a_mount_that_the_jail_would_not_see_is_refused(farm):  # noqa: F811
    (farm.root / "mnt").mkdir(exist_ok=True)
    farm.write(web="mount = 'tmpfs /mnt tmpfs rw 0 0';")
    [line] = farm.complaints(farm.verb("start", "web", check=1))
    assert line == f"web: mount: /mnt lies outside of the jail, whose path is {farm.root}: begin it with $path"
    link = farm.config.parent / "link"
    link.symlink_to(farm.root)
    farm.write(web=f"mount = 'tmpfs {link}/mnt tmpfs rw 0 0';")
    assert farm.said("start", "web") == ["web: created"]
    assert "tmpfs" in farm.router.run(farm.name("web"), "--", "grep", " /mnt ", "/proc/self/mounts").stdout.decode()


def test_a_fault_of_an_fstab_is_told_with_its_place(farm):  # noqa: F811
    fstab = farm.config.parent / "web.fstab"
    fstab.write_text(f"# what\nx {farm.root}/tmp nosuchfs rw 0 0\n")
    farm.write(web=f"mount.fstab = {fstab};")
    assert f"web: mount.fstab: {fstab} line 2: " in "".join(farm.complaints(farm.verb("start", "web", check=1)))


@pytest.mark.parametrize("value", ["1", "NEW", ""])
def test_values_are_taken_as_libjail_takes_them(make_jail, value):  # noqa: F811
    jail = make_jail(vnet=value, children__max="", vnet__interface="", interface="", allow__sysvipc=True, sysvmsg="new",
                     sysvsem="1", sysvshm="New")
    jail.start()
    assert jail.sh("readlink /proc/self/ns/net").strip() != os.readlink("/proc/self/ns/net")
    assert jail.sh("readlink /proc/self/ns/ipc").strip() != os.readlink("/proc/self/ns/ipc")


class Opens:
    """How often a file is opened. It is closed in between: the kernel keeps one of several events that are alike
    (inotify(7))."""

    def __init__(self, path):
        self.fd = LIBC.inotify_init1(IN_NONBLOCK)
        assert self.fd >= 0 and LIBC.inotify_add_watch(self.fd, str(path).encode(), IN_OPEN | IN_CLOSE) >= 0

    def count(self):
        try:
            events = struct.iter_unpack("iIII", os.read(self.fd, 65536))
            return sum(mask & IN_OPEN != 0 for _, mask, _, _ in events)
        except BlockingIOError:
            return 0
        finally:
            os.close(self.fd)


@pytest.mark.parametrize("verb", ["start", "restart", "stop"])
def test_the_configuration_is_read_once_for_all_jails(farm, verb):  # noqa: F811
    farm.write(**{f"j{i}": f'exec.poststart = "true"; exec.prestop = "echo x >>{farm.root}/tmp/stopped";' for i in range(5)})
    if verb != "start":
        farm.verb("start", "*")
    opens = Opens(farm.config)
    farm.verb(verb, "*")
    assert opens.count() == 1
    assert farm.running() == ([] if verb == "stop" else [f"j{i}" for i in range(5)])
    stopped = farm.root / "tmp/stopped"
    assert (stopped.read_text().count("x") if stopped.exists() else 0) == (0 if verb == "start" else 5)


def test_each_order_reads_the_configuration_as_it_is(farm):  # noqa: F811
    farm.write(a='exec.poststart = "echo first";')
    assert "first" in farm.said("start", "a")
    farm.verb("stop", "a")
    farm.write(a='exec.poststart = "echo second";')
    assert "second" in farm.said("start", "a")


@pytest.mark.parametrize("arguments", [[], ["--as-ordered"]])
def test_a_start_without_an_order_reads_the_configuration_itself(farm, arguments):  # noqa: F811
    """A client that asks for none, or for that of another file."""
    other = farm.config.with_name("other.conf")
    farm.write(b='exec.poststart = "echo other";')
    farm.config.rename(other)
    farm.write(a='exec.poststart = "echo old";', b='exec.poststart = "echo old";')
    farm.verb("start", "a")
    with Connection(farm.router.socket, PATIENCE) as client:
        client.send(hello() + control(type="open", verb="start", jail=farm.name("b"), terminal=None, user="", directory="",
                                      environment=[], command=[], arguments=arguments, config=str(other)))
        seen = client.until("exit")
    assert b"other" in b"".join(payload for kind, _, payload in seen if isinstance(payload, bytes))
    assert farm.running() == ["a", "b"]


def test_what_an_order_has_read_counts_for_who_says_so_and_for_nobody_else(farm):  # noqa: F811
    farm.write(a='exec.poststart = "echo first";')

    def asked(verb, jail, *arguments):
        with Connection(farm.router.socket, PATIENCE) as client:
            client.send(hello() + control(type="open", verb=verb, jail=jail, terminal=None, arguments=arguments,
                                          config=str(farm.config)))
            return b"".join(payload for _, _, payload in client.until("exit") if isinstance(payload, bytes))

    jail = farm.name("a")
    assert asked("order", "", "start", jail) == f"start {jail}\n".encode()
    farm.write(a='exec.poststart = "echo second";')
    assert b"second" in asked("start", jail)
    assert b"first" in asked("restart", jail, "--as-ordered")


def test_what_an_order_refuses_is_stopped_all_the_same(farm):  # noqa: F811
    farm.write(a="", b="")
    farm.verb("start", "*")
    farm.write(a="depend = @b;", b="depend = @a;")
    assert sorted(farm.said("stop", "*")) == ["a: removed", "b: removed"]


def test_a_jail_has_as_many_jails_in_it_as_children_max_says(farm):  # noqa: F811
    farm.write(**{"a": "", "a.b": "", "c": "children.max = 1;", "c.a": "", "c.b": ""})
    done = farm.verb("start", "*", check=1)
    assert farm.running() == ["a", "c", "c.a"]
    assert [line.split(";")[0] for line in farm.complaints(done)] == [
        'a.b: prison limit exceeded: jail "a" has 0 jails in it, and runs with children.max = 0',
        'c.b: prison limit exceeded: jail "c" has 1 jail in it, and runs with children.max = 1']


@pytest.mark.parametrize("name", ["x..y", "z."])
def test_a_name_has_no_empty_part(router, folder, name):
    config = folder / "jail.conf"
    config.write_text(f'"{name}" {{ persist; path = /; }}\n')
    done = router.run("start", "-f", config, "*", check=1)
    assert lines(done) == [f"jconsole: {name}: that is no name of a jail; a name begins with a letter, a digit or _, and goes "
                           "on with these and + - and single dots"]
    assert b"single dots" in router.run("start", "-f", config, name).stderr
    dumped = subprocess.run([router.prefix.jconsole, "config", "dump", "-f", config], stdin=subprocess.DEVNULL, capture_output=True,
                            env=client_environment(), timeout=PATIENCE, check=False)
    assert (dumped.returncode, lines(dumped)) == (1, lines(done))


def test_where_there_is_no_configuration_the_line_says_what_to_do(make_router, folder):
    missing = folder / "jail.conf"
    router = make_router(options=["--config", missing])
    assert lines(router.run("start", "web", check=1)) == [
        f"jconsole: {missing}: No such file or directory; write it, or name another with -f"]
    assert lines(router.run("start", "-f", missing, "web", check=1)) == [f"jconsole: {missing}: No such file or directory"]
