"""`cmake --install`: what it puts down runs from there."""

import os
import re
import subprocess

import pytest

from conftest import BUILD


@pytest.mark.asan
def test_the_version_from_an_installation(prefix):
    done = subprocess.run([prefix.jconsole, "version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          env={}, check=True)
    assert done.stdout.startswith("jconsole 0.")


@pytest.mark.asan
def test_what_is_installed(prefix):
    found = {path.relative_to(prefix.folder).as_posix() for path in prefix.folder.rglob("*") if path.is_file()}
    helpers = ("jworker", "jcloser", "jreader", "jstarter", "jenter", "jinit", "jkeeper", "jconsole-shell", "jconsole-top")
    programs = {"bin/jconsole", "bin/jconsole-ssh", "sbin/jrouterd"} | {f"libexec/jconsole/{name}" for name in helpers}
    pages = {"share/man/man1/jconsole.1", "share/man/man1/jconsole-ssh.1", "share/man/man1/jconsole-shell.1",
             "share/man/man1/jconsole-top.1",
             "share/man/man8/jrouterd.8"}
    assert programs | pages <= found
    assert {path for path in found if not path.startswith("share/")} == programs
    assert all(os.access(prefix.folder / name, os.X_OK) for name in programs)


@pytest.mark.skipif(BUILD.name == "asan", reason="the sanitizers cannot be linked statically")
@pytest.mark.parametrize("name", ["jenter", "jinit"])
def test_what_runs_inside_a_jail_loads_no_library(prefix, name):
    text = subprocess.run(["readelf", "--program-headers", prefix.libexec / name], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    assert "INTERP" not in text and "LOAD" in text


@pytest.mark.parametrize("page", ["man1/jconsole.1", "man1/jconsole-shell.1", "man1/jconsole-ssh.1", "man1/jconsole-top.1",
                                  "man8/jrouterd.8"])
def test_man_pages_are_in_order(prefix, page):
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", prefix.folder / "share/man" / page],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert (done.stdout, done.returncode) == ("", 0)


def items(text):
    """The verbs and the options of a help text: what its lines begin with."""
    verbs, options = text.split("Verbs:\n")[1].split("\n\nOptions:\n")
    names = [re.match(r"  ([a-z-]+( (?!NAME|VERB|SHELL)[a-z]+)?)", line).group(1) for line in verbs.splitlines()]
    return names, re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", options, re.MULTILINE)


def test_the_man_page_names_every_verb_and_option(prefix):
    text = subprocess.run([prefix.jconsole, "help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    page = subprocess.run(["mandoc", "-T", "utf8", prefix.folder / "share/man/man1/jconsole.1"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True).stdout
    page = re.sub(".\x08", "", page)  # bold and underlined, as for a printer
    synopsis, described = page.split("DESCRIPTION\n")
    verbs, options = items(text)
    assert {"attach", "config dump", "completion", "help"} <= set(verbs) and {"--user", "--json"} <= set(options)
    for verb in verbs:
        assert re.search(rf"^     jconsole {verb}\b", synopsis, re.MULTILINE), verb
        assert re.search(rf"^     {verb}( |$)", described, re.MULTILINE), verb
    for option in options:
        assert re.search(rf"^     (-\w.*, )?{option}\b", described, re.MULTILINE), option
    assert "@" not in synopsis and "__" not in page
