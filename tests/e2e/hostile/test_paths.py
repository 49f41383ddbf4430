"""Paths that the configuration of one jail names, and that lead through directories in which another jail's root writes:
he makes links and renames there, so that what the host opens for the first is led elsewhere."""

import os

import pytest

from conftest import make_root
from test_jails import make_jail  # noqa: F401
from test_mounts import Swapping

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root's jails")


@pytest.fixture
def tenant(make_jail, root):
    """Root in it is the attacker. It runs."""
    jail = make_jail(children__max=1)
    for name in ("export", "import", "jails", "var/log"):
        (root / name).mkdir()
    jail.start()
    return jail


@pytest.fixture
def secret(folder):
    """What he wants: a folder of the host's."""
    made = make_root(folder / "secret")
    (made / "key").write_text("of the host\n")
    return made


@pytest.fixture
def neighbour(make_jail, folder):
    """neighbour(PARAMETERS): another jail, whose configuration names paths. It does not run yet."""
    root = make_root(folder / "neighbour")
    (root / "import").mkdir()

    def make(**parameters):
        jail = make_jail(path=str(root), **parameters)
        jail.root = root
        return jail
    return make


def in_one_file(folder, *jails):
    together = folder / "both.conf"
    together.write_text("".join(jail.config.read_text() for jail in jails))
    for jail in jails:
        jail.config = together


def refusal(jail, step, path, tree, link=None):
    return (f"{jail.name}: {step}{path}: No such file or directory: {link or path} is a link that a jail could make, so it is "
            f"followed as in that jail, within {tree}; name what it leads to instead\n")


LINKS = ["{secret}", "../secret", "../../secret", "../../../../../../../../{secret}", "/proc/self/root/{secret}",
         "/proc/1/root/{secret}"]


# ---- the source of a mount ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["running", "running, in the same file", "stopped, in the same file"])
def test_a_source_is_not_led_out_of_the_tree_that_it_lies_in(tenant, neighbour, root, folder, secret, state):
    jail = neighbour(mount=f"{root}/export {folder}/neighbour/import nullfs rw 0 0")
    if "file" in state:
        in_one_file(folder, jail, tenant)
    for link in LINKS:
        tenant.sh(f"rm -rf /export; ln -s {link.format(secret=secret)} /export")
        if "stopped" in state:
            tenant.stop()
        done = jail.verb("start", check=1)
        assert done.stderr.decode().splitlines(True)[-1] == refusal(jail, "mount: ", f"{root}/export", root)
        assert jail.record() is None
        if "stopped" in state:
            tenant.start()


def test_a_link_of_the_jails_leads_where_it_leads_in_the_jail(tenant, neighbour, root, folder, secret):
    jail = neighbour(mount=f"{root}/export/data {folder}/neighbour/import nullfs rw 0 0")
    for link in ("/home", "home", "../../../home", "/jails/../home", "/"):
        tenant.sh(f"""rm -rf /export; ln -s {link} /export; mkdir -p /home/data /data
                      echo mine | tee /home/data/x >/data/x""")
        jail.start()
        assert jail.sh("cat /import/x") == "mine\n"
        jail.stop()


def test_nor_is_one_of_an_fstab(tenant, neighbour, root, folder, secret):
    (folder / "fstab").write_text(f"{root}/var/export/sub {folder}/neighbour/import nullfs ro 0 0\n")
    (secret / "sub").mkdir()
    jail = neighbour(mount__fstab=str(folder / "fstab"))
    tenant.sh(f"ln -s {secret} /var/export")
    done = jail.verb("start", check=1)
    assert done.stderr.decode().splitlines(True)[-1] == refusal(
        jail, f"mount.fstab: {folder}/fstab line 1: ", f"{root}/var/export/sub", root, f"{root}/var/export")
    tenant.sh("rm /var/export; mkdir -p /var/export/sub")
    jail.start()


def test_nor_is_one_in_a_folder_that_a_jail_is_shown(make_jail, neighbour, root, folder, secret):
    (folder / "shared").mkdir()
    (folder / "fstab").write_text(f"{folder}/shared {root}/home nullfs rw 0 0\n")
    tenant = make_jail(mount__fstab=str(folder / "fstab"))
    tenant.start()
    tenant.sh(f"ln -s {secret} /home/sub")
    jail = neighbour(mount=f"{folder}/shared/sub {folder}/neighbour/import nullfs rw 0 0")
    in_one_file(folder, jail, tenant)
    done = jail.verb("start", check=1)
    assert done.stderr.decode().splitlines(True)[-1] == refusal(jail, "mount: ", f"{folder}/shared/sub", f"{folder}/shared")


