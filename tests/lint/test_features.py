"""docs/features.md names tests that there are."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
TEXT = (TOP / "docs/features.md").read_text()


def test_each_end_to_end_test_is_there():
    named = set(re.findall(r"`(test_\w+\.py)::(\w+)`", TEXT))
    files = {path.name: path.read_text() for path in (TOP / "tests/e2e").rglob("test_*.py")}
    assert len(named) > 30
    assert {(file, name) for file, name in named if f"\ndef {name}(" not in files.get(file, "")} == set()


def test_each_unit_test_is_there():
    named = set(re.findall(r"`([A-Z]\w+)\.([A-Z]\w+)`", TEXT))
    there = {name for path in (TOP / "tests/unit").glob("*.cpp")
             for name in re.findall(r"^TEST(?:_[FP])?\((\w+), (\w+)\)", path.read_text(), re.MULTILINE)}
    assert len(named) > 20
    assert named - there == set()


def test_each_check_on_freebsd_is_there():
    named = set(re.findall(r'`cases/(\w+\.sh)` "([^"]+)"', TEXT))
    missing = {(file, what) for file, what in named
               if not re.search(rf"""["']{re.escape(what)}["']""", (TOP / "tests/freebsd/cases" / file).read_text())}
    assert len(named) > 20
    assert missing == set()


def test_each_row_has_the_columns_of_its_table():
    columns = None
    for number, line in enumerate(TEXT.splitlines(), 1):
        if not line.startswith("|"):
            columns = None
            continue
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        assert cells == (columns or cells), number
        columns = cells
