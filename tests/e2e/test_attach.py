"""`jconsole pid:N`: a terminal, or pipes, in a namespace set that somebody else made."""

import os
import pathlib
import re
import signal
import subprocess

import pexpect
import pyte
import pytest

from conftest import alive, wait_for

pytestmark = pytest.mark.asan


def finish(child):
    """The rest of the client's output, and its exit status."""
    rest = child.read()
    child.close()
    return rest, child.exitstatus


def prompt(child):
    child.expect_exact("ready> ")


# ---- with a terminal ----------------------------------------------------------------------------------------------------


def test_the_terminal_is_the_jails_own(router, name, namespaces):
    assert finish(router.terminal("-t", name, "--", "tty")) == ("/dev/pts/0\r\n", 0)
    wait_for(lambda: namespaces.terminals() == [], "the end of the terminal")


def test_the_size_is_right_from_the_first_instruction(router, name):
    assert finish(router.terminal("-t", name, "--", "stty", "size", size=(33, 101))) == ("33 101\r\n", 0)


def test_a_change_of_size_reaches_the_program(router, name):
    child = router.terminal("-t", name, "--", "sh", "-c",
                            'trap "stty size; exit 3" WINCH; echo up; while :; do sleep 0.02; done')
    child.expect_exact("up")
    child.setwinsize(40, 120)
    child.expect_exact("40 120")
    assert finish(child)[1] == 3


def test_interrupt_reaches_the_program_and_not_the_client(router, name):
    child = router.terminal("-t", name, "--", "sh", "-c",
                            'trap "echo caught; exit 9" INT; echo up; while :; do sleep 0.02; done')
    child.expect_exact("up")
    child.sendintr()
    child.expect_exact("caught")
    assert finish(child)[1] == 9


def test_job_control(router, name, namespaces):
    child = router.terminal(name)
    prompt(child)
    child.sendline("sleep 1000")
    wait_for(lambda: "sleep 1000" in [command for _, command in namespaces.processes()], "sleep")
    child.send("\x1a")
    child.expect(r"Stopped +sleep 1000")
    prompt(child)
    child.sendline("bg; jobs")
    child.expect(r"Running +sleep 1000")
    prompt(child)
    child.sendline("fg")
    child.expect(r"sleep 1000\r\n")
    child.sendintr()
    prompt(child)
    child.sendline("exit 5")
    rest, status = finish(child)
    assert status == 5
    assert "job control" not in child.before + rest


def test_the_login_shell_is_a_login_shell(router, name):
    child = router.terminal(name, "-u", "demo")
    prompt(child)
    child.sendline('echo "<$0 $USER $HOME $SHELL $PWD>"')
    child.expect_exact("<-sh demo /home/demo /bin/sh /home/demo>")
    prompt(child)
    child.sendline("exit")
    assert finish(child)[1] == 0


def test_end_of_file_ends_the_shell(router, name):
    child = router.terminal(name)
    prompt(child)
    child.sendeof()
    assert finish(child)[1] == 0


def test_terminal_modes_of_the_client_are_restored(router, name):
    shell = pexpect.spawn("/bin/sh", env={"PS1": "% ", "TERM": "xterm", "PATH": os.environ["PATH"]}, encoding="utf-8",
                          timeout=60)
    shell.delaybeforesend = None
    shell.expect_exact("% ")
    shell.sendline("stty -g")
    shell.expect(r"\n([0-9a-f:]+)\r")
    modes = shell.match.group(1)
    shell.sendline(subprocess.list2cmdline(router.command("-t", name, "--", "stty", "raw", "-echo")) + "; echo do''ne")
    shell.expect_exact("done")
    shell.expect_exact("% ")
    shell.sendline("stty -g")
    shell.expect(r"\n([0-9a-f:]+)\r")
    assert shell.match.group(1) == modes
    shell.close()


# ---- how it ends --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 1, 7, 254, 255])
def test_the_exit_status_is_the_programs(router, name, status):
    assert router.run(name, "--", "sh", "-c", f"exit {status}").returncode == status
    assert finish(router.terminal("-t", name, "--", "sh", "-c", f"exit {status}"))[1] == status


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP, signal.SIGSEGV])
def test_a_signal_is_told_as_128_and_its_number(router, name, which):
    assert router.run(name, "--", "sh", "-c", f"kill -{int(which)} $$").returncode == 128 + which
    assert finish(router.terminal("-t", name, "--", "sh", "-c", f"kill -{int(which)} $$"))[1] == 128 + which


