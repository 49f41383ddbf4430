"""The benchmark works: every row that can be there on this machine measures something. No time is asserted."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import types

import pytest

BUILD = pathlib.Path(os.environ.get("JCONSOLE_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build/release"))
ALWAYS = {"direct", "direct again (A/A)", "nsenter", "bare one-hop", "bare two-hop", "jconsole pid:N", "jconsole jail"}

# What a program writes while its throughput is measured, beside the large writes of "throughput_mb_s".
STREAMS = ("writes_64_mb_s", "writes_1024_mb_s", "writes_4096_mb_s", "cooked_lines_mb_s", "gnu_pipeline_mb_s",
           "busybox_pipeline_mb_s")
STREAMING = {"direct", "direct again (A/A)", "bare two-hop", "uWSGI raw", "jconsole pid:N", "jconsole jail"}

# They draw screens, so only their attach can be compared.
SCREENS = {"tmux", "screen"}
# The row: the program without which it is left out, with a line saying so.
OTHERS = {"socat": "socat", "dtach": "dtach", "tmux": "tmux", "screen": "screen", "sshd": "/usr/sbin/sshd",
          "lxc-attach": "lxc-attach", "runc exec": "/usr/sbin/runc"}


def bench(*options):
    return subprocess.run([BUILD / "bench/jconsole-bench", "--quick", *options], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300, check=True).stdout


# What serves in each row: the words of its command line.
SERVERS = {"bare two-hop": ("relay-two-hop", "server"), "uWSGI raw": ("--forkpty-router",),
           "uWSGI uwsgi": ("--forkpty-urouter",), "socat": ("UNIX-LISTEN",), "tmux": ("tmux", "-D"),
           "sshd": ("/sshd_config",), "lxc-attach": ("lxc-start",), "jconsole pid:N": ("--socket", "/jrouterd/socket"),
           "jconsole jail": ("--socket", "/jrouterd-jail/socket")}


def served_at_one_instant(path):
    """The rows whose servers of a benchmark in `path` are there at one instant: each was found, and is still there when
    all have been found."""
    found = []
    for file in command_lines():
        command = content(file)
        if str(path) in command:
            found += [(row, file, command) for row, words in SERVERS.items() if all(word in command for word in words)]
    return {row for row, file, command in found if content(file) == command}


def command_lines():
    """Of all processes. (glob(3) would look at each, and fail where one has ended by then.)"""
    return [pathlib.Path(f"/proc/{pid}/cmdline") for pid in os.listdir("/proc") if pid.isdigit()]


def content(file):
    try:
        return file.read_text(errors="replace")
    except OSError: # it has just ended
        return ""


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """The output of a whole run in a folder of its own, that folder, and which rows served meanwhile: each, and those that
    did beside another."""
    path, output = tmp_path_factory.mktemp("bench"), tmp_path_factory.mktemp("output") / "json"
    with output.open("w") as file:
        process = subprocess.Popen([BUILD / "bench/jconsole-bench", "--quick", "--json"], stdin=subprocess.DEVNULL,
                                   stdout=file, env={**os.environ, "TMPDIR": str(path)})
    each, beside_another = set(), set()
    deadline = time.monotonic() + 600
    while process.poll() is None and time.monotonic() < deadline:
        served = served_at_one_instant(path)
        each |= served
        if len(served) > 1:
            beside_another |= served
    process.terminate()
    assert process.wait(timeout=60) == 0
    return types.SimpleNamespace(path=path, output=output.read_text(), served=each, beside_another=beside_another)


@pytest.fixture(scope="module")
def systems(whole_run):
    return {system["name"]: system for system in json.loads(whole_run.output)["systems"]}


def available(systems):
    return [system for system in systems.values() if "unavailable" not in system]


def test_the_rows_that_need_no_package_are_there(systems):
    assert {name: systems[name].get("unavailable") for name in ALWAYS} == dict.fromkeys(ALWAYS)


@pytest.mark.skipif(shutil.which("uwsgi") is None, reason="uwsgi-core is installed by ./run bench")
def test_uwsgi_is_there(systems):
    assert "unavailable" not in systems["uWSGI raw"]
    assert "unavailable" not in systems["uWSGI uwsgi"]


@pytest.mark.parametrize("row", ["socat", "dtach", "tmux", "screen", "sshd"])
def test_everybody_else_is_there(systems, row):
    if shutil.which(OTHERS[row]) is None:
        assert systems[row]["unavailable"].endswith(" is not installed")
    elif os.geteuid() == 0 or row != "sshd":
        assert "unavailable" not in systems[row]


# A container of each kind that ends at once, made by hand: whether any can run here is a matter of the machine, of its cgroups
# and of what it is inside of.
LXC = """
lxc.rootfs.path = dir:{root}
lxc.uts.name = trial
lxc.net.0.type = none
lxc.mount.auto = proc
"""


def run_lxc(folder, root):
    (folder / "config").write_text(LXC.format(root=root))
    return ["lxc-execute", "-P", folder, "-n", "trial", "-f", folder / "config", "--", "/bin/busybox", "true"]


def run_runc(folder, root):
    subprocess.run(["runc", "spec", "--bundle", folder], check=True)
    specification = json.loads((folder / "config.json").read_text())
    specification["process"] |= {"terminal": False, "args": ["/bin/busybox", "true"]}
    specification["root"]["path"] = str(root)
    (folder / "config.json").write_text(json.dumps(specification))
    return ["runc", "--root", folder / "state", "run", "--bundle", folder, f"trial-{os.getpid()}"]


@pytest.mark.parametrize("row, run", [("lxc-attach", run_lxc), ("runc exec", run_runc)])
def test_containers_are_there_where_there_can_be_any(systems, row, run, folder, root):
    excuse = systems[row].get("unavailable")
    if shutil.which(OTHERS[row]) is None:
        assert excuse.endswith(" is not installed")
    elif os.geteuid() != 0:
        assert excuse == "needs root"
    else:
        trial = subprocess.run(run(folder, root), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, timeout=60)
        assert (excuse is None) == (trial.returncode == 0), (excuse, trial.stdout)
        assert excuse or systems[row]["attach_ms"]


def test_the_hosts_devices_stay_as_they_are(systems):
    """screen's server takes /dev/null for its terminal, and sets its mode."""
    assert systems and os.stat("/dev/null").st_mode & 0o777 == 0o666


