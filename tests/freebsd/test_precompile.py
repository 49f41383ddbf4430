"""That precompile.py has the compiler below make what CMake asks for, and leaves every other compilation alone."""

import pathlib
import subprocess
import sys

import pytest

PROGRAM = pathlib.Path(__file__).with_name("precompile.py")


@pytest.fixture(name="compiler")
def fixture_compiler(tmp_path):
    """Says what it was called with; with -###, what it would call: itself."""
    path = tmp_path / "a compiler"
    path.write_text('#!/bin/sh\ncase " $* " in\n'
                    '*" -### "*) case " $* " in *" -emit-pch "*) exit 1 ;; esac\n'
                    r"""    printf 'a compiler\n "%s" "-cc1" "-emit-pch" "-D" "A=\\"b\\"" "-o" "elsewhere" "x.hxx"\n' "$0" >&2 ;;"""
                    '\n*) printf "%s\\n" "$@" ;;\nesac\n')
    path.chmod(0o755)
    return path


def run(*words):
    return subprocess.run([sys.executable, PROGRAM, *map(str, words)], capture_output=True, text=True, check=False)


def test_a_header_is_made_by_the_compiler_below(compiler):
    result = run(compiler, "c++", "-Xclang", "-emit-pch", "-x", "c++-header", "-MD", "-MT", "x.pch", "-MF", "x.d", "-o", "x.pch",
                 "-c", "x.hxx")
    assert result.stdout.split("\n") == ["-cc1", "-dependency-file", "x.d", "-MT", "x.pch", "-emit-pch", "-D", 'A="b"', "-o",
                                         "x.pch", "x.hxx", ""]
    assert (result.returncode, result.stderr) == (0, "")


def test_anything_else_is_compiled_as_it_is(compiler):
    result = run(compiler, "c++", "-Xclang", "-include-pch", "-Xclang", "x.pch", "-o", "x.o", "-c", "x.cpp")
    assert result.stdout.split("\n") == ["c++", "-Xclang", "-include-pch", "-Xclang", "x.pch", "-o", "x.o", "-c", "x.cpp", ""]


def test_what_the_compiler_says_against_it_is_told(tmp_path):
    failing = tmp_path / "failing"
    failing.write_text("#!/bin/sh\necho no such option >&2\nexit 1\n")
    failing.chmod(0o755)
    result = run(failing, "-Xclang", "-emit-pch", "-o", "x.pch")
    assert (result.returncode, result.stderr) == (1, "no such option\n")
