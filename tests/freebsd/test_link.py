"""What link.py lets pass: a linker that lacks only what is on the list."""

import link
import pytest

LIST = "[patterns]\nstd::\n\n[functions]\n# a comment\npty::spawn(pty::Spawn const&)\nkernel::peer_process(int)\n"


@pytest.fixture(name="missing")
def fixture_missing(tmp_path):
    path = tmp_path / "missing.txt"
    path.write_text(LIST)
    return path


def linker(program, *undefined, other=""):
    says = other + "".join(f"ld.lld: error: undefined symbol: {name}\n>>> referenced by a.cpp:1\n\n" for name in undefined)
    return ["sh", "-c", 'printf %s "$0" >&2; exit ' + ("1" if says else "0"), says, "-o", str(program)]


def test_what_lacks_only_what_is_listed_counts_as_linked(missing, tmp_path):
    program = tmp_path / "jworker"
    assert link.link(missing, linker(program, "std::terminate()", "pty::spawn(pty::Spawn const&)")) == 0
    assert program.exists()
    assert (tmp_path / "jworker.lacks").read_text() == "pty::spawn(pty::Spawn const&)\n"


def test_what_a_library_of_debian_defines_is_as_good_as_there(missing, tmp_path):
    assert link.link(missing, linker(tmp_path / "jconsole-top", "tigetstr")) == 1
    missing.write_text("[libraries]\nlibtinfo.so.6\n" + LIST)
    assert link.link(missing, linker(tmp_path / "jconsole-top", "tigetstr")) == 0


def test_what_lacks_anything_else_is_told_and_fails(missing, tmp_path, capsys):
    program = tmp_path / "jworker"
    assert link.link(missing, linker(program, "pidfd_open", "std::terminate()")) == 1
    assert not program.exists()
    assert capsys.readouterr().err == ("jworker: nothing on FreeBSD defines pidfd_open\n"
                                       ">>> referenced by a.cpp:1\n")


def test_any_other_error_of_the_linker_fails(missing, tmp_path, capsys):
    program = tmp_path / "jworker"
    other = "ld.lld: error: duplicate symbol: main\n"
    assert link.link(missing, linker(program, "pty::spawn(pty::Spawn const&)", other=other)) == 1
    assert other in capsys.readouterr().err
    assert not program.exists()


def test_what_nothing_lacks_any_more_must_go_from_the_list(missing, tmp_path, capsys):
    link.link(missing, linker(tmp_path / "jworker", "pty::spawn(pty::Spawn const&)"))
    assert link.compare(missing, tmp_path) == 1
    assert "kernel::peer_process(int) is lacking no more" in capsys.readouterr().err
    link.link(missing, linker(tmp_path / "jrouterd", "kernel::peer_process(int)"))
    assert link.compare(missing, tmp_path) == 0
    missing.write_text(LIST.replace("kernel::peer_process(int)\n", ""))
    assert link.compare(missing, tmp_path) == 1
    missing.write_text(LIST)
    capsys.readouterr()
    assert link.compare(missing, tmp_path) == 0
    assert capsys.readouterr().out == "2 programs, 2 functions without a FreeBSD half\n"
