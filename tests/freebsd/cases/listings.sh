#!/bin/sh
# What is listed of jails, beside the system's own tools: jls(8) to the letter, processes, sessions, top.
set -u
. "$(dirname -- "$0")/../checks.sh"
work=$(mktemp -d /tmp/jconsole-listings.XXXXXX)
jc() { "$BIN/bin/jconsole" --router "$work/run/socket" "$@"; }

clean() {
    [ -n "${router:-}" ] && kill "$router" 2>/dev/null && wait "$router" 2>/dev/null
    for jail in jcl-plain jcl-net jcl-outer jcl-gone jcl-thin; do jail -r $jail 2>/dev/null; done
    for folder in bin lib libexec dev; do umount "$work/root/$folder" 2>/dev/null; done
    ifconfig lo0 -alias 127.0.77.1 2>/dev/null
    ifconfig lo0 -alias 127.0.77.2 2>/dev/null
    ifconfig lo0 -alias 127.0.77.3 2>/dev/null
    ifconfig lo0 inet6 fd00:77::1 -alias 2>/dev/null
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM HUP

ifconfig lo0 alias 127.0.77.1/32
ifconfig lo0 alias 127.0.77.2/32
ifconfig lo0 alias 127.0.77.3/32
ifconfig lo0 inet6 fd00:77::1/128
jail -c name=jcl-plain path=/ host.hostname=plain.example ip4.addr=127.0.77.1,127.0.77.2 ip6.addr=fd00:77::1 \
    osrelease=13.0-TEST allow.raw_sockets allow.mount allow.mount.devfs persist
jail -c name=jcl-net path=/tmp host.hostname='a host "of" two' vnet children.max=2 securelevel=1 persist
jail -c name=jcl-outer path=/ ip4=inherit children.max=3 host=inherit command=/bin/sh -c \
    'jail -c name=inner path=/tmp host.hostname=inner persist; exec sleep 1000' &
until_true jls -j jcl-outer.inner jid >/dev/null 2>&1

"$BIN/sbin/jrouterd" --socket "$work/run/socket" >"$work/log" 2>&1 &
router=$!
until_true test -S "$work/run/socket"
[ -S "$work/run/socket" ] || { cat "$work/log" && exit 1; }

# ---- jls(8)

for options in '' '-v' '-N' '-h' '-n' '-s' '-q' '-hq' '-nq' '-j jcl-plain' '-j jcl-outer.inner -n' '-s -j jcl-net' \
    'jid name ip4.addr path' '-n name ip6.addr allow.mount' '-h jid all' '-q host.hostname osrelease' \
    '--libxo json' '--libxo json -v' '--libxo json -N' '--libxo json -n' '--libxo json -h' '--libxo json,pretty -v' \
    '--libxo json name ip4.addr' '--libxo json -n jid vnet ip4 persist'; do
    case $options in
    --libxo*) set -- $(echo "$options" | sed 's/--libxo \([^ ]*\)/--libxo=\1/') ;;
    *) set -- $options ;;
    esac
    is "ls $options" "$(jls "$@")" "$(jc ls "$@")"
done
like 'ls of a jail that is not there' '*nosuch*not found*' "$(jc ls -j nosuch 2>&1)"
like 'ls of a parameter that is not there' '*unknown parameter: no.such*' "$(jc ls no.such 2>&1)"

# A connection that has been closed holds its jail.
jail -c name=jcl-gone path=/ ip4.addr=127.0.77.3 command=/bin/sh -c \
    'nc -l 127.0.77.3 7777 >/dev/null & sleep 1; echo x | nc -N 127.0.77.3 7777; sleep 1' >/dev/null 2>&1
is 'ls hides what is dying' "$(jls)" "$(jc ls)"
like 'there is a dying jail' '*jcl-gone*DYING*' "$(jls -dv)"
is 'ls -d' "$(jls -d)" "$(jc ls -d)"
is 'ls -dv' "$(jls -dv)" "$(jc ls -dv)"
is 'ls -d -j' "$(jls -d -j jcl-gone jid dying)" "$(jc ls -d -j jcl-gone jid dying)"

# ---- processes

jexec jcl-plain /usr/bin/nice -n 5 /bin/sleep 3000 &
until_true sh -c 'ps -J jcl-plain -o args= | grep -q 3000'
squeeze() { sed 's/  */ /g; s/^ //; s/ $//'; }
is 'ps -o' "$(ps -axww -J jcl-plain -o pid= -o uid= -o comm= -o args= | squeeze)" \
    "$(jc ps jcl-plain -o pid= -o uid= -o comm= -o args= | squeeze)"
is 'ps -o rss,nice' "$(ps -axww -J jcl-plain -o pid= -o rss= -o nice= -o nlwp= | squeeze)" \
    "$(jc ps jcl-plain -o pid= -o rss= -o nice= -o nlwp= | squeeze)"