@pytest.mark.skipif("overlay" not in open("/proc/filesystems").read(), reason="no overlay here")
def test_nor_is_a_layer_that_the_kernel_opens(tenant, neighbour, root, folder, secret):
    (folder / "layer").mkdir()
    (root / "export/x").write_text("mine\n")
    jail = neighbour(mount=f"none {folder}/neighbour/import overlay ro,lowerdir={folder}/layer:{root}/export 0 0")
    jail.start()
    assert jail.sh("cat /import/x") == "mine\n"
    jail.stop()
    tenant.sh(f"rm -rf /export; ln -s {secret} /export")
    done = jail.verb("start", check=1)
    assert done.stderr.decode().splitlines(True)[-1] == refusal(jail, "mount: ", f"{root}/export", root)


def test_nor_is_a_disk(tenant, neighbour, root, folder):
    jail = neighbour(mount=f"{root}/export {folder}/neighbour/import ext4 rw 0 0")
    tenant.sh("rm -rf /export; ln -s /dev/disk /export")
    done = jail.verb("start", check=1)
    assert done.stderr.decode().splitlines(True)[-1] == refusal(jail, "mount: ", f"{root}/export", root)


def test_nor_while_he_exchanges_it(tenant, neighbour, root, folder, secret, rounds):
    jail = neighbour(mount=f"{root}/export/sub/data {folder}/neighbour/import nullfs rw 0 0")
    (root / "export/sub/data").mkdir(parents=True)
    (secret / "data").mkdir()
    (secret / "data/key").write_text("of the host\n")
    (root / "export/aside").symlink_to(secret)
    came, swapped = 0, 0
    for _ in range(rounds(10)):
        with Swapping(root / "export/sub", root / "export/aside") as swapping:
            done = jail.verb("start")
        swapped += swapping.count
        if done.returncode == 0:
            came += 1
            assert jail.sh("ls /import") == ""
            jail.stop()
        else:
            assert b"is a link that a jail could make" in done.stderr
    assert swapped > 100
    print(f"{came} of {rounds(10)} came up, {swapped} exchanges")


def test_a_point_beside_the_path_is_not_led_elsewhere(tenant, neighbour, root, folder, secret):
    """jail(8) lets a jail mount anywhere."""
    jail = neighbour(mount=f"tmpfs {root}/export tmpfs rw 0 0")
    tenant.sh(f"rm -rf /export; ln -s {secret} /export")
    done = jail.verb("start", check=1)
    assert done.stderr.decode().splitlines(True)[-1] == refusal(jail, "mount: ", f"{root}/export", root)


# ---- path, and the console log --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", LINKS)
def test_a_jail_in_a_jail_stays_in_it(tenant, make_jail, root, folder, secret, link):
    make_root(root / "jails/b")
    inner = make_jail()
    inner.name = f"{tenant.name}.b"
    inner.write(path=f"{root}/jails/b", exec__start="touch /at-start", exec__consolelog=f"{root}/jails/b/var/log.b")
    tenant.sh(f"mv /jails/b /jails/away; ln -s {link.format(secret=secret)} /jails/b")
    done = inner.verb("start", check=1)
    assert done.stderr.decode().splitlines(True)[-1] == refusal(inner, "path ", f"{root}/jails/b", root)
    # Its link to what it has itself is followed: the files are its own.
    tenant.sh("rm /jails/b; ln -s /jails/away /jails/b")
    inner.start()
    assert (root / "jails/away/at-start").exists()
    tenant.sh(f"rm /jails/b; ln -s {link.format(secret=secret)} /jails/b")
    inner.write(path=f"{root}/jails/b", exec__stop="echo stopped", exec__consolelog=f"{root}/jails/b/var/log.b")
    assert inner.verb("stop", check=1).stderr
    assert sorted(path.name for path in secret.iterdir() if path.name in ("key", "at-start")) == ["key"]
    assert list((secret / "var").iterdir()) == []
    inner.write(path=f"{root}/jails/b")
    inner.stop()


