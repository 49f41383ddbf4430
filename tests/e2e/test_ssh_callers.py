"""Programs that call ssh, with jconsole-ssh in its place, each for real."""

import os
import shlex
import shutil
import subprocess

import pytest

from conftest import PATIENCE, client_environment
from test_jails import Jail

# What the programs inside are made of: the host's own, read-only.
HOST_FOLDERS = [name for name in ("usr", "bin", "lib", "lib64", "sbin") if os.path.isdir(f"/{name}")]


@pytest.fixture
def web(router, root, folder):
    """A jail with the host's programs, and the busybox's configuration."""
    if os.geteuid() != 0:
        pytest.skip("the folders of the host are bound into the jail by root")
    for name in HOST_FOLDERS:
        shutil.rmtree(root / name, ignore_errors=True)
        (root / name).mkdir()
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\ndemo:x:1000:1000:demo:/home/demo:/bin/bash\n")
    jail = Jail(router, root, folder, mount=[f"/{name} {root}/{name} nullfs ro 0 0" for name in HOST_FOLDERS])
    jail.start()
    yield jail
    jail.stop()


@pytest.fixture
def call(router, web, folder):
    """A command of the host's that finds jconsole-ssh, and the router, as $SSH."""
    ssh = folder / "ssh"
    ssh.write_text(f'#!/bin/sh\nexec {router.prefix.folder}/bin/jconsole-ssh --router {router.socket} "$@"\n')
    ssh.chmod(0o755)

    def run(script, **environment):
        return subprocess.run(["sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, cwd=folder,
                              env={**client_environment(), "SSH": str(ssh), "JAIL": web.name, **environment})

    return run


def good(done):
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_words_are_joined_for_the_users_shell(call):
    assert good(call("$SSH $JAIL echo 'a  b' '$HOME' '|' wc -w")) == "3\n"
    assert good(call("$SSH -l demo -p 22 -q -T -x -o BatchMode=yes $JAIL 'echo $0 $HOME; id -un'")) == "bash /home/demo\ndemo\n"
    assert good(call("$SSH demo@$JAIL -n whoami; echo $?")) == "demo\n0\n"
    assert good(call("$SSH $JAIL 'exit 7'; echo $?")) == "7\n"
    assert good(call("echo typed | $SSH $JAIL cat")) == "typed\n"
    assert good(call("echo typed | $SSH -n $JAIL cat")) == ""


def test_a_terminal_is_given_as_ssh_does(call):
    assert "not a tty" in call("$SSH $JAIL tty").stdout
    assert "not a tty" in call("$SSH -t $JAIL tty").stdout
    assert "/dev/pts/0" in good(call("$SSH -tt $JAIL tty"))
    assert "/dev/pts/0" in good(call("$SSH -o RequestTTY=force $JAIL tty"))


def test_variables_are_sent_as_ssh_does(call):
    assert good(call("$SSH -o SendEnv='GIT_* NO*' -o 'SetEnv=A=1 B=2' $JAIL 'echo $GIT_X $OTHER $A $B'", GIT_X="x",
                     OTHER="y")) == "x 1 2\n"


@pytest.mark.parametrize("words, said", [
    ("-L 80:a:80 $JAIL true", "-L is nothing that a jail can do"), ("-s $JAIL sftp", "scp does without by -O"),
    ("-o ProxyCommand=x $JAIL true", "-o ProxyCommand is nothing"), ("-o Nonsense=1 $JAIL true", "-o Nonsense is"),
    ("-z $JAIL true", "ssh has no option -z"), ("", "no jail is named"), ("-l", "-l needs a value"),
    ("-l -f $JAIL", "user '-f'"), ("nowhere true", "no jail of that name is running")])
def test_what_cannot_be_done_is_refused_by_name(call, words, said):
    done = call(f"$SSH {words}")
    assert done.returncode == 255 and said in done.stdout and done.stdout.count("\n") == 1, done.stdout


def test_rsync(call, root, folder):
    for name in ("plain", "with blanks  and 'quotes' $x", "sub/b"):
        (folder / "from" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "from" / name).write_bytes(os.urandom(100_000))
    good(call('rsync -a -e "$SSH" from/ "$JAIL:/tmp/a folder/"'))
    good(call('rsync -a --checksum -e "$SSH -l demo -p 22" "$JAIL:/tmp/a folder/" back/'))
    assert good(call("diff -r from back")) == ""
    assert sorted(os.listdir(root / "tmp/a folder")) == sorted(os.listdir(folder / "from"))
    good(call('rsync -a --protect-args -e "$SSH" "$JAIL:/tmp/a folder/with blanks  and *" one'))
    assert (folder / "one").exists()


def test_git(call, root):
    identity = dict(GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b",
                    HOME="/nonexistent", GIT_CONFIG_NOSYSTEM="1")
    good(call("""set -e
        git init -q -b main here && cd here && echo text >file && git add file && git commit -q -m one
        $SSH $JAIL "git init -q --bare '/tmp/with blank.git'"
        export GIT_SSH_COMMAND=$SSH
        git push -q "$JAIL:/tmp/with blank.git" main
        git clone -q -b main "ssh://$JAIL:22/tmp/with blank.git" ../clone
        diff file ../clone/file""", **identity))
    assert good(call('GIT_SSH="$SSH" git ls-remote "$JAIL:/tmp/with blank.git" main', **identity)).endswith("refs/heads/main\n")


def test_scp(call, root, folder):
    (folder / "notes").write_text("some text")
    good(call('scp -q -O -S "$SSH" notes "$JAIL:/tmp/n" && scp -q -O -S "$SSH" "$JAIL:/tmp/n" back && cmp notes back'))


def test_ansible(call, web, folder):
    (folder / "inventory").write_text(f"""{web.name}
[all:vars]
ansible_ssh_executable={folder}/ssh
ansible_ssh_transfer_method=piped
ansible_python_interpreter=/usr/bin/python3
""")
    (folder / "play.yml").write_text("""
- hosts: all
  gather_facts: false
  tasks:
    - ping:
    - copy: {content: "from afar\\n", dest: /tmp/copied}
    - command: cat /tmp/copied
      register: read
    - assert: {that: read.stdout == "from afar"}
- hosts: all
  gather_facts: false
  remote_user: demo
  tasks:
    - shell: whoami
      register: who
    - assert: {that: who.stdout == "demo"}
""")
    settings = dict(ANSIBLE_HOME=str(folder / "ansible"), ANSIBLE_LOCAL_TEMP=str(folder / "ansible/tmp"), HOME=str(folder),
                    ANSIBLE_NOCOLOR="1", ANSIBLE_PIPELINING="0")
    said = good(call("ansible-playbook -i inventory play.yml", **settings))
    assert "failed=0" in said and "ok=6" in said
    said = good(call("ansible all -i inventory -m ping", **{**settings, "ANSIBLE_PIPELINING": "1"}))
    assert '"ping": "pong"' in said
