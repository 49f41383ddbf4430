"""Jails that depend on each other, started and stopped in order; and jails that are killed."""

import json
import os
import signal
import subprocess

import pytest

from conftest import PATIENCE, children, name_of, wait_for

pytestmark = pytest.mark.asan


STUBBORN = "trap '' TERM; echo $$ >/tmp/pid; while :; do sleep 1000; done"
BEGIN_STUBBORN = f'exec.start = "sh -c \\"{STUBBORN.replace("$", chr(92) + "$")}\\" >/dev/null 2>&1 &";'


class Farm:
    """Jails of one configuration, in the order in which they are written."""

    def __init__(self, router, root, folder):
        self.router = router
        self.root = root
        self.config = folder / "farm.conf"
        self.prefix = f"o{router.pid}"

    def write(self, **jails):
        text = f"path = {self.root}; mount.devfs; mount.procfs; persist;\n"
        for name, body in jails.items():
            text += f"{self.name(name)} {{ {body.replace('@', self.prefix)} }}\n"
        self.config.write_text(text)

    def name(self, short):
        return self.prefix + short if short != "*" else short

    def verb(self, verb, *names, check=0):
        return self.router.run(verb, "-f", self.config, *map(self.name, names), check=check)

    def said(self, verb, *names, check=0):
        """Its standard output, without the prefixes, in a list."""
        return self.verb(verb, *names, check=check).stdout.decode().replace(self.prefix, "").splitlines()

    def complaints(self, done):
        """Its errors, without the prefixes and what is said of where the roots lie."""
        lines = done.stderr.decode().replace(self.prefix, "").splitlines()
        return [line for line in lines if "every user of the host" not in line]

    def await_the_deaf(self):
        """A process of STUBBORN, which writes down its number when it has become deaf."""
        pid = self.root / "tmp/pid"
        wait_for(lambda: pid.exists() and pid.read_text(), "the deaf process")

    def running(self):
        listed = json.loads(self.router.run("ls", "--json", check=0).stdout)
        return sorted(jail["name"].removeprefix(self.prefix) for jail in listed["jail-information"]["jail"])


@pytest.fixture
def farm(router, root, folder):
    made = Farm(router, root, folder)
    yield made
    for name in made.running():
        made.router.run("kill", "-fkqt", "1", made.name(name))


def test_what_a_jail_depends_on_starts_first_and_stops_last(farm):
    farm.write(shop="depend = @web;", web="depend = @db, @cache;", db="", cache="")
    assert farm.said("start", "web") == ["db: created", "cache: created", "web: created"]
    assert farm.said("start", "shop") == ["shop: created"]
    assert farm.said("stop", "db") == ["shop: removed", "web: removed", "db: removed"]
    assert farm.running() == ["cache"]
    assert farm.said("start", "*") == ["db: created", "web: created", "shop: created"]
    assert farm.said("restart", "shop") == ["shop: removed", "shop: created"]
    # As with jail(8): what is not named stays stopped.
    assert farm.said("restart", "web") == ["shop: removed", "web: removed", "web: created"]
    assert farm.said("stop", "*") == ["web: removed", "db: removed", "cache: removed"]
    assert farm.said("stop", "*") == []
    assert farm.running() == []


def test_a_jail_is_skipped_whose_dependency_fails(farm):
    farm.write(web="depend = @db;", db='exec.start = "false";', other="")
    done = farm.verb("start", "web", "other", check=1)
    assert f"{farm.name('web')}: skipped" in done.stderr.decode()
    assert farm.running() == ["other"]
    farm.write(web="depend = @db;", db="", other="")
    farm.verb("start", "web")
    farm.write(web='depend = @db; exec.prestop = "false";', db="", other="")
    done = farm.verb("stop", "db", check=1)
    assert f"{farm.name('db')}: skipped" in done.stderr.decode()
    assert farm.running() == ["db", "other", "web"]