def test_an_attach_is_measured_beside_live_sessions(systems):
    for system in available(systems):
        attach = system["figures"]["attach_ms_beside_sessions"]
        assert list(attach) == ["1", "4"] and all(value > 0 for value in attach.values()), system["name"]


def test_each_row_has_a_sample_of_each_block(systems):
    for system in available(systems):
        for column in ("attach_ms",) if system["name"] in SCREENS else ("throughput_mb_s", "echo_us", "attach_ms"):
            assert len(system[column]) == 2 and all(value > 0 for value in system[column]), (system["name"], column)


def test_what_is_written_otherwise_is_measured_where_it_is_compared(systems):
    for system in available(systems):
        for column in STREAMS:
            samples = system[column]
            if system["name"] in STREAMING:
                assert len(samples) == 2 and all(value > 0 for value in samples), (system["name"], column)
            else:
                assert samples == []


def test_a_relay_is_counted_and_a_program_on_the_terminal_is_not(systems):
    if "per_megabyte" not in systems["direct"]["figures"]:
        pytest.skip("this user may not count system calls")
    assert systems["direct"]["figures"]["per_megabyte"]["system_calls"] == 0
    # Every byte is read and written twice, in pieces of at most 64 KB.
    assert systems["bare two-hop"]["figures"]["per_megabyte"]["system_calls"] > 4 * 1e6 / 65536
    # The shell alone makes as many calls on every terminal.
    assert (systems["bare two-hop"]["figures"]["per_attach"]["system_calls"] >
            systems["direct"]["figures"]["per_attach"]["system_calls"] > 10)


@pytest.fixture(scope="module")
def lines():
    return bench("--only", "two-hop", "--only", "pid:N", "--pairs", "1").splitlines()


def test_the_table_is_markdown(lines):
    tables = [line for line in lines if line.startswith("|")]
    assert any(line.startswith("| bare two-hop | ") for line in tables)
    assert not any(line.startswith("| bare one-hop | ") for line in tables)


@pytest.mark.parametrize("name", ["writes of 64 B", "writes of 1 KiB", "writes of 4 KiB", "cooked lines", "GNU's pipeline",
                                  "busybox's pipeline"])
def test_each_stream_has_its_rows_and_its_goal(lines, name):
    rows = [line.split(" | ") for line in lines if line.startswith(f"| {name} | ")]
    assert [row[1] for row in rows] == ["direct", "bare two-hop", "jconsole pid:N"]
    goals = [line.split(" | ") for line in lines if line.startswith(f"| jconsole pid:N | {name} | ")]
    assert [(goal[2], goal[4]) for goal in goals] == [("bare two-hop", "≥ 0.950")]


def test_whoever_serves_is_there_only_while_it_is_measured(whole_run):
    assert whole_run.served >= {"bare two-hop", "jconsole pid:N", "jconsole jail"}
    assert whole_run.beside_another == set()


def test_nothing_is_left_behind(whole_run):
    assert list(whole_run.path.iterdir()) == []
    assert commands_that_name(whole_run.path) == []


def commands_that_name(path):
    found = []
    for file in command_lines():
        try:
            found.append(file.read_bytes())
        except OSError: # it has just ended
            continue
    return [command for command in found if str(path).encode() in command]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_benchmark_that_is_interrupted_leaves_nothing_behind(tmp_path, number):
    process = subprocess.Popen([BUILD / "bench/jconsole-bench", "--pairs", "1000", "--megabytes", "1"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env={**os.environ, "TMPDIR": str(tmp_path)})
    while b"pair 2 " not in process.stderr.read1():
        assert process.poll() is None
    process.send_signal(number)
    assert b"interrupted" in process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert list(tmp_path.iterdir()) == []
    assert commands_that_name(tmp_path) == []


def test_an_unknown_option_is_refused():
    result = subprocess.run([BUILD / "bench/jconsole-bench", "--fast"], capture_output=True, text=True, timeout=60,
                            check=False)
    assert result.returncode == 1
    assert "--fast" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="the system's router is root's")
def test_the_row_of_the_flood_measures_something():
    script = pathlib.Path(__file__).resolve().parents[2] / "bench/flood_cost.py"
    row = subprocess.run([script, "--quick", "--build", BUILD], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=300, check=True).stdout.splitlines()[-1]
    assert re.fullmatch(r"\| 10 each, 4 flooding( \| \d+\.\d\d){3} \| (met|missed) \(2\) \|", row)