@pytest.mark.parametrize("program, status", [("no-such-program", 127), ("/bin/no-such", 127), ("/etc/passwd", 126),
                                             ("/etc", 126), ("", 127)])
def test_a_program_that_cannot_be_executed(router, name, program, status):
    done = router.run(name, "--", program, check=status)
    assert done.stdout == b"" and b": :" not in done.stderr
    assert re.fullmatch(rb"jconsole: pid:\d+: [^\n]*" + program.encode() + rb"[^\n]*\n", done.stderr)
    rest, code = finish(router.terminal("-t", name, "--", program))
    assert code == status and program in rest


def one_line(done, *words):
    """The client's own errors: status 255, nothing on standard output, one line that has the words."""
    text = done.stderr.decode()
    assert done.returncode == 255, (done.returncode, text)
    assert done.stdout == b""
    assert text.count("\n") == 1 and text.endswith("\n") and text.startswith("jconsole: "), text
    for word in words:
        assert word in text
    return text


def test_a_jail_that_is_not_there(router):
    assert ";" in one_line(router.run("nowhere", "--", "true"), "nowhere")


def test_a_jail_that_is_dead(router, namespaces):
    namespaces.end()
    wait_for(lambda: not alive(namespaces.pid), "its holder's end")
    one_line(router.run(namespaces.name, "--", "true"), namespaces.name)


