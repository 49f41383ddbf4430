"""Who may include whom (docs/architecture.md, "Folders"): the #include graph is held against the list below."""

import graphlib
import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("pty", "jailcore", "router", "shell")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
SYSTEM_CHECK = re.compile(
    r"^\s*#\s*(?:if|ifdef|ifndef|elif)\b.*\b(?:__linux__|__linux|linux|__FreeBSD__|__unix__|__APPLE__)\b")

SYSTEMS = {"linux", "freebsd"}

# Layer: the layers that its files may include, itself among them. A file belongs to the longest layer that its path
# begins with.
RULES = {
    "pty": {"pty"},
    "router/contract": {"router/contract"},
    "jailcore": {"jailcore", "jailcore/contract", "router/contract", "pty"},
    "jailcore/contract": {"jailcore/contract", "router/contract", "pty"},
    "jailcore/plan": {"jailcore/plan", "pty"},
    "jailcore/conf": {"jailcore/conf", "jailcore/plan", "router/contract", "pty"},
    "jailcore/listing": {"jailcore/listing", "jailcore/plan", "jailcore/contract", "pty"},
    "jailcore/conf/freebsd": {"jailcore/conf/freebsd", "jailcore/conf", "jailcore", "pty"},
    "jailcore/listing/freebsd": {"jailcore/listing/freebsd", "jailcore/listing", "jailcore/contract", "jailcore", "pty"},
    "jailcore/enter": {"jailcore/enter", "jailcore/contract", "jailcore", "pty"},
    "jailcore/starter": {"jailcore/starter", "jailcore/plan", "jailcore/contract", "jailcore", "router/contract", "pty"},
    "jailcore/freebsd/starter": {"jailcore/freebsd/starter", "jailcore/starter", "jailcore/plan", "jailcore/contract", "jailcore", "pty"},
    "jailcore/linux/starter": {"jailcore/linux/starter", "jailcore/starter", "jailcore/listing", "jailcore/plan", "jailcore/contract",
                               "jailcore", "pty"},
    "jailcore/linux/jinit": {"jailcore/linux/jinit", "jailcore/contract", "pty"},
    "jailcore/linux/jkeeper": {"jailcore/linux/jkeeper", "jailcore/contract", "pty"},
    "router/wire": {"router/wire", "router/contract", "pty"},
    "router/sandbox": {"router/sandbox", "pty"},
    "router/sandbox/freebsd": {"router/sandbox/freebsd", "router/sandbox", "router/contract", "jailcore", "pty"},
    "router/worker": {"router/worker", "router/wire", "router/contract", "pty"},
    "router/monitor": {"router/monitor", "router/wire", "router/contract", "jailcore", "jailcore/contract", "pty"},
    "router/reader": {"router/reader", "router/sandbox", "router/wire", "router/contract", "jailcore/conf", "jailcore/listing",
                      "jailcore/plan", "jailcore/contract", "jailcore", "pty"},
    "router/main": {"router/main", "router/contract", "router/monitor", "router/worker", "router/reader", "router/sandbox", "router/wire",
                    "jailcore/listing", "jailcore", "pty"},
    "shell": {"shell", "pty"},
    "shell/syntax": {"shell/syntax", "shell", "router/contract", "pty"},
    "shell/route": {"shell/route", "shell", "router/wire", "router/contract", "pty"},
    "shell/relay": {"shell/relay", "shell/syntax", "shell", "router/wire", "router/contract", "pty"},
    "shell/complete": {"shell/complete", "shell/syntax", "shell/route", "shell", "router/contract", "pty"},
    "shell/command": {"shell/command", "shell/complete", "shell/relay", "shell/route", "shell/syntax", "shell", "router/wire",
                      "router/contract", "pty"},
    "shell/prompt": {"shell/prompt", "shell/syntax", "shell", "pty"},
    "shell/screen": {"shell/screen", "shell/route", "shell", "router/sandbox", "pty"},
}


def floors(rules):
    """The layers, each after those that it may include; graphlib.CycleError where there is a circle."""
    return list(graphlib.TopologicalSorter({name: may - {name} for name, may in rules.items()}).static_order())


def layer(path):
    """The layer of a path relative to the top, or None outside them."""
    fitting = [name for name in RULES if path == name or path.startswith(name + "/")]
    return max(fitting, key=len, default=None)


