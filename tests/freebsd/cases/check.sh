#!/bin/sh
# `jconsole check` of jails whose /dev is wrong in each way, as a user types it: BIN=FOLDER check.sh, as root on FreeBSD.
# FOLDER has bin/, sbin/ and libexec/ as they are installed. Makes jails of its own from /rescue, and takes them away again.
set -u
. "$(dirname -- "$0")/../checks.sh"

PATH=/sbin:/bin:/usr/sbin:/usr/bin
work=$(mktemp -d /tmp/check.XXXXXX)

jconsole() { timeout 60 "$BIN/bin/jconsole" --router "$work/run/socket" "$@"; }

# a_jail NAME PARAMETERS...
a_jail() {
    name=$1
    shift
    [ -d "$work/$name" ] || {
        mkdir -p "$work/$name/bin" "$work/$name/dev" "$work/$name/etc" "$work/$name/root"
        cp /rescue/sh "$work/$name/bin/sh"
        printf 'root:*:0:0::0:0:Charlie:/root:/bin/sh\n' >"$work/$name/etc/master.passwd"
    }
    jail -c name="$name" path="$work/$name" persist "$@"
}

cleanup() {
    [ -z "${router:-}" ] || kill "$router" 2>/dev/null
    for name in good none fake hidden shown lost theirs host over away.kid away; do
        jail -r "$name" 2>/dev/null
        umount "$work/$name/dev" 2>/dev/null
    done
    rule delset 2>/dev/null
    umount "$work" && rmdir "$work"
}
rule() { devfs rule -s 77 "$@"; }
trap cleanup EXIT
mount -t tmpfs tmpfs "$work"
mkdir -m 700 "$work/run"
rule add hide
rule add path null unhide
[ -n "$(devfs rule -s 4 show)" ] || service devfs onestart >/dev/null 2>&1

"$BIN/sbin/jrouterd" --socket "$work/run/socket" 2>"$work/log" &
router=$!
until_true [ -S "$work/run/socket" ]

# checked NAME WANTED-PART STATUS: what it says, and with which status
checked() {
    text=$(jconsole check "$1" 2>&1)
    is "$1: status of a check" "$3" "$?"
    has "$1: what is wrong" "$2" "$text"
}

# mended NAME PART: the same with --repair, then all is well and a terminal is made
mended() {
    has "$1: it is mended" "mended: $2" "$(jconsole check --repair "$1" 2>&1)"
    is "$1: then all is well" "devfs: ok" "$(jconsole check "$1" 2>&1)"
    is "$1: and a console comes up" "0" "$(jconsole -t "$1" -- sh -c 'test -t 0' </dev/null >/dev/null 2>&1 && echo 0 || echo $?)"
}

a_jail good mount.devfs devfs_ruleset=4
checked good "devfs: ok" 0
has "as JSON" '"usable":true' "$(jconsole check --json good 2>&1)"

a_jail none
checked none "devfs: no devfs: no devfs is mounted on its /dev" 1
mended none "mount devfs on its /dev with ruleset 4"
is "it does not show the host's memory" "" "$(ls "$work/none/dev" | grep mem)"

a_jail fake
echo >"$work/fake/dev/null"
checked fake "what is called null there is no device" 1
mended fake "mount devfs"

a_jail hidden mount.devfs devfs_ruleset=77
checked hidden "devfs: pts hidden" 1
mended hidden "apply ruleset"

a_jail shown devfs_ruleset=4
mount -t devfs devfs "$work/shown/dev"
checked shown "devfs: devices shown: its /dev shows mem, which is the host's" 1
mended shown "apply ruleset 4 to its /dev"

a_jail lost mount.devfs devfs_ruleset=666
checked lost "the kernel has no devfs ruleset 666" 1
has "lost: and it shows every device" "devices shown" "$(jconsole check lost 2>&1)"

a_jail theirs
mount -t nullfs /dev "$work/theirs/dev"
checked theirs "its /dev is the host's own" 1
jconsole check --repair theirs >/dev/null 2>&1
is "theirs: the host's devices are never mended" "$(ls /dev | wc -l)" "$(ls "$work/theirs/dev" | wc -l)"
has "theirs: the host still sees its memory" "mem" "$(ls /dev | grep '^mem$')"

jail -c name=host path=/ persist
checked host "devfs: ok" 0

a_jail over
mount -t tmpfs tmpfs "$work/over/dev"
checked over "a file system of type tmpfs is mounted on its /dev" 1

# The root of a jail around it moves its root away, and puts a link to the host's there.
a_jail away children.max=1
mkdir -p "$work/away/kid/bin" "$work/away/kid/dev"
cp /rescue/sh "$work/away/kid/bin/sh"
jail -c name=away.kid path="$work/away/kid" persist
mv "$work/away/kid" "$work/away/elsewhere"
mkdir -p "$work/victim"
ln -s "$work/victim" "$work/away/kid"
jconsole check --repair away.kid >"$work/out" 2>&1
has "a root that was moved away" "is not its root directory any more" "$(cat "$work/out")"
is "nothing is mounted or made where a link leads" "" "$(ls "$work/victim")"

kill "$router"
wait "$router"
router=
[ "$failed" -eq 0 ] || cat "$work/log"
sum_up