like 'ps' '*JAIL*COMMAND*jcl-plain*sleep 3000*' "$(jc ps)"
like 'ps of one jail' '*inner*' "$(jc ls jcl-outer.inner 2>&1)"
is 'ps is of the jail alone' '' "$(jc ps jcl-plain -o args= | grep 'sleep 1000')"
like 'ps -J' '*jcl-outer*sleep 1000*' "$(jc ps jcl-plain -J jcl-outer -o jail,args)"
like 'ps --json' '*"jail": "jcl-plain"*' "$(jc ps jcl-plain --json)"

# Users are the jail's own, by a file that may be anything.
mkdir -p "$work/root/dev" "$work/root/etc"
for folder in bin lib libexec; do
    mkdir "$work/root/$folder" && mount -t nullfs -o ro "/$folder" "$work/root/$folder"
done
jail -c name=jcl-thin path="$work/root" mount.devfs devfs_ruleset=4 persist
echo 'inmate:*:65534:65534:One of the jail:/:/bin/sh' >"$work/root/etc/passwd"
jexec -u nobody jcl-thin /bin/sleep 5000 &
until_true sh -c 'ps -J jcl-thin -o args= | grep -q 5000'
user() { jc ps jcl-thin -o user= | squeeze; }
is "a user is called by the jail's passwd" inmate "$(user)"
like 'in the table as well' '* inmate *sleep 5000*' "$(jc ps jcl-thin)"
rm "$work/root/etc/passwd"
is 'a user without a passwd' 65534 "$(user)"
ln -s /etc/passwd "$work/root/etc/passwd"
is "a link to the host's is not followed" 65534 "$(user)"
rm "$work/root/etc/passwd" && mkfifo "$work/root/etc/passwd"
is 'a fifo is not waited for' 65534 "$(user)"
rm -r "$work/root/etc" && ln -s /etc "$work/root/etc"
is "a link to the host's folder is not followed" 65534 "$(user)"
rm "$work/root/etc" && mkdir "$work/root/etc"

# What comes and goes within a round has used its processor, too. (`wait` is not seen: the shell waits itself.)
jexec jcl-plain /bin/sh -c 'while :; do /bin/date >/dev/null; done' &
busy=$!
(sleep 6 && kill $busy) &
jc top --json 2>"$work/top.errors" | head -n 4 >"$work/top"
like 'top' '*"name":"jcl-plain"*"memory":[1-9]*' "$(tr -d ' ' <"$work/top" | tail -n 1)"
cpu=$(tr -d ' ' <"$work/top" | tail -n 1 | sed 's/.*"name":"jcl-plain"[^}]*"cpu":\([0-9]*\).*/\1/')
is "top counts what a loop's programs use" true "$([ "$cpu" -ge 40 ] && [ "$cpu" -le 400 ] && echo true || echo "$cpu")"
is 'top says nothing of trouble' '' "$(cat "$work/top.errors")"
# The reader's other process ends with it, however that ends.
until_true sh -c '! pgrep jreader >/dev/null'
is 'no reader is left' '' "$(pgrep jreader)"
jc top --json >/dev/null 2>&1 &
until_true sh -c "pgrep -P $router jreader >/dev/null"
reader=$(pgrep -P "$router" jreader)
until_true sh -c "pgrep -P $reader jreader >/dev/null"
like 'a reader is in capability mode' '*C*' "$(ps -o state= -p "$reader")"
kill -KILL "$reader"
until_true sh -c '! pgrep jreader >/dev/null'
is 'no reader is left of one that was killed' '' "$(pgrep jreader)"

# ---- sessions

jc jcl-plain -- sleep 6 </dev/null >/dev/null 2>&1 &
jc -t jcl-thin -- sleep 7 </dev/null >/dev/null 2>&1 &
until_true sh -c "ps -J jcl-plain -o args= | grep -q '^sleep 6'"
until_true sh -c "ps -J jcl-thin -o args= | grep -q '^sleep 7'"
like 'sessions' '*jcl-plain:1*0 -  *attached*sleep 6*' "$(jc sessions)"
like 'a session on a terminal' '*jcl-thin:1*0 pts/*attached*sleep 7*' "$(jc sessions)"
like 'sessions --json' '*"command": "sleep 6"*' "$(jc sessions --json)"
like 'top has the session' '*"jcl-thin:1"*"tty":"pts/*"program":"sleep"*' "$(jc top --json 2>/dev/null | head -n 1 | tr -d ' ')"

# ---- a router that is not root's