def test_a_console_log_in_the_tree_of_another_is_written_there(tenant, neighbour, root, folder, secret):
    jail = neighbour(exec__consolelog=f"{root}/var/log/b.log", exec__start="echo chosen by b")
    for link in (f"{secret}/key", f"../../../{secret}/key", f"/proc/1/root{secret}/key", f"{secret}/new"):
        tenant.sh(f"rm -f /var/log/b.log; ln -s {link} /var/log/b.log")
        done = jail.verb("start", check=1)
        assert done.stderr.decode().splitlines(True)[-1] == refusal(jail, "exec.consolelog: ", f"{root}/var/log/b.log", root)
        assert (secret / "key").read_text() == "of the host\n" and not (secret / "new").exists()
    tenant.sh("rm /var/log/b.log; ln -s /export/b.log /var/log/b.log")
    jail.start()
    jail.stop()
    assert (root / "export/b.log").read_text() == "chosen by b\n"


# ---- files of the configuration -------------------------------------------------------------------------------------------------


def test_a_jail_does_not_write_what_its_neighbours_are_mounted(tenant, neighbour, root, folder):
    fstab = root / "export/fstab"
    fstab.write_text(f"/ {folder}/neighbour/import nullfs rw 0 0\n")
    jail = neighbour(mount__fstab=str(fstab))
    in_one_file(folder, jail, tenant)
    done = jail.verb("start", check=1)
    assert done.stderr.decode() == (f"{jail.name}: mount.fstab: {fstab}: it lies in {root}, where the root of a jail writes; "
                                    "keep it elsewhere\n")


def test_nor_their_configuration(tenant, neighbour, root, folder):
    (root / "export/more.conf").write_text(f"exec.prestart = 'touch {folder}/done';")
    jail = neighbour()
    jail.config.write_text(f'.include "{root}/export/*.conf";' + jail.config.read_text())
    done = jail.verb("start", check=1)
    assert (f"jconsole: {root}/export/more.conf: it lies in {root}, where the root of a jail writes; keep it elsewhere\n"
            in done.stderr.decode())
    assert not (folder / "done").exists()


# ---- what the administrator may go on doing -------------------------------------------------------------------------------------


def test_links_of_the_hosts_are_followed(tenant, neighbour, root, folder, secret):
    (folder / "alias").symlink_to("tenants/one")
    (folder / "tenants").mkdir()
    (folder / "tenants/one").symlink_to(root)
    (folder / "logs").symlink_to(secret / "var")
    (root / "export/x").write_text("mine\n")
    jail = neighbour()
    path = f"{folder}/here/neighbour"
    (folder / "here").symlink_to(".")
    for source in (f"{folder}/alias/export", f"/proc/self/root/{folder}/here/../{folder.name}/alias/export/./"):
        jail.write(path=path, mount=f"{source} {path}/import nullfs ro 0 0", exec__consolelog=f"{folder}/logs/new.log",
                   exec__start="echo said")
        jail.start()
        assert jail.sh("cat /import/x") == "mine\n"
        jail.stop()
    assert (secret / "var/new.log").read_text() == "said\n" * 2
    # But from there on they are the jail's.
    tenant.sh(f"rm -rf /export; ln -s {secret} /export")
    jail.write(path=path, mount=f"{folder}/alias/export {path}/import nullfs ro 0 0")
    done = jail.verb("start", check=1)
    assert done.stderr.decode().splitlines(True)[-1] == refusal(jail, "mount: ", f"{folder}/alias/export", root, f"{root}/export")


def test_a_link_of_another_user_in_a_folder_for_all_is_not_followed(neighbour, folder, secret):
    """As fs.protected_symlinks has it."""
    (folder / "all").mkdir()
    (folder / "all").chmod(0o1777)
    (folder / "all/link").symlink_to(secret)
    os.chown(folder / "all/link", 1000, 1000, follow_symlinks=False)
    jail = neighbour(mount=f"{folder}/all/link {folder}/neighbour/import nullfs ro 0 0")
    done = jail.verb("start", check=1)
    assert done.stderr.decode().splitlines(True)[-1] == f"{jail.name}: mount: {folder}/all/link: Permission denied\n"
