#!/bin/sh
# The service (packaging/freebsd/port/files/jrouterd.in) under the system's own rc.subr(8).
set -u
. "$(dirname -- "$0")/../checks.sh"
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../../.." && pwd)
script=/usr/local/etc/rc.d/jrouterd
folder=/var/run/jconsole
jail=jconsole-rcd

router() { cat "$folder/jrouterd.pid" 2>/dev/null; }
runs() { kill -0 "$1" 2>/dev/null; }

[ ! -e "$script" ] || { echo "FAILED rcd: $script is there already" && exit 1; }
[ ! -e "$folder/socket" ] || { echo "FAILED rcd: a router runs already" && exit 1; }
clean() {
    service jrouterd onestop >/dev/null 2>&1
    jail -r "$jail" 2>/dev/null
    rm -rf "$script" "$folder"
}
trap clean EXIT
trap 'exit 1' INT TERM HUP
mkdir -p "${script%/*}"
sed "s|%%PREFIX%%|$BIN|" "$top/packaging/freebsd/port/files/jrouterd.in" >"$script"
chmod 555 "$script"
rm -rf "$folder"

sh -n "$script"
is 'the script parses' 0 $?
order=$(rcorder /etc/rc.d/* "$script" 2>&1)
is 'rcorder(8) finds no fault with it' '' "$(echo "$order" | grep jrouterd: )"
is 'it comes after the file systems, then the jails' 'FILESYSTEMS LOGIN jrouterd jail' \
    "$(echo "$order" | grep -E '/(FILESYSTEMS|LOGIN|jrouterd|jail)$' | sed 's,.*/,,' | xargs)"

like 'it starts nothing unless it is enabled' '*Set jrouterd_enable to YES*' "$(service jrouterd start 2>&1)"
is 'nor makes a folder' no "$([ ! -e "$folder" ] && echo no)"
service jrouterd onestatus >/dev/null 2>&1
is 'status of one that does not run' 1 $?

service jrouterd onestart </dev/null
is 'start' 0 $?
first=$(router)
like 'status names its process' "jrouterd is running as pid $first." "$(service jrouterd onestatus 2>&1)"
is 'its folder is there, for all to look into' 'drwxr-xr-x root' "$(stat -f '%Sp %Su' $folder)"
is 'as is its socket' 'srw-rw-rw- root' "$(stat -f '%Sp %Su' $folder/socket)"
is 'it is the one of this installation' "$BIN/sbin/jrouterd" "$(ps -o command= -p "$first" | cut -d ' ' -f 1)"
like 'a second start finds it' "*already running?  (pid=$first).*" "$(service jrouterd onestart 2>&1)"

mv $folder/state/log $folder/state/old
service jrouterd onereload >/dev/null
is 'reload' 0 $?
until_true test -e $folder/state/log
until_true grep -q 'opened anew' $folder/state/log
like 'its log is opened anew' '*its log is opened anew*' "$(cat $folder/state/log)"
is 'it is the same process' "$first" "$(router)"

jail -c name=$jail path=/ host.hostname=$jail persist
service jrouterd onerestart >/dev/null </dev/null
is 'restart' 0 $?
second=$(router)
is 'it is another process' yes "$([ -n "$second" ] && [ "$second" != "$first" ] && echo yes)"
is 'the jails go on' $jail "$(jls -j $jail name)"

service jrouterd onestop >/dev/null
is 'stop' 0 $?
ended() { ! runs "$second"; }
until_true ended
is 'it has ended' gone "$(runs "$second" || echo gone)"
is 'with its sockets' '' "$(find $folder -type s)"

# By a name that no jail has: the answer comes from the router that the client has started.
like 'a client starts a router on demand' '*no jail of that name is running*' \
    "$("$BIN/bin/jconsole" check no-such-jail 2>&1 </dev/null)"
third=$(router)
like 'which status knows' "jrouterd is running as pid $third." "$(service jrouterd onestatus 2>&1)"
service jrouterd onestop >/dev/null
is 'and stop ends' gone "$(runs "$third" || echo gone)"

sum_up