if id alice >/dev/null 2>&1; then
    mkdir "$work/alice" && chmod 755 "$work" && chown alice "$work/alice"
    su -m alice -c "exec '$BIN/sbin/jrouterd' --socket '$work/alice/run/socket'" >"$work/alice/log" 2>&1 &
    until_true test -S "$work/alice/run/socket"
    as_alice() { su -m alice -c "'$BIN/bin/jconsole' --router '$work/alice/run/socket' $*"; }
    is "another's ls" "$(jls)" "$(as_alice ls)"
    is "another's ls -n" "$(su -m alice -c 'jls -n')" "$(as_alice ls -n)"
    like "another's ps" '*sleep 3000*' "$(as_alice ps jcl-plain -o args=)"
    hides=$(sysctl -n security.bsd.see_jail_proc)
    sysctl security.bsd.see_jail_proc=0 >/dev/null
    like "another's ps of what is hidden" '*processes are missing here*security.bsd.see_jail_proc*' "$(as_alice ps jcl-plain 2>&1)"
    like 'nothing is hidden from root' '*sleep 3000*' "$(jc ps jcl-plain 2>&1)"
    sysctl security.bsd.see_jail_proc="$hides" >/dev/null
    [ -x "$BIN/tests/reader_attack" ] && is 'his reader is held, and starts no process' '' \
        "$(su -m alice -c "$BIN/tests/reader_attack" | grep '^FAILED')"
    pkill -U alice jrouterd
fi

# ---- configurations

mkdir -p "$work/etc/jails.d" "$work/elsewhere"
cat >"$work/etc/jail.conf" <<CONF
path = "/jails/\$name";
.include "jails.d/*.conf";
.include "$work/link";
first { }
CONF
echo 'second { host.hostname = "by.glob"; }' >"$work/etc/jails.d/a.conf"
echo 'third { host.hostname = "by.absolute.link"; }' >"$work/elsewhere/b.conf"
ln -s "$work/elsewhere/b.conf" "$work/etc/jails.d/b.conf"
echo 'fourth { host.hostname = "by.link.to.a.folder"; }' >"$work/elsewhere/c.conf"
ln -s "$work/elsewhere" "$work/folder"
ln -s ../../folder/c.conf "$work/etc/jails.d/c.conf"
echo 'fifth { host.hostname = "by.name"; }' >"$work/elsewhere/d"
ln -s "$work/elsewhere/d" "$work/link"
read_config() { "$BIN/bin/jconsole" config dump --json -f "$@" 2>&1; }
found=$(read_config "$work/etc/jail.conf")
for one in by.glob by.absolute.link by.link.to.a.folder by.name; do like "a file is included $one" "*$one*" "$found"; done
like 'a variable is filled in' '*/jails/fifth*' "$found"
like 'a configuration that is missing' '*nosuch.conf: No such file or directory*' "$(read_config "$work/nosuch.conf")"
mkfifo "$work/fifo"
like 'a configuration that is a fifo' '*not a regular file*' "$(read_config "$work/fifo")"
like 'a configuration that is a directory' '*Is a directory*' "$(read_config "$work/etc")"
ln -s "$work/circle" "$work/circle"
like 'a configuration that leads in a circle' '*Too many levels of symbolic links*' "$(read_config "$work/circle")"
chmod 1777 "$work/elsewhere"
ln -s "$work/etc/jail.conf" "$work/elsewhere/lent" && chown -h 1001 "$work/elsewhere/lent"
like "another's link in a folder that is everybody's" '*Permission denied*' "$(read_config "$work/elsewhere/lent")"

echo 'lent { path = /tmp; persist; }' >"$work/root/etc/jail.conf"
like 'a configuration in the root of a jail' '*it lies in /*where the root of a jail writes*' \
    "$(jc start -f "$work/root/etc/jail.conf" lent 2>&1)"
ln -s "$work/root/etc/jail.conf" "$work/leads"
like 'one that a link leads to' '*it lies in /*where the root of a jail writes*' "$(jc start -f "$work/leads" lent 2>&1)"
is 'nothing was started by them' '' "$(jls -j lent jid 2>/dev/null)"

# ---- what a jail calls itself and its users

escape=$(printf '\033')
jail -m name=jcl-outer.inner "host.hostname=h${escape}[2J"
printf 'in\033[2Jmate:*:65534:65534::/:/bin/sh\n' >"$work/root/etc/passwd"
for words in ls 'ls -v' 'ls -n' 'ls --libxo=json' 'ls --json' 'ps jcl-thin' 'ps jcl-thin -o user,args'; do
    found=$(jc $words)
    is "$words moves no terminal" 0 "$(printf %s "$found" | grep -c "$escape")"
    like "$words shows it escaped" '*1b*2J*' "$found"
done

# ---- an attacker in the reader's place

if [ -x "$BIN/tests/reader_attack" ]; then
    "$BIN/tests/reader_attack" >"$work/attack"
    is 'the reader is held' 0 $?
    grep -v '^ok' "$work/attack"
else
    echo "skipped: the attacker (a build with JCONSOLE_TESTS has it in $BIN/tests)"
fi

sum_up
