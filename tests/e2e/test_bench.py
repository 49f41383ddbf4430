"""The benchmark works: every row that can be there on this machine measures something. No time is asserted."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("JCONSOLE_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build/release"))
ALWAYS = {"direct", "direct again (A/A)", "nsenter", "bare one-hop", "bare two-hop", "jconsole pid:N", "jconsole jail"}

# They draw screens, so only their attach can be compared.
SCREENS = {"tmux", "screen"}
# The row: the program without which it is left out, with a line saying so.
OTHERS = {"socat": "socat", "dtach": "dtach", "tmux": "tmux", "screen": "screen", "sshd": "/usr/sbin/sshd",
          "lxc-attach": "lxc-attach", "runc exec": "/usr/sbin/runc"}


def bench(*options):
    return subprocess.run([BUILD / "bench/jconsole-bench", "--quick", *options], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300, check=True).stdout


@pytest.fixture(scope="module")
def systems():
    return {system["name"]: system for system in json.loads(bench("--json"))["systems"]}


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


def test_a_relay_is_counted_and_a_program_on_the_terminal_is_not(systems):
    if "per_megabyte" not in systems["direct"]["figures"]:
        pytest.skip("this user may not count system calls")
    assert systems["direct"]["figures"]["per_megabyte"]["system_calls"] == 0
    # Every byte is read and written twice, in pieces of at most 64 KB.
    assert systems["bare two-hop"]["figures"]["per_megabyte"]["system_calls"] > 4 * 1e6 / 65536
    # The shell alone makes as many calls on every terminal.
    assert (systems["bare two-hop"]["figures"]["per_attach"]["system_calls"] >
            systems["direct"]["figures"]["per_attach"]["system_calls"] > 10)


def test_the_table_is_markdown():
    lines = bench("--only", "one-hop").splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert any(line.startswith("| bare one-hop | ") for line in tables)
    assert not any("two-hop" in line for line in tables)


def test_nothing_is_left_behind(tmp_path):
    subprocess.run([BUILD / "bench/jconsole-bench", "--quick"], stdin=subprocess.DEVNULL, capture_output=True,
                   env={**os.environ, "TMPDIR": str(tmp_path)}, timeout=300, check=True)
    assert list(tmp_path.iterdir()) == []
    assert commands_that_name(tmp_path) == []


def commands_that_name(path):
    found = []
    for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
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
