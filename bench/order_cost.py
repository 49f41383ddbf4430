#!/usr/bin/env python3
"""What each jail of `jconsole start '*'`, `restart '*'` and `stop '*'` takes, by how many the file has.

    bench/order_cost.py [--jails 50 100 200 500] [--build build/release]

As root. It starts a router of its own, and for each number of jails starts, restarts and stops them all. The table has
milliseconds for each jail: where the configuration is read once for all of them, they do not grow with the number.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


def make_root(folder):
    root = folder / "root"
    for name in ("bin", "dev", "proc", "etc", "root"):
        (root / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", root / "bin/busybox")
    (root / "bin/sh").symlink_to("busybox")
    return root


def write_jails(config, root, count):
    """As long as those that are met: half a screen for each jail."""
    config.write_text(f'path = "{root}"; mount.devfs; mount.procfs; persist; exec.clean;\n' + "".join(
        f'jail{number} {{\n    # number {number}\n    host.hostname = "${{name}}.example.org";\n    $place = "{root}/$name";\n'
        '    allow.raw_sockets;\n    allow.nochflags;\n    stop.timeout = 5;\n    linux.no_new_privs;\n'
        '    exec.timeout = 60;\n    allow.mlock;\n}\n' for number in range(count)))


def milliseconds_for_each(command, count):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return 1000 * (time.monotonic() - begin) / count


def await_router(jconsole, router):
    for _ in range(1000):
        if subprocess.run([*jconsole, "ls"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0:
            return
        if router.poll() is not None:
            sys.exit("the router has ended")
        time.sleep(0.01)
    sys.exit("the router does not answer")


def measure(jconsole, folder, counts):
    root = make_root(folder)
    config = folder / "jail.conf"
    print("| jails | start '*' | restart '*' | stop '*' |\n| ---: | ---: | ---: | ---: |")
    for count in counts:
        write_jails(config, root, count)
        row = [milliseconds_for_each([*jconsole, verb, "-f", config, "*"], count) for verb in ("start", "restart", "stop")]
        print(f"| {count} | " + " | ".join(f"{value:.1f} ms" for value in row) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jails", type=int, nargs="+", default=[50, 100, 200, 500])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[1] / "build/release")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("order_cost.py: it takes root to start so many jails")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jorder"))
    (folder / "run").mkdir(mode=0o700)
    socket = folder / "run/socket"
    with open(folder / "log", "wb") as log:
        router = subprocess.Popen([options.build / "sbin/jrouterd", "--socket", socket], stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=log)
    jconsole = [options.build / "bin/jconsole", "--router", socket]
    try:
        await_router(jconsole, router)
        measure(jconsole, folder, options.jails)
    finally:
        subprocess.run([*jconsole, "stop", "-f", folder / "jail.conf", "*"], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        router.terminate()
        router.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