def system(path):
    """Of which system a path is: a folder of it bears that name."""
    return SYSTEMS & set(pathlib.PurePath(path).parts)


def breaches(path, text):
    """(line, what is wrong) for each breach in the file of that path."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        include = INCLUDE.match(line)
        if include:
            target = include.group(1)
            if layer(target) is None:
                found.append((number, f"{target} is not named from the top of the tree"))
            elif layer(target) not in RULES[layer(path)]:
                found.append((number, f"{layer(path)} must not include {layer(target)} ({target})"))
            if system(target) - system(path):
                found.append((number, f"only a file of that system may include {target}"))
        if SYSTEM_CHECK.match(line) and not system(path):
            found.append((number, "asks for the operating system outside a linux/ or freebsd/ folder"))
    return found


def sources():
    return [path.relative_to(TOP).as_posix() for folder in FOLDERS for path in sorted((TOP / folder).rglob("*"))
            if path.suffix in (".c", ".h", ".cpp", ".hpp")]


def test_there_are_sources_in_every_layer_on_the_list():
    # A renamed folder must not silently take itself out of the rules.
    assert {layer(path) for path in sources()} == set(RULES)


def test_no_layer_includes_back():
    assert set(floors(RULES)) == set(RULES)
    with pytest.raises(graphlib.CycleError):
        floors({"a": {"b"}, "b": {"a", "b"}})


@pytest.mark.parametrize("path", sources())
def test_includes_only_what_its_layer_may(path):
    assert breaches(path, (TOP / path).read_text()) == []


@pytest.mark.parametrize("path, line, reason", [
    ("pty/a.cpp", '#include "jailcore/contract/record.hpp"', "pty must not include jailcore"),
    ("jailcore/linux/a.cpp", '#include "router/wire/frame.hpp"', "jailcore must not include router/wire"),
    ("jailcore/plan/a.cpp", '#include "jailcore/contract/record.hpp"', "jailcore/plan must not include jailcore/contract"),
    ("jailcore/enter/linux/a.cpp", '#include "jailcore/linux/starter/a.hpp"', "must not include jailcore/linux/starter"),
    ("shell/relay/a.cpp", '#include "shell/command/a.hpp"', "shell/relay must not include shell/command"),
    ("router/worker/a.cpp", '#  include "jailcore/contract/record.hpp"', "router/worker must not include jailcore/contract"),
    ("router/contract/a.hpp", '#include "pty/fd.hpp"', "router/contract must not include pty"),
    ("router/wire/a.hpp", '#include "router/monitor/a.hpp"', "router/wire must not include router/monitor"),
    ("shell/a.cpp", '#include "router/monitor/a.hpp"', "shell must not include router/monitor"),
    ("shell/a.cpp", '#include "router/worker/a.hpp"', "shell must not include router/worker"),
    ("shell/a.cpp", '#include "shell/screen/a.hpp"', "shell must not include shell/screen"),
    ("shell/screen/a.cpp", '#include "shell/prompt/a.hpp"', "shell/screen must not include shell/prompt"),
    ("router/monitor/a.cpp", '#include "router/worker/a.hpp"', "router/monitor must not include router/worker"),
    ("shell/a.cpp", '#include "a.hpp"', "not named from the top"),
    ("jailcore/a.cpp", '#include "jailcore/linux/kernel.hpp"', "of that system"),
    ("jailcore/freebsd/a.cpp", '#include "jailcore/linux/kernel.hpp"', "of that system"),
    ("jailcore/a.cpp", "#ifdef __linux__", "operating system"),
    ("pty/a.cpp", "#if defined(__FreeBSD__)", "operating system"),
])
def test_a_breach_is_found(path, line, reason):
    assert [reason in why for _, why in breaches(path, line)] == [True]


@pytest.mark.parametrize("path, line", [
    ("router/monitor/a.cpp", '#include "jailcore/contract/record.hpp"'),
    ("shell/linux/a.cpp", "#ifdef __linux__"),
    ("shell/linux/a.cpp", '#include "pty/linux/kernel.hpp"'),
    ("shell/a.cpp", "#include <sys/socket.h>"),
    ("shell/a.cpp", "#if defined(TIOCGPTPEER)"),
])
def test_what_is_allowed_is_not_reported(path, line):
    assert breaches(path, line) == []
