"""FreeBSD's service and port: pkg-plist lists what CMake would install there, and the files keep the rules of the Porter's
Handbook and of portlint(1), which there is none of here."""

import json
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
PORT = TOP / "packaging/freebsd/port"
MAKEFILE = (PORT / "Makefile").read_text()

# Porter's Handbook, chapter 15: the blocks in order, and the variables of each that are used here, in order.
BLOCKS = (("PORTNAME", "DISTVERSION", "CATEGORIES", "MASTER_SITES"),
          ("MAINTAINER", "COMMENT", "WWW"),
          ("LICENSE", "LICENSE_FILE"),
          ("BUILD_DEPENDS", "LIB_DEPENDS"),
          ("USES", "USE_RC_SUBR"),
          ("CMAKE_OFF",))


@pytest.fixture(name="installed", scope="module")
def fixture_installed(tmp_path_factory):
    """{path below the prefix: it is a program}, as CMake says for FreeBSD. The compiler is any: nothing is compiled."""
    build = tmp_path_factory.mktemp("build")
    query = build / ".cmake/api/v1/query"
    query.mkdir(parents=True)
    (query / "codemodel-v2").touch()
    subprocess.run(["cmake", "-S", TOP, "-B", build, "-DCMAKE_SYSTEM_NAME=FreeBSD", "-DCMAKE_INSTALL_PREFIX=/usr/local",
                    "-DCMAKE_C_COMPILER_WORKS=1", "-DCMAKE_CXX_COMPILER_WORKS=1", "-DJCONSOLE_TESTS=OFF",
                    f"-DCMAKE_PROJECT_TOP_LEVEL_INCLUDES={TOP}/cmake/freebsd/headers.cmake"],
                   check=True, stdout=subprocess.DEVNULL, timeout=120)
    found = {}
    for path in (build / ".cmake/api/v1/reply").glob("directory-*.json"):
        for rule in json.loads(path.read_text()).get("installers", []):
            for name in rule["paths"]:
                if isinstance(name, dict): # a folder
                    below = TOP / name["from"]
                    found.update({f"{rule['destination']}/{file.relative_to(below)}": False for file in below.rglob("*")
                                  if file.is_file()})
                else:
                    found[f"{rule['destination']}/{pathlib.Path(name).name}"] = rule["type"] == "target"
    return build, found


def listed():
    """The paths of pkg-plist, with its variables put in."""
    lines = (PORT / "pkg-plist").read_text().splitlines()
    return [line.replace("%%EXAMPLESDIR%%", "share/examples/jconsole") for line in lines]


def test_the_list_has_what_is_installed(installed):
    _, found = installed
    assert "sbin/jrouterd" in found and "libexec/jconsole/jworker" in found
    # bsd.port.mk adds the scripts of USE_RC_SUBR to the list, and compresses the man pages.
    expected = {re.sub(r"^(share/man/.*)", r"\1.gz", path) for path in found} - {"etc/rc.d/jrouterd"}
    assert set(listed()) == expected
    assert "etc/rc.d/jrouterd" in found and "USE_RC_SUBR=\tjrouterd\n" in MAKEFILE


def test_the_list_is_as_portlint_wants_it():
    assert listed() == sorted(set(listed()))
    for line in (PORT / "pkg-plist").read_text().splitlines():
        assert not line.startswith(("/", "share/examples/", "share/doc/")) and line == line.strip()


def test_places_are_those_of_hier(installed):
    _, found = installed
    assert {path.rpartition("/")[0] for path in found} == {
        "bin", "sbin", "libexec/jconsole", "etc/rc.d", "share/man/man1", "share/man/man8", "share/examples/jconsole",
        "share/bash-completion/completions", "share/zsh/site-functions", "share/fish/vendor_completions.d"}


def test_the_installed_script_parses_and_names_the_installed_router(installed):
    build, _ = installed
    script = build / "etc/rc.d/jrouterd"
    subprocess.run(["sh", "-n", script], check=True)
    text = script.read_text()
    assert text == (PORT / "files/jrouterd.in").read_text().replace("%%PREFIX%%", "/usr/local")
    assert 'command="/usr/local/sbin/$name"' in text and "%%" not in text


def test_the_script_says_when_it_runs_and_that_it_runs_in_no_jail():
    text = (PORT / "files/jrouterd.in").read_text()
    assert re.findall(r"^# ([A-Z]+): (.*)$", text, re.MULTILINE) == [
        ("PROVIDE", "jrouterd"), ("REQUIRE", "LOGIN FILESYSTEMS"), ("BEFORE", "jail"), ("KEYWORD", "shutdown")]
    # rc.subr(8): a default stands behind the user's configuration, and what must be so, too.
    order = [text.index(line) for line in ("\nload_rc_config ", "\n: ${jrouterd_enable:=NO}\n", '\njrouterd_svcj="NO"\n',
                                           "\nrun_rc_command ")]
    assert order == sorted(order)


def test_the_script_stands_on_the_router_s_folder():
    folder = re.search(r'system_directory = "(.*)"', (TOP / "router/wire/freebsd/meeting.cpp").read_text()).group(1)
    assert f'\npidfile="{folder}/$name.pid"\n' in (PORT / "files/jrouterd.in").read_text()


def test_the_makefile_has_its_variables_in_order():
    blocks = MAKEFILE.split("\n\n")
    assert blocks.pop() == ".include <bsd.port.mk>\n"
    assert [tuple(re.findall(r"^([A-Z_]+)=\t+\S", block, re.MULTILINE)) for block in blocks] == list(BLOCKS)
    assert not re.search(r"[ \t]$", MAKEFILE, re.MULTILINE) and "    " not in MAKEFILE


def test_the_makefile_names_this_version_and_licence():
    version = re.search(r"^project\(jconsole VERSION (\S+) ", (TOP / "CMakeLists.txt").read_text(), re.MULTILINE).group(1)
    assert f"DISTVERSION=\t{version}\n" in MAKEFILE
    assert (TOP / "LICENSE").read_text().startswith("BSD 2-Clause License\n") and "LICENSE=\tBSD2CLAUSE\n" in MAKEFILE


def test_comment_and_description_are_as_portlint_wants_them():
    comment = re.search(r"^COMMENT=\t(.*)$", MAKEFILE, re.MULTILINE).group(1)
    assert len(comment) <= 70 and re.match("[A-Z0-9]", comment) and not comment.endswith(".")
    text = (PORT / "pkg-descr").read_text()
    assert text.isascii() and text.endswith(".\n") and "WWW:" not in text
    assert len(text.splitlines()) <= 24 and max(map(len, text.splitlines())) <= 80


def test_each_package_of_the_port_is_in_docs_packages():
    section = (TOP / "docs/packages.txt").read_text().partition("\n[freebsd-ports]\n")[2].partition("\n[")[0]
    named = set(re.findall(r"^(\S+) +# \S", section, re.MULTILINE))
    assert len(named) == len(section.strip().splitlines())
    ports = {origin.partition("/")[2] for origin in re.findall(r":(devel/\S+)", MAKEFILE)}
    assert ports | {"cmake", "pkgconf", "readline"} <= named
