#!/usr/bin/env python3
"""What root's attach takes while an ordinary user connects to the system's router and closes, in a loop.

    bench/flood_cost.py [--quick] [--attaches 200] [--floods 4] [--build build/release]

As root. In a mount namespace with a /run of its own it starts the system's router and enters the namespaces of a process,
with and without the flood in turn. The goal: the median with it is less than twice the one without.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

UID = 61238
SYSTEM = 'mount --make-rprivate / && mount -t tmpfs -o mode=755 run /run && exec "$@"'
FLOOD = """
import os, socket, sys
os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
while True:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("/run/jconsole/socket")
"""


def attach(jconsole, pid):
    begin = time.monotonic()
    subprocess.run([jconsole, f"pid:{pid}", "--", "/bin/true"], stdin=subprocess.DEVNULL, check=True)
    return (time.monotonic() - begin) * 1000


def samples(jconsole, pid, count, floods):
    flooding = [subprocess.Popen([sys.executable, "-c", FLOOD, str(UID)]) for _ in range(floods)]
    try:
        time.sleep(0.2)
        return [attach(jconsole, pid) for _ in range(count)]
    finally:
        for flood in flooding:
            flood.kill()
            flood.wait()


def measure(arguments):
    build = pathlib.Path(arguments.build).resolve()
    rounds = 2 if arguments.quick else 10
    count = 5 if arguments.quick else max(arguments.attaches // rounds, 1)
    router = subprocess.Popen([build / "sbin/jrouterd"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    target = subprocess.Popen(["unshare", "--mount", "sleep", "1000000"])
    try:
        while not os.path.exists("/run/jconsole/root.socket"):
            time.sleep(0.01)
        attach(build / "bin/jconsole", target.pid)
        without, during = [], []
        for _ in range(rounds):
            without += samples(build / "bin/jconsole", target.pid, count, 0)
            during += samples(build / "bin/jconsole", target.pid, count, arguments.floods)
    finally:
        for process in (target, router):
            process.terminate()
            process.wait()
    first, second = statistics.median(without), statistics.median(during)
    print("| attach of root, p50 ms | alone | in a flood | ratio | goal |\n| --- | ---: | ---: | ---: | --- |")
    print(f"| {count * rounds} each, {arguments.floods} flooding | {first:.2f} | {second:.2f} | {second / first:.2f} | "
          f"{'met' if second < 2 * first else 'missed'} (2) |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--attaches", type=int, default=200)
    parser.add_argument("--floods", type=int, default=4)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--quick", action="store_true", help="does it work at all?")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("flood_cost.py: the system's router is root's")
    if not arguments.inside:
        sys.exit(subprocess.run(["unshare", "--mount", "sh", "-c", SYSTEM, "sh", sys.executable, *sys.argv,
                                 "--inside"]).returncode)
    measure(arguments)


if __name__ == "__main__":
    main()
