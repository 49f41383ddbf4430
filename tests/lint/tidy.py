"""clang-tidy over every source of a build tree, a few at a time: tidy.py BUILD_DIRECTORY JOBS

A file is looked at again only when something changed that clang-tidy can see: the file, a header of ours below it, its
compile command, .clang-tidy or clang-tidy itself. What passed is remembered by a hash of all that, in build/tidy/.
"""

import concurrent.futures
import functools
import hashlib
import json
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


@functools.cache
def content(path):
    return path.read_bytes()


def with_headers(source):
    """The file and every header of this tree that it includes, however deep."""
    seen, todo = set(), [source]
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in INCLUDE.findall(content(path)):
            for candidate in (TOP / name.decode(), path.parent / name.decode()):
                if candidate.is_file():
                    todo.append(candidate.resolve())
                    break
    return sorted(seen)


def settings(source):
    """The .clang-tidy files that count for a source: its own folder's and those above it."""
    folders = [folder for folder in source.parents if folder == TOP or TOP in folder.parents]
    return [folder / ".clang-tidy" for folder in folders if (folder / ".clang-tidy").is_file()]


def key(entry, version):
    command = re.sub(r" -o \S+", "", entry["command"])
    digest = hashlib.sha256(version + command.encode())
    source = pathlib.Path(entry["file"]).resolve()
    for path in settings(source) + with_headers(source):
        digest.update(str(path).encode() + b"\0" + content(path) + b"\0")
    return digest.hexdigest()


def tidy(build, file):
    done = subprocess.run(
        ["clang-tidy", "--quiet", "-p", str(build), file],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    # Standard error counts the warnings of system headers; it matters only where clang-tidy itself failed.
    return done.returncode, done.stdout + (done.stderr if done.returncode else "")


def main():
    build, jobs = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
    cache = TOP / "build" / "tidy"
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], stdout=subprocess.PIPE, check=True).stdout
    entries = {entry["file"]: entry for entry in json.loads((build / "compile_commands.json").read_text())}
    keys = {file: key(entry, version) for file, entry in sorted(entries.items())}
    if not keys:
        sys.exit("tidy: no sources in " + str(build))
    todo = [file for file, name in keys.items() if not (cache / name).exists()]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(tidy, build, file): file for file in todo}
        for future in concurrent.futures.as_completed(running):
            status, output = future.result()
            if status == 0:
                (cache / keys[running[future]]).touch()
            else:
                failed += 1
                print(output, flush=True)
    print(f"{len(keys)} files, {len(keys) - len(todo)} of them unchanged since they passed, {failed} with findings")
    sys.exit(1 if failed else 0)


main()