def started(farm, verb, *names):
    """A client that goes on."""
    return farm.router.popen(verb, "-f", farm.config, *map(farm.name, names), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_begun_after_a_signal(farm, number):
    farm.write(a='exec.start = "sleep 1000";', b="", c="")
    client = started(farm, "start", "a", "b", "c")
    wait_for(lambda: farm.running() == ["a"], "the first jail")
    client.send_signal(number)
    output, errors = client.communicate(timeout=PATIENCE)
    assert client.returncode == -number
    assert errors.decode().replace(farm.prefix, "").splitlines()[-2:] == [
        farm.router.typed(f"jconsole: a: start: interrupted by signal {number}; 'jconsole ls' lists what runs"),
        "jconsole: interrupted: not begun: start b, start c"]
    wait_for(lambda: farm.running() == [], "the end of what was half started")


def test_a_kill_of_several_is_interrupted(farm):
    farm.write(a=BEGIN_STUBBORN, b="")
    farm.verb("start", "*")
    farm.await_the_deaf()
    client = farm.router.popen("kill", "-t", "1000", *map(farm.name, ["a", "b"]), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: "jstarter" in map(name_of, children(farm.router.pid)), "the first kill")
    client.send_signal(signal.SIGINT)
    client.communicate(timeout=PATIENCE)
    assert client.returncode == -signal.SIGINT
    assert "b" in farm.running()


@pytest.mark.parametrize("output", ["closed pipe", "/dev/full"])
def test_jails_do_not_depend_on_who_reads_what_is_said(farm, output):
    farm.write(db="", web="depend = @db;")
    farm.verb("start", "*")
    reader, pipe = os.pipe()
    os.close(reader)
    with open(pipe if output == "closed pipe" else output, "wb") as sink:
        if output != "closed pipe":
            os.close(pipe)
        done = subprocess.run(farm.router.command("restart", "-f", farm.config, *map(farm.name, ["db", "web"])), stdout=sink,
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert farm.running() == ["db", "web"]
    own_words = [line for line in done.stderr.decode().splitlines() if line.startswith("jconsole:")]
    if output == "closed pipe":
        assert (done.returncode, own_words) == (-signal.SIGPIPE, [])
    else:
        assert (done.returncode, own_words) == (255, ["jconsole: standard output: No space left on device"])


def test_what_does_not_run_is_not_restarted(farm):
    farm.write(db="", web="depend = @db;")
    assert farm.verb("restart", "web", check=1).stderr.decode().startswith(
        f'"{farm.name("web")}" does not run; ')
    assert farm.running() == []


def test_a_jail_in_a_jail_that_the_file_does_not_have_is_stopped_first(farm):
    farm.write(**{"a": "children.max = 1;", "a.kid": ""})
    farm.verb("start", "a.kid")
    farm.write(a="")
    assert farm.said("stop", "a") == ["a.kid: removed", "a: removed"]


def test_a_jid_stands_for_a_jail_that_runs(farm):
    farm.write(a="", b="")
    farm.verb("start", "*")
    jid = farm.router.run("ls", "-j", farm.name("a"), "jid", check=0).stdout.decode().strip()
    assert farm.router.run(jid, "--", "hostname", check=0).stdout
    assert farm.router.run("check", jid, check=0)
    assert farm.router.run("restart", "-f", farm.config, jid, check=0).stdout.decode().split(":")[0] == farm.name("a")
    jid = farm.router.run("ls", "-j", farm.name("a"), "jid", check=0).stdout.decode().strip()
    assert farm.router.run("stop", "-f", farm.config, jid, check=0).stdout.decode() == f"{farm.name('a')}: removed\n"
    jid = farm.router.run("ls", "-j", farm.name("b"), "jid", check=0).stdout.decode().strip()
    farm.router.run("kill", "-fk", jid, check=0)
    assert farm.running() == []


def test_a_running_jail_is_stopped_without_a_configuration(make_router, root, folder):
    default = folder / "default.conf"
    farm = Farm(make_router(options=["--config", default]), root, folder)
    farm.write(a="")
    farm.verb("start", "a")
    done = farm.router.run("stop", farm.name("a"), check=0)
    assert done.stdout.decode() == f"{farm.name('a')}: removed\n"
    assert f"{default} is not there: hooks for its end, such as exec.stop, are not run" in done.stderr.decode()
    # '*' is what runs then.
    farm.verb("start", "a")
    assert farm.router.run("stop", "*", check=0).stdout.decode() == f"{farm.name('a')}: removed\n"
    farm.verb("start", "a")
    # One that is named must be there, and so must the default where something is started.
    for words in (("stop", "-f", default), ("start",), ("restart",)):
        assert b"No such file" in farm.router.run(*words, farm.name("a"), check=1).stderr
    farm.verb("stop", "a")


def test_what_cannot_be_started_is_refused_and_the_rest_is_started(farm):
    farm.write(a="depend = @b;", b="depend = @c;", c="depend = @a;", d="")
    done = farm.verb("start", "d", "a", check=1)
    assert done.stdout.decode().replace(farm.prefix, "") == "d: created\n"
    assert farm.complaints(done) == [
        "jconsole: c: dependency loop: c, a, b, c", "b: skipped", "a: skipped"]
    farm.write(web="depend = @db, @nobody;", shop="depend = @web;", db="", e="")
    undefined = 'jconsole: web: depends on undefined jail "nobody"'
    done = farm.verb("start", "shop", check=1)
    assert farm.complaints(done) == [undefined, "shop: skipped"]
    assert farm.running() == ["d"]
    done = farm.verb("start", "*", check=1)
    assert done.stdout.decode().replace(farm.prefix, "") == "db: created\ne: created\n"
    assert farm.complaints(done) == [undefined, "shop: skipped"]
    # What it stopped it could not start again.
    farm.write(web="depend = @nobody;", db="depend = @web;")
    done = farm.verb("restart", "db", check=1)
    assert (done.stdout, farm.complaints(done)) == (b"", [undefined])
    assert farm.running() == ["d", "db", "e"]


def test_what_could_not_be_started_again_is_not_restarted(farm):
    farm.write(a="", b="")
    farm.verb("start", "*")
    farm.write(a="")
    done = farm.verb("restart", "a", "b", check=1)
    assert done.stdout == b""
    assert farm.complaints(done)[0].startswith("jconsole: b: it is not in the configuration, so that it could not be")
    assert farm.running() == ["a", "b"]


def test_a_name_that_is_none_keeps_no_other_jail_from_being_started(farm):
    farm.write(a="", b="", c="")
    farm.config.write_text(farm.config.read_text() + f'"no name" {{ }} {farm.name("d")} {{ depend = "no name"; }}\n')
    done = farm.verb("start", "*", check=1)
    assert farm.running() == ["a", "b", "c"]
    assert [line.split(";")[0] for line in farm.complaints(done)] == ["jconsole: no name: that is no name of a jail", "d: skipped"]


def test_kill_asks_twice_and_kills_only_by_force(farm):
    farm.write(deaf=BEGIN_STUBBORN, quick="")
    farm.verb("start", "deaf", "quick")
    farm.await_the_deaf()
    deaf, quick = farm.name("deaf"), farm.name("quick")
    done = farm.router.run("kill", "-t", "1", deaf, quick, check=1)
    assert done.stdout.decode() == f"{quick}: removed\n"
    assert farm.router.typed("its processes would not end; 'jconsole kill") + f" -f {deaf}'" in done.stderr.decode()
    assert farm.running() == ["deaf"]
    assert b"trap" in farm.router.run("ps", deaf, "-o", "args", check=0).stdout
    done = farm.router.run("kill", "-f", "-t", "1", deaf, check=0)
    assert done.stdout.decode() == f"{deaf}: removed\n"
    assert done.stderr.decode() == f"{deaf}: it would not stop: its processes are killed\n"
    assert farm.running() == []
    done = farm.router.run("kill", deaf, check=1)
    assert done.stderr.decode() == farm.router.typed(f'"{deaf}" not found; \'jconsole ls\' lists the jails that run\n')


def test_a_jail_is_killed_behind_the_jails_in_it(farm):
    farm.write(**{"a": "children.max = 9;", "a.b": BEGIN_STUBBORN})
    farm.verb("start", "a", "a.b")
    farm.await_the_deaf()
    done = farm.router.run("kill", "-qt", "1", farm.name("a"), check=1)
    assert f"{farm.name('a')}: skipped\n" in done.stderr.decode()
    assert farm.running() == ["a", "a.b"]
    done = farm.router.run("kill", "-ft", "1", farm.name("a"), check=0)
    assert done.stdout.decode() == f"{farm.name('a.b')}: removed\n{farm.name('a')}: removed\n"
    assert farm.running() == []
    # The one between them need not be there.
    farm.write(**{"a": "children.max = 9;", "a.b.c": ""})
    for verb in (["kill", "-fkt", "1"], ["stop", "-f", farm.config]):
        farm.verb("start", "*")
        farm.router.run(*verb, farm.name("a"), check=0)
        assert farm.running() == []


def test_force_kills_a_jail_whatever_became_of_those_in_it(farm):
    """One that ends by itself meanwhile cannot be killed any more."""
    shutdown = farm.root / "etc/rc.shutdown"
    shutdown.write_text("while [ ! -e /tmp/go ]; do sleep 0.01; done\n")
    shutdown.chmod(0o755)
    farm.write(**{"a": "children.max = 9;", "a.b": "", "a.c": ""})
    farm.verb("start", "*")
    killing = farm.router.popen("kill", "-ft", "1", farm.name("a"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
    wait_for(lambda: "jstarter" in map(name_of, children(farm.router.pid)), "the kill of a.b")
    farm.router.run("kill", "-fkt", "1", farm.name("a.c"), check=0)
    (farm.root / "tmp/go").touch()
    out, errors = killing.communicate(timeout=PATIENCE)
    assert killing.returncode == 1 and f'"{farm.name("a.c")}" not found' in errors.decode()
    assert out.decode() == f"{farm.name('a.b')}: removed\n{farm.name('a')}: removed\n"
    assert farm.running() == []


def test_a_persistent_jail_that_was_not_killed_persists(farm):
    farm.write(deaf="")
    farm.verb("start", "deaf")
    deaf = farm.name("deaf")
    client = farm.router.popen("-T", deaf, "--", "sh", "-c", STUBBORN, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    farm.await_the_deaf()
    farm.router.run("kill", "-qt", "1", deaf, check=1)
    client.kill()
    client.communicate()
    farm.router.run(deaf, "--", "sh", "-c", "kill -9 $(cat /tmp/pid)")
    wait_for(lambda: b"trap" not in farm.router.run("ps", deaf, "-o", "args", check=0).stdout, "its end")
    assert farm.running() == ["deaf"]


def test_kill_runs_the_jails_shutdown_script_and_none_of_its_hooks(farm, folder):
    log = folder / "log"
    script = farm.root / "etc/rc.shutdown"
    script.write_text("echo said by the script; echo script >>/tmp/log\n")
    script.chmod(0o755)
    farm.write(web=f'exec.stop = "echo stop >>/tmp/log"; exec.prestop = "echo prestop >>{log}"; exec.poststop = "echo x >>{log}";')
    inside = farm.root / "tmp/log"
    web = farm.name("web")
    for options, said, written in (([], f"{web}: removed\n", "script\n"), (["-k"], f"{web}: removed\n", ""),
                                   (["-q"], "", "script\n"),
                                   (["-v"], None, "script\n")):
        inside.write_text("")
        farm.verb("start", "web")
        done = farm.router.run("kill", *options, web, check=0)
        assert said is None or done.stdout.decode() == said
        assert (b"said by the script" in done.stdout) == ("-v" in options)
        assert inside.read_text() == written
        assert farm.running() == []
    assert not log.exists()
