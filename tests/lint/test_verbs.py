"""A verb of the router is a row of router/contract/verbs.hpp, what does it in its helper, and the client's row. All else
judges by the row: no other file names a verb, but who asks for one."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
CONTRACT = "router/contract/verbs.hpp"
ROW = re.compile(r'\.id = Verb::(\w+),\s*\.name = "(\w+)",\s*\.helper = Helper::(\w+)')
ROWS = {name: helper for _, name, helper in ROW.findall((TOP / CONTRACT).read_text())}

# Of each helper the file that has a table of what it does.
HANDLERS = {"jreader": "router/main/jreader.cpp", "jstarter": "jailcore/starter/request.hpp",
            "jenter": "jailcore/enter/request.cpp"}
CLIENT = "shell/syntax/verbs.cpp"
ACTIONS = "shell/command/actions.cpp"
# What the user asks for by another name or never by itself: `attach`, the order of what is started or stopped, and who may
# have a jail that is not found.
NOT_TYPED = {"console", "order", "hint"}

# Who asks for a verb by its name, as a user or a client does.
ASKING = {
    "jailcore/conf/order.cpp": {"start", "stop", "restart", "kill"},  # the steps of an order
    "shell/command/actions.cpp": {"ls", "ps", "peek", "top", "hint"},  # of which the client does more than to ask
    "shell/command/request.cpp": {"console"},
    "shell/command/jail_steps.cpp": {"order"},
    "shell/complete/name_sources.cpp": {"console", "ls", "sessions"},
    "shell/screen/screen.cpp": {"top", "peek"},
    "shell/screen/screen_keys.cpp": {"start", "stop", "restart", "kill"},
}
# Words that are no verb's name there: of a step that failed, of a memfd, of JSON, of ps(1), of libxo.
OTHER_WORDS = {
    "jailcore/enter/freebsd/devfs_facts.cpp": {"check"},
    "jailcore/linux/starter/cgroup.cpp": {"kill"},
    "jailcore/listing/jls_options.cpp": {"ls"},
    "jailcore/listing/linux/proc_text.cpp": {"console"},
    "jailcore/listing/live.cpp": {"sessions"},
    "jailcore/listing/ps_columns.cpp": {"start"},
    "router/monitor/readers.cpp": {"order"},
    "router/monitor/sessions.cpp": {"sessions"},
    "router/monitor/starters.cpp": {"kill"},
    "router/monitor/waiting_jenter.cpp": {"order"},
    "shell/command/actions.cpp": {"console"},
    "shell/report.cpp": {"start"},
    "shell/screen/main.cpp": {"top"},
    "shell/screen/snapshot.cpp": {"sessions"},
}

NAMES = "|".join(ROWS)
NAMED = re.compile(rf'"({NAMES})"')
ENUMERATOR = re.compile(rf"\bVerb::({NAMES})\b|\busing enum \S*Verb\b")
COMPARED = re.compile(rf'[=!]= *"({NAMES})"|"({NAMES})" *[=!]=')


def allowed(path):
    """The verbs whose names may stand in that file."""
    if path == CLIENT:
        return set(ROWS)
    done = {name for name, helper in ROWS.items() if HANDLERS.get(helper) == path}
    return done | ASKING.get(path, set()) | OTHER_WORDS.get(path, set())


def strays(path, text):
    """(line, what is wrong) for each place where a file names a verb that it should know by its row."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        code = line.partition("//")[0]
        if ENUMERATOR.search(code):
            found.append((number, "judges by the id of a verb"))
        # Of a jenter's modes one is its verb.
        if COMPARED.search(code) and path != HANDLERS["jenter"]:
            found.append((number, "judges by the name of a verb"))
        for name in NAMED.findall(code):
            if name not in allowed(path):
                found.append((number, f"names the verb {name}"))
    return found


def sources():
    return [path.relative_to(TOP).as_posix() for folder in ("pty", "jailcore", "router", "shell")
            for path in sorted((TOP / folder).rglob("*")) if path.suffix in (".c", ".h", ".cpp", ".hpp")]


def test_a_verb_is_judged_by_its_row_alone():
    assert {path: found for path in sources() if path != CONTRACT
            if (found := strays(path, (TOP / path).read_text()))} == {}


def test_the_lists_name_no_more_than_there_is():
    for path, names in [*ASKING.items(), *OTHER_WORDS.items()]:
        assert names <= set(NAMED.findall((TOP / path).read_text())), path


def test_every_verb_has_its_row_what_does_it_and_the_clients_row():
    assert len(ROWS) == (TOP / CONTRACT).read_text().count(".id = Verb::") > 10
    client = re.findall(r'\{\.name = "([^"]+)"', (TOP / CLIENT).read_text())
    for name, helper in ROWS.items():
        assert client.count(name) == (0 if name in NOT_TYPED else 1), name
        for program, path in HANDLERS.items():
            assert (name in NAMED.findall((TOP / path).read_text())) == (program == helper), (name, path)


def test_whatever_can_be_typed_is_done():
    client = re.findall(r'\{\.name = "([^"]+)",?\s*\.', (TOP / CLIENT).read_text())
    typed = [name for name in client if name.islower() or name.startswith("__")]
    own = re.findall(r'^    \{"([^"]+)", \w+\},$', (TOP / ACTIONS).read_text(), re.MULTILINE)
    assert len(own) > 10 and set(own) <= set(typed)
    assert set(typed) - set(own) <= set(ROWS)


@pytest.mark.parametrize("path, line", [
    ("router/monitor/starters.cpp", "    if (session.verb == contract::Verb::start)"),
    ("router/monitor/helpers.cpp", "    case Verb::check:"),
    ("router/worker/worker.cpp", "    using enum contract::Verb;"),
    ("router/worker/worker.cpp", '    if (open.verb == "peek")'),
    ("shell/relay/relay.cpp", '    return verb == "start";'),
    ("jailcore/linux/starter/starter.cpp", '        if ("stop" != options_.verb)'),
    ("router/reader/config.cpp", '    std::set<std::string> ordered{"start"};'),
    ("shell/command/session.cpp", '    open.verb = "ls";'),
])
def test_a_stray_is_found(path, line):
    assert strays(path, line) != []


@pytest.mark.parametrize("path, line", [
    ("router/main/jreader.cpp", '{"ls", reader::list_jails},'),
    ("shell/command/request.cpp", '    open.verb = "console";'),
    ("router/monitor/starters.cpp", "    if (session.row().makes_jail) // Verb::start"),
    ("shell/relay/relay.cpp", '    std::string text = "start over";'),
])
def test_what_is_allowed_is_not_reported(path, line):
    assert strays(path, line) == []
