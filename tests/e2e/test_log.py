"""What the router's log tells."""

import os
import re
import signal
import subprocess

from conftest import PATIENCE, alive, wait_for

BEGINNING = re.compile(r"^\[\S+ \S+\] \[debug\] ")


def changes(router):
    """The debug lines, without their times and numbers."""
    lines = [line for line in router.log_text().splitlines() if "[debug]" in line]
    return [re.sub(r"\b(process|session) \d+", r"\1 N", BEGINNING.sub("", line)) for line in lines]


def start(router, folder, root):
    config = folder / "jail.conf"
    config.write_text(f"web {{ path = {root}; persist; mount.devfs; mount.procfs; exec.clean; }}\n")
    router.run("-f", config, "start", "web", check=0)
    router.run("web", "--", "true", check=0)
    router.run("-f", config, "stop", "web", check=0)


def test_each_change_of_state_is_a_debug_line(make_router, folder, root):
    router = make_router(options=["--debug"])
    start(router, folder, root)
    wait_for(lambda: not router.workers(), "the worker leaves")
    wait_for(lambda: "retired" in router.log_text(), "its line")
    told = changes(router)
    assert told[0] == "worker of unix:0: started, process N" and told[-1] == "worker of unix:0: retired"
    assert [line for line in told if line.startswith("worker of ")][1:-1] == ["worker of unix:0: serving"]
    assert [line for line in told if line.startswith("jail web: ")] == [
        "jail web: there, process N", "jail web: started", "jail web: stopping", "jail web: not there any more"]
    begin = "session N of unix:0, "
    assert [line[len(begin):] for line in told if line.startswith(begin + "console")] == [
        "console web: entering", "console web: running", "console web: named web:1", "console web:1: draining",
        "console web:1: over"]
    for verb in "start", "stop":
        assert [line[len(begin):] for line in told if line.startswith(begin + verb)] == [
            f"{verb} web: running", f"{verb} web: draining", f"{verb} web: over"]


def test_so_it_is_where_the_log_is_a_file(prefix, folder):
    run = folder / "run"
    run.mkdir(mode=0o700)
    subprocess.run([prefix.jrouterd, "--daemon", "--debug", "--socket", run / "socket"], stdin=subprocess.DEVNULL,
                   check=True, timeout=PATIENCE)
    pid = int((run / "jrouterd.pid").read_text())
    try:
        subprocess.run([prefix.jconsole, "--router", run / "socket", "ls"], stdout=subprocess.DEVNULL, check=True,
                       timeout=PATIENCE)
        assert "worker of unix:0: started" in (run / "state/log").read_text()
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not alive(pid), "its end")


def test_a_hangup_has_a_daemon_open_its_log_anew(prefix, folder):
    run = folder / "run"
    run.mkdir(mode=0o700)
    subprocess.run([prefix.jrouterd, "--daemon", "--socket", run / "socket"], stdin=subprocess.DEVNULL, check=True,
                   timeout=PATIENCE)
    pid = int((run / "jrouterd.pid").read_text())
    log = run / "state/log"
    try:
        log.rename(run / "old")
        os.kill(pid, signal.SIGHUP)
        wait_for(lambda: log.exists() and "its log is opened anew" in log.read_text(), "the new log")
        assert "opened anew" not in (run / "old").read_text()
        log.unlink()
        log.mkdir()
        os.kill(pid, signal.SIGHUP)
        subprocess.run([prefix.jconsole, "--router", run / "socket", "ls"], stdout=subprocess.DEVNULL, check=True,
                       timeout=PATIENCE)
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not alive(pid), "its end")
    assert not (run / "socket").exists() # it has ended in order, and not before


def test_a_hangup_ends_one_in_the_foreground_in_order(prefix, folder):
    run = folder / "run"
    run.mkdir(mode=0o700)
    router = subprocess.Popen([prefix.jrouterd, "--socket", run / "socket"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL)
    wait_for((run / "jrouterd.pid").exists, "it listens")
    wait_for(lambda: (run / "jrouterd.pid").read_text(), "its number")
    router.send_signal(signal.SIGHUP)
    assert router.wait(PATIENCE) == 0
    assert not (run / "socket").exists()


def test_without_being_asked_it_tells_none(router, folder, root):
    start(router, folder, root)
    assert "jail web: ended" in router.log_text() and "[debug]" not in router.log_text()
