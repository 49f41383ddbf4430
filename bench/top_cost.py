#!/usr/bin/env python3
"""What `jconsole top` costs with many jails: processor time of every process that takes part, in percent of one core.

    bench/top_cost.py [--jails 500] [--seconds 30] [--build build/release]

As root. It starts a router of its own and that many jails with one program each, opens one console that writes a line
each second so that the preview has something to follow, lets the screen run on a terminal of 24 rows and 80 columns,
and removes all of it again.
"""

import argparse
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")
WARM_UP = 5  # seconds


def times(pid):
    """Processor seconds of the process and of the children it has waited for: the clients of the preview are short."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def name_of(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()


def write_jails(folder, count):
    root = folder / "root"
    (root / "bin").mkdir(parents=True)
    shutil.copy("/bin/busybox", root / "bin/busybox")
    for applet in ("sh", "sleep", "cat"):
        (root / "bin" / applet).symlink_to("busybox")
    for name in ("dev", "proc", "etc", "root"):
        (root / name).mkdir()
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    config = folder / "jail.conf"
    names = [f"jail{number}" for number in range(count)]
    # An orphan inside, which jinit reaps at once; one of the host's waits for whoever is init there.
    config.write_text(f'path = "{root}"; mount.devfs; persist; exec.start = "sh -c \'sleep 1000000 >/dev/null 2>&1 &\'";\n' +
                      "".join(f'{name} {{ host.hostname = "{name}.example"; }}\n' for name in names))
    return config, names


def on_terminal(command):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(command[0], command)
    return pid, terminal


def swallow(terminals, seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        for terminal in select.select(terminals, [], [], left)[0]:
            os.read(terminal, 65536)


def measure(router, screen, terminals, seconds):
    swallow(terminals, WARM_UP)
    taking_part = {pid: name_of(pid) for pid in (router, screen, *children(router), *children(screen))
                   if name_of(pid) in ("jrouterd", "jworker", "jreader", "jconsole", "jconsole-top")}
    before = {pid: times(pid) for pid in taking_part}
    start = time.monotonic()
    swallow(terminals, seconds)
    passed = time.monotonic() - start
    rows = [(taking_part[pid], (times(pid) - before[pid]) / passed * 100) for pid in taking_part
            if pathlib.Path(f"/proc/{pid}").exists()]
    return sorted(rows, key=lambda row: -row[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jails", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path(__file__).parents[1] / "build/release")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("top_cost.py: it takes root to start so many jails")
    build = options.build.resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jtop", dir="/tmp"))
    config, names = write_jails(folder, options.jails)
    socket = folder / "socket"
    router = subprocess.Popen([build / "sbin/jrouterd", "--socket", socket], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=open(folder / "log", "wb"))
    client = [str(build / "bin/jconsole"), "--router", str(socket)]
    started, running = [], []
    # Hundreds of jails would outlive us.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("ended by a signal"))
    try:
        while not socket.exists():
            time.sleep(0.01)
        for first in range(0, len(names), 50):
            some = names[first:first + 50]
            started += some
            subprocess.run([*client, "start", "-f", config, *some], check=True, stdout=subprocess.DEVNULL)
        running.append(on_terminal([*client, "attach", "-t", names[0], "--", "sh", "-c", "while sleep 1; do echo $((n += 1)); done"]))
        running.append(on_terminal([*client, "top", "-f", str(config)]))
        rows = measure(router.pid, running[-1][0], [terminal for _, terminal in running], options.seconds)
        print(f"jconsole top with {options.jails} jails for {options.seconds:g} s, percent of one core (goal: a sum below 3), "
              f"load {os.getloadavg()[0]:.1f}")
        for name, percent in [*rows, ("sum", sum(percent for _, percent in rows))]:
            print(f"{name:<14}{percent:6.2f}")
    finally:
        for pid, terminal in reversed(running):
            os.kill(pid, signal.SIGTERM)
            os.close(terminal)
            os.waitpid(pid, 0)
        for first in range(0, len(started), 50):
            subprocess.run([*client, "stop", "-f", config, *started[first:first + 50]], stdout=subprocess.DEVNULL)
        router.terminate()
        router.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
