#!/bin/sh
# Consoles in jails, as a user types them: BIN=FOLDER console.sh, as root on FreeBSD. FOLDER has bin/, sbin/ and libexec/ as
# they are installed. Makes jails of its own from /rescue, and takes them away again.
set -u
. "$(dirname -- "$0")/../checks.sh"

PATH=/sbin:/bin:/usr/sbin:/usr/bin
work=$(mktemp -d /tmp/console.XXXXXX)
socket=$work/run/socket

jconsole() { timeout 60 "$BIN/bin/jconsole" --router "$socket" "$@"; }

goes_on() { ps -ax -o command | grep -q "^$1"; }
has_ended() { ! goes_on "$1"; }

# root FOLDER: a root of /rescue's one program, its /dev empty
root() {
    mkdir -p "$1/bin" "$1/dev" "$1/etc" "$1/tmp" "$1/root" "$1/home/demo"
    cp /rescue/sh "$1/bin/sh"
    for applet in cat chmod chown date dd echo expr head hostname id kill ln ls mkdir mkfifo mv ps pwd rm sleep stty sync test; do
        [ ! -e "/rescue/$applet" ] || ln -f "$1/bin/sh" "$1/bin/$applet"
    done
    printf '%s\n' 'root:*:0:0::0:0:Charlie:/root:/bin/sh' 'demo:*:1000:1000::0:0:Demo:/home/demo:/bin/sh' >"$1/etc/master.passwd"
    printf '%s\n' 'root:*:0:0:Charlie:/root:/bin/sh' 'demo:*:1000:1000:Demo:/home/demo:/bin/sh' >"$1/etc/passwd"
    printf '%s\n' 'wheel:*:0:root' 'tty:*:4:' 'demo:*:1000:' >"$1/etc/group"
    chown 1000:1000 "$1/home/demo"
}

cleanup() {
    [ -z "${router:-}" ] || kill "$router" 2>/dev/null
    for name in con1 con2 con3 con4; do
        jail -r "$name" 2>/dev/null
        umount "$work/$name/dev" 2>/dev/null
    done
    exec 8>&- # what is open there keeps it
    umount "$work" && rmdir "$work"
}
trap cleanup EXIT
mount -t tmpfs tmpfs "$work"
mkdir -m 700 "$work/run"

for name in con1 con2 con3 con4; do root "$work/$name"; done
jail -c name=con1 path="$work/con1" mount.devfs devfs_ruleset=4 persist host.hostname=con1.example children.max=1
jail -c name=con2 path="$work/con2" persist # no devfs
jail -c name=con3 path="$work/con3" mount.devfs devfs_ruleset=4 persist

"$BIN/sbin/jrouterd" --socket "$socket" 2>"$work/log" &
router=$!
until_true [ -S "$socket" ]

# --- pipes ---

is "a command's output" con1.example "$(jconsole con1 -- hostname 2>&1)"
is "its status" 7 "$(jconsole con1 -- sh -c 'exit 7' >/dev/null 2>&1 && echo 0 || echo $?)"
is "its input" "hello" "$(echo hello | jconsole con1 -- cat 2>&1)"
is "output and errors stay apart" "err" "$(jconsole con1 -- sh -c 'echo out; echo err >&2' 2>&1 >/dev/null)"
is "by jid" con1.example "$(jconsole "$(jls -j con1 jid)" -- hostname 2>&1)"
is "a million bytes through pipes" 1000000 "$(jconsole con1 -- sh -c 'dd if=/dev/zero bs=1000 count=1000 2>/dev/null' | wc -c | tr -d ' ')"
is "it is in the jail" "$(jls -j con1 jid)" "$(jconsole con1 -- sleep 3 >/dev/null 2>&1 & sleep 1; ps -ax -o jid,command | sed -n 's/^ *\([0-9]*\) sleep 3$/\1/p')"
is "killed by a signal" "137" "$(jconsole con1 -- sh -c 'kill -9 $$' >/dev/null 2>&1 && echo 0 || echo $?)"
is "no such program" "127" "$(jconsole con1 -- nosuch >/dev/null 2>&1 && echo 0 || echo $?)"
has "a jail that is not there" "nosuch: find jail" "$(jconsole nosuch 2>&1)"

