"""What conftest.py calls left behind: what a test of ours made, and nothing of anybody else's."""

import os
import pathlib
import subprocess
import sys

import pytest

from conftest import PATIENCE, wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")

# A test that waits, so that something can be done beside it.
BESIDE = """
import pathlib
from conftest import wait_for
def test_waits():
    pathlib.Path("waits").touch()
    wait_for(pathlib.Path("go").exists, "go")
"""


@pytest.fixture
def run(folder):
    """Runs the text of a test file below a conftest.py like this one's."""
    (folder / "place").mkdir()
    (folder / "conftest.py").symlink_to(pathlib.Path(__file__).with_name("conftest.py"))

    def start(text):
        (folder / "test_it.py").write_text(text)
        return subprocess.Popen([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"], cwd=folder,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    return start


def said(process):
    return process.communicate(timeout=PATIENCE)[0]


def test_a_mount_and_a_process_of_somebody_else_fail_no_test(run, folder):
    inner = run(BESIDE)
    wait_for((folder / "waits").exists, "the test")
    subprocess.run(["mount", "-t", "tmpfs", "x", folder / "place"], check=True)
    other = subprocess.Popen(["sleep", "1000"])
    (folder / "go").touch()
    output = said(inner)
    subprocess.run(["umount", folder / "place"], check=True)
    other.kill()
    other.wait()
    assert "1 passed" in output and inner.returncode == 0, output


@pytest.mark.parametrize("made, told", [
    ('["mount", "-t", "tmpfs", "x", "place"]', "mounts were left behind"),
    ('["umount", "place"]', "mounts were taken away"),
    ('["sh", "-c", "setsid sleep 1000 & :"]', "processes were left behind")], ids=["mount", "umount", "process"])
def test_what_a_test_leaves_behind_fails_it(run, folder, made, told):
    subprocess.run(["mount", "-t", "tmpfs", "x", folder / "place"], check=True)
    inner = run(f"import subprocess, conftest\nconftest.GRACE = 0\n"
                f"def test_leaves():\n    subprocess.run({made}, check=True)\n")
    output = said(inner)
    subprocess.run(["umount", folder / "place"], check=True)
    assert told in output and "1 passed, 1 error" in output, output
    assert inner.returncode == 1