def test_a_router_that_is_not_running(prefix, folder):
    done = subprocess.run([prefix.jconsole, "--router", folder / "none", "demo", "--", "true"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert ";" in one_line(done, str(folder / "none"))


@pytest.mark.parametrize("user", ["nobody-here", "4294967295", "-1", "0x0", "99999999999"])
def test_a_user_that_is_not_there(router, name, user):
    one_line(router.run("--user=" + user, name, "--", "true"), user)


def test_a_directory_that_is_not_there(router, name):
    one_line(router.run("-d", "/no/such/place", name, "--", "true"), "/no/such/place")


# ---- who, where, with what ------------------------------------------------------------------------------------------------


def test_user_groups_and_directory(router, name):
    done = router.run("-u", "demo", "-d", "/tmp", name, "--", "sh", "-c", "id; pwd", check=0)
    assert done.stdout == b"uid=1000(demo) gid=1000(demo) groups=1000(demo),2000(extra)\n/tmp\n"
    assert router.run(name, "--", "id", "-G", check=0).stdout == b"0\n"


def test_a_user_by_number(router, name):
    assert router.run("-u", "1000", name, "--", "id", "-un", check=0).stdout == b"demo\n"


def test_the_environment_is_made_from_nothing(router, name):
    done = router.run("-e", "COLOUR=blue sky", "-e", "EMPTY=", name, "--", "env", check=0,
                      environment={"SECRET": "x", "LD_PRELOAD": "", "TERM": "vt220"})
    variables = dict(line.split("=", 1) for line in done.stdout.decode().splitlines())
    assert variables["COLOUR"] == "blue sky" and variables["EMPTY"] == ""
    assert variables["TERM"] == "vt220"
    assert variables["HOME"] == "/root" and variables["USER"] == "root" and variables["SHELL"] == "/bin/sh"
    assert "UTF-8" in variables["LANG"].upper().replace("UTF8", "UTF-8")
    assert set(variables) <= {"COLOUR", "EMPTY", "TERM", "HOME", "USER", "LOGNAME", "SHELL", "PATH", "LANG", "PWD",
                              "SHLVL", "MAIL"}


def test_arguments_arrive_as_they_are(router, name):
    words = ["a b", "", "-x", "--", "ü€", "new\nline", "$HOME", "*"]
    done = router.run(name, "--", "sh", "-c", r'printf "<%s>" "$@"', "sh", *words, check=0)
    assert done.stdout.decode() == "".join(f"<{word}>" for word in words)


def test_what_is_inherited_is_reset(router, name):
    done = router.run(name, "--", "sh", "-c", "umask; grep -E '^(SigBlk|SigIgn|CapAmb|CapInh)' /proc/self/status;"
                      "cut -d ' ' -f 19 /proc/self/stat",
                      check=0, preexec_fn=lambda: [signal.signal(signal.SIGUSR1, signal.SIG_IGN), os.umask(0)])
    assert re.fullmatch(rb"0022\nSigBlk:\t0+\nSigIgn:\t0+\nCapInh:\t0+\nCapAmb:\t0+\n0\n", done.stdout), done.stdout


@pytest.mark.parametrize("option, terminal", [("-t", True), ("-T", False)])
def test_terminal_or_pipes_as_asked(router, name, option, terminal):
    script = "test -t 0 && test -t 1 && echo terminal || echo pipes"
    expected = "terminal" if terminal else "pipes"
    assert router.run(option, name, "--", "sh", "-c", script, check=0).stdout.decode().split() == [expected]
    assert finish(router.terminal(option, name, "--", "sh", "-c", script))[0].split() == [expected]


# ---- what a session may hold ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["-t", "-T"])
def test_no_descriptor_of_the_router_reaches_a_session(router, name, namespaces, option):
    client = router.popen(option, name, "--", "sleep", "1000", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    pid = wait_for(lambda: [pid for pid, command in namespaces.processes() if command == "sleep 1000"], "sleep")[0]
    held = {int(fd): os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    assert sorted(held) == [0, 1, 2]
    kind = r".*/pts/\d+|/\d+" if option == "-t" else r"(pipe|socket):\[\d+\]"
    assert [link for link in held.values() if not re.fullmatch(kind, link)] == []
    assert os.readlink(f"/proc/{pid}/cwd").startswith("/")
    client.terminate()
    client.communicate()
    wait_for(lambda: namespaces.processes() == [], "the session's end")


# ---- programs that are hard on a terminal ----------------------------------------------------------------------------------


@pytest.fixture(params=["pids", "freezer", "unified"])
def group(request, namespaces):
    """A control group with the holder of the namespaces in it, in a hierarchy of version 1 or 2."""
    hierarchy = pathlib.Path("/sys/fs/cgroup", request.param)
    if not os.access(hierarchy / "cgroup.procs", os.W_OK):
        pytest.skip(f"there is no hierarchy {hierarchy} to write to")
    made = hierarchy / f"jct{os.getpid()}"
    made.mkdir()
    (made / "cgroup.procs").write_text(str(namespaces.pid))
    yield made
    namespaces.end()
    wait_for(lambda: not (made / "cgroup.procs").read_text(), "the end of what was in the group")
    made.rmdir()


@pytest.mark.parametrize("option", ["-t", "-T"])
def test_a_console_is_in_the_control_groups_of_its_jail(router, name, namespaces, group, option):
    client = router.popen(option, name, "--", "sh", "-c", "echo here; sleep 1000", stdout=subprocess.PIPE)
    assert client.stdout.readline().split() == [b"here"]
    inside = {pid for pid, _ in namespaces.processes()}
    assert inside and inside <= set(map(int, (group / "cgroup.procs").read_text().split()))
    client.kill()
    client.communicate()


def test_script_and_sudo_work_inside(router, host_namespaces):
    child = router.terminal("-t", host_namespaces.name, "--", "script", "-qec", "tty", "/dev/null")
    rest, status = finish(child)
    assert (re.sub(r"\s", "", rest), status) == ("/dev/pts/1", 0)
    child = router.terminal("-t", host_namespaces.name, "--", "sudo", "-n", "sh", "-c", "id -u; test -t 0 && echo terminal")
    rest, status = finish(child)
    assert (rest.split(), status) == (["0", "terminal"], 0)


def test_tmux_works_inside(router, host_namespaces):
    screen = pyte.Screen(80, 24)
    stream = pyte.Stream(screen)
    child = router.terminal("-t", host_namespaces.name, "--", "tmux", "-f", "/dev/null", "new-session",
                            "env PS1='inside> ' /bin/sh")

    def shows(text):
        try:
            stream.feed(child.read_nonblocking(65536, timeout=0.1))
        except pexpect.TIMEOUT:
            pass
        return any(text in line for line in screen.display)

    wait_for(lambda: shows("inside> "), "the shell inside tmux")
    child.send("stty size; echo $((6*7))\r")
    wait_for(lambda: shows("23 80") and shows("42"), "the size inside tmux")
    child.send("exit\r")
    wait_for(lambda: shows("[exited]"), "the end of tmux")
    assert finish(child)[1] == 0
    wait_for(lambda: host_namespaces.processes() == [], "the end of tmux's server")