# --- terminals ---

mkfifo "$work/keys"
exec 8<>"$work/keys" # nobody types, and it does not end

is "a terminal" "/dev/pts/" "$(jconsole -t con1 -- sh -c 'test -t 0 && ls /dev/pts/* | head -1' 2>&1 <&8 | head -c 9)"
is "its speed, whose queue is the longest" "speed 115200 baud" "$(jconsole -t con1 -- stty <&8 2>&1 | head -c 17)"
is "20 KB at once, and then the end" 20480 "$(jconsole -t con1 -- sh -c 'stty raw; dd if=/dev/zero bs=20480 count=1 2>/dev/null' <&8 | wc -c | tr -d ' ')"
is "the same to a client that stalls for 3 s" 20480 "$(jconsole -t con1 -- sh -c 'stty raw; dd if=/dev/zero bs=20480 count=1 2>/dev/null' <&8 | (sleep 3; wc -c) | tr -d ' ')"
is "and beside a job in the background" 20480 "$(jconsole -t con1 -- sh -c 'stty raw; sleep 2 & dd if=/dev/zero bs=20480 count=1 2>/dev/null' <&8 | wc -c | tr -d ' ')"
is "what is typed" "$(printf 'hello\r\nhello\r')" "$( (echo hello; sleep 3) | jconsole -t con1 -- sh -c 'read a; echo "$a"' | head -c 13)"
"$BIN/bin/jconsole" --router "$socket" -t con1 -- sleep 40 <&8 >/dev/null 2>&1 &
client=$!
until_true goes_on 'sleep 40'
kill -9 "$client"
until_true has_ended 'sleep 40'
is "without its client it is hung up" "" "$(ps -ax -o command | grep '^sleep 40')"
is "its status" 5 "$(jconsole -t con1 -- sh -c 'exit 5' <&8 >/dev/null 2>&1 && echo 0 || echo $?)"
jconsole -t con2 -- sh <&8 >"$work/out" 2>&1
has "a jail without devfs" "con2:" "$(cat "$work/out")"
has "and what mends it" "devfs" "$(cat "$work/out")"

# --- users ---

is "a user" "1000 1000 1000" "$(jconsole -u demo con1 -- sh -c 'echo $(id -u) $(id -g) $(id -G)' 2>&1)"
is "his home" "/home/demo" "$(jconsole -u demo con1 -- pwd 2>&1)"
has "one that the jail has not" "nobody8" "$(jconsole -u nobody8 con1 -- id 2>&1)"
rm "$work/con3/etc/passwd" "$work/con3/etc/master.passwd"
is "without passwd" "0" "$(jconsole con3 -- id >/dev/null 2>&1 && echo 0 || echo $?)"
mkfifo "$work/con3/etc/master.passwd" "$work/con3/etc/passwd"
jconsole con3 -- id >"$work/out" 2>&1
has "with a pipe for it" "con3:" "$(cat "$work/out")"

# --- jails of jails ---

jconsole con1 -- sh -c 'true' && jail -c name=con1.kid path="$work/con4" persist
is "a child jail" "0" "$(jconsole con1.kid -- sh -c 'test "$HOME" = /root' >/dev/null 2>&1 && echo 0 || echo $?)"
jail -r con1.kid

# --- the end of a jail ---

rm "$work/con3/etc/master.passwd" "$work/con3/etc/passwd"
jconsole con3 -- sleep 31 >"$work/out" 2>&1 &
client=$!
until_true goes_on 'sleep 31'
jail -r con3
wait "$client"
is "a jail that ends under a session" "143" "$?"
is "nothing of it is left" "" "$(ps -ax -o command | grep '^sleep 31')"
has "it is not there any more" "con3: find jail" "$(jconsole con3 2>&1)"

# --- who may ---

has "a user without root" "con1" "$(su -m alice -c "$BIN/bin/jconsole --router $socket con1 -- id" 2>&1)"

kill "$router"
wait "$router"
router=
is "the router ends" "" "$(ps -ax -o command | grep '[j]routerd')"
[ "$failed" -eq 0 ] || cat "$work/log"
sum_up
