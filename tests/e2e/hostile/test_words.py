"""What follows a verb goes unread to the helper that does it, which runs as the router does. There it can say what a user
may say, and nothing of what the router says to its helpers: by which file, with which id, for whom."""

import json

import pytest

from conftest import PATIENCE
from test_order import farm  # noqa: F401 (a fixture)
from wireclient import CONTROL, DATA, Connection, control, hello


def ask(router, verb, jail, arguments, **members):
    """Its exit or error, and what it printed, as a client that is none of ours asks for it."""
    with Connection(router.socket, PATIENCE) as client:
        client.send(hello() + control(type="open", verb=verb, jail=jail, terminal=None, arguments=arguments, **members))
        seen = []
        for kind, stream, payload in client.frames():
            seen.append((kind, stream, payload))
            if (kind, stream, verb) == (DATA, 2, "top"):
                break
    printed = {number: b"".join(payload for kind, stream, payload in seen if (kind, stream) == (DATA, number)).decode()
               for number in (2, 3)}
    return seen[-1][2] if seen[-1][0] == CONTROL else {}, printed[2], printed[3]


# The words of the router's to its helpers (jailcore/contract/starter.hpp, jailcore/contract/enter.hpp, router/reader/modes.hpp).
ROUTERS = [["--config", "FILE"], ["--config=FILE"], ["-f", "FILE"], ["--default-config", "FILE"], ["--trusted"], ["--jid", "1"],
           ["--jail", "NAME"], ["reap"], ["table"], ["tty", "24", "80", "0", "0"], ["--", "--config", "FILE"]]


@pytest.mark.parametrize("verb", ["start", "stop", "restart", "kill", "check"])
@pytest.mark.parametrize("words", ROUTERS, ids=" ".join)
def test_words_of_the_router_are_none_of_a_clients(farm, verb, words):  # noqa: F811
    marker = farm.root / "tmp/marker"
    farm.write(a=f'exec.prestart = "touch {marker}"; exec.prestop = "touch {marker}";', b=f'exec.prestart = "touch {marker}";')
    evil = farm.config.rename(farm.config.with_name("evil.conf"))
    farm.write(a="", b="")
    farm.verb("start", "a")
    jail = farm.name("b" if verb == "start" else "a")
    words = [word.replace("FILE", str(evil)).replace("NAME", farm.name("b")) for word in words]
    if verb == "kill" and words[0] == "-f":
        words = words[1:]  # -f is the user's there
    exit, printed, said = ask(farm.router, verb, jail, words, config=str(farm.config) if verb != "kill" else "")
    assert exit["type"] == "exit" and exit["status"] != 0
    assert f"{verb}: unknown option {words[0]}" in said and printed == ""
    assert farm.running() == ["a"] and not marker.exists()


@pytest.mark.parametrize("verb", ["ls", "ps", "sessions", "top"])
@pytest.mark.parametrize("words", [["--config", "/etc/passwd"], ["--trusted"], ["--table"], ["--as-ordered"], ["--verbose=/x"]],
                         ids=" ".join)
def test_nor_of_one_that_lists(router, verb, words):
    exit, printed, said = ask(router, verb, "", words)
    assert exit["type"] == "exit" and exit["status"] != 0 and "option" in said and printed == ""


def test_an_order_takes_its_words_for_names(farm):  # noqa: F811
    farm.write(a="")
    exit, printed, said = ask(farm.router, "order", "", ["start", "--config", "/etc/passwd"], config=str(farm.config))
    assert printed == "refuse ?\nrefuse ?\n" and "--config: that is no name" in said
    exit, printed, said = ask(farm.router, "order", "", ["table"], config=str(farm.config))
    assert exit["status"] != 0 and printed == ""


@pytest.mark.parametrize("verb", ["order", "start", "restart", "stop"])
@pytest.mark.parametrize("config", ["--trusted", "--jail=a", "--default-config=/etc/passwd", "--jid=1", "--", "-"])
def test_a_configuration_is_never_an_option(farm, verb, config):  # noqa: F811
    farm.write(a="")
    runs = ["a"] if verb in ("restart", "stop") else []
    if runs:
        farm.verb("start", "a")
    jail, words = ("", ["start", farm.name("a")]) if verb == "order" else (farm.name("a"), [])
    exit, printed, said = ask(farm.router, verb, jail, words, config=config)
    assert exit["type"] == "exit" and exit["status"] != 0 and printed == ""
    assert f"{config}: No such file or directory" in said and farm.running() == runs


def test_what_clients_of_version_2_have_always_said_is_understood(farm):  # noqa: F811
    farm.write(a='exec.start = "true";')
    jail, config = farm.name("a"), str(farm.config)
    exit, printed, _ = ask(farm.router, "start", jail, ["--verbose", "--as-ordered"], config=config)
    assert exit["status"] == 0 and "run command in jail: true" in printed
    exit, printed, _ = ask(farm.router, "check", jail, ["--json", "--repair"])
    assert exit["status"] == 0 and json.loads(printed)["usable"]
    for verb in ("ls", "ps", "sessions", "top"):
        _, printed, said = ask(farm.router, verb, "", ["--json"])
        assert said == "" and json.loads(printed.splitlines()[0] if verb == "top" else printed) is not None
    exit, printed, _ = ask(farm.router, "restart", jail, ["-v"], config=config)
    assert exit["status"] == 0 and "run command in jail: true" in printed
    exit, _, _ = ask(farm.router, "stop", jail, [], config=config)
    assert exit["status"] == 0
    farm.verb("start", "a")
    exit, printed, _ = ask(farm.router, "kill", jail, ["-f", "-k", "-q", "-t", "1"])
    assert exit["status"] == 0 and printed == "" and farm.running() == []
