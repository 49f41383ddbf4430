"""jreader from outside: configurations, trust, and what the sandbox leaves it."""

import json
import os
import pathlib
import subprocess
import pytest

BUILD = pathlib.Path(os.environ.get("JCONSOLE_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build/release"))
READER = BUILD / "libexec/jconsole/jreader"


def reader(*arguments, **settings):
    return subprocess.run([READER, *map(str, arguments)], capture_output=True, text=True, timeout=120, **settings)


@pytest.fixture
def config(tmp_path):
    def write(text, name="jail.conf"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o644)
        return path

    return write


def test_dump_prints_jails_in_file_order(config):
    done = reader("dump", "-f", config("exec.start = 'a', \"b\"; x { persist; } $v = 1; y { path = /j/$name; }"), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [
        {"name": "x", "params": {"name": ["x"], "exec.start": ["a", "b"], "persist": []}},
        {"name": "y", "params": {"name": ["y"], "exec.start": ["a", "b"], "path": ["/j/y"]}},
    ]


def test_a_failed_jail_is_told_and_the_others_are_there(config):
    done = reader("dump", "--config", config("a { name = b; } c { persist; }"), "--json")
    assert done.returncode == 1
    assert done.stderr == 'jconsole: a: cannot redefine parameter "name".\n'
    assert [(jail["name"], jail.get("failed", False)) for jail in json.loads(done.stdout)] == [("a", True), ("c", False)]


def test_a_syntax_error_touches_no_jail(config):
    path = config("a { persist; }\nx = ;\n")
    for mode in (["dump", "--json"], ["table"]):
        done = reader(*mode, "--config", path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"jconsole: {path} line 2: ;: syntax error\n"


def test_messages_are_escaped(config):
    done = reader("dump", "--json", "-f", config("a { x = '\x1b]0;t\x07' y; }"))
    assert done.stderr.endswith("line 1: y: syntax error\n")
    done = reader("dump", "--json", "-f", config("a \x1b[31m;"))
    assert "line 1: \\x1b: syntax error" in done.stderr


def test_includes_follow_the_file(config, tmp_path):
    config("x;", "d/1.conf")
    config("b { }", "d/2.conf")
    done = reader("dump", "--json", "-f", config('.include "d/*.conf"; .include "e/*.conf"; a {}'))
    assert [jail["name"] for jail in json.loads(done.stdout)] == ["b", "a"]
    done = reader("dump", "--json", "-f", config(".include gone;"))
    assert done.stderr == f"jconsole: {tmp_path}/gone: No such file or directory (.include in {tmp_path}/jail.conf line 1)\n"


def test_the_default_file_is_the_users(config, tmp_path):
    config("a {}", "jconsole/jail.conf")
    if os.geteuid() == 0:
        pytest.skip("root's is /etc/jconsole/jail.conf")
    done = reader("dump", "--json", env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert json.loads(done.stdout)[0]["name"] == "a"


def test_a_fifo_or_device_stalls_nobody(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", "/dev/zero"):
        done = reader("dump", "--json", "-f", path)
        assert done.returncode == 1
        assert done.stderr == f"jconsole: {path}: not a regular file\n"


def test_trusted_files_are_ours_and_nobody_elses_to_write(config):
    include = config("x;", "inc")
    fstab = config("/a /b tmpfs\n", "fstab")
    path = config(f".include inc; a {{ mount.fstab = {fstab}; x = 1; }}")
    done = reader("table", "--trusted", "-f", path, "--jail", "a")
    assert done.returncode == 0
    looked_at, trees, jail = map(json.loads, done.stdout.splitlines())
    assert looked_at == [str(path), str(include)] and jail["fstab"][0]["file"] == "/b"
    for file, what in ((path, "jail.conf"), (include, "inc")):
        file.chmod(0o664)
        done = reader("table", "--trusted", "-f", path)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"/{what}: writable by its group or by others" in done.stderr
        assert reader("table", "-f", path).returncode == 0
        file.chmod(0o644)
    fstab.chmod(0o602)
    jail = json.loads(reader("table", "--trusted", "-f", path, "--jail", "a").stdout.splitlines()[2])
    assert jail["failed"] and f"mount.fstab: {fstab}: writable by its group or by others" in jail["errors"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file away")
def test_trusted_files_belong_to_root_or_the_caller(config):
    path = config("a {}")
    os.chown(path, 12345, -1)
    done = reader("table", "--trusted", "-f", path)
    assert done.returncode == 1
    assert "owned by uid 12345, neither root nor the caller" in done.stderr


def test_wrong_use_is_told():
    for arguments in ([], ["frob"], ["dump"], ["dump", "--json", "--frob"], ["dump", "--json", "x"], ["table", "--json"]):
        done = reader(*arguments)
        assert done.returncode == 2, arguments
        assert done.stderr.startswith("jconsole: jreader: ") and done.stderr.count("\n") == 1
