#!/bin/sh
# start, stop, restart and kill on FreeBSD itself. As root: BIN=FOLDER start.sh, where FOLDER has bin/ sbin/ and libexec/ of an
# installation. Needs the base system alone; the roots of its jails are made from /rescue, below a tmpfs of its own.
# Prints a line for each case, and how many there were; the status is 1 where one has failed.
: "${BIN:?the folder of the installation}"
PATH=/sbin:/bin:/usr/sbin:/usr/bin:/rescue
export PATH
top=$(mktemp -d /tmp/jconsole-start.XXXXXX) || exit 2
conf=$top/jail.conf
cases=0
failed=0

clean_up() {
    for name in $(jls name 2>/dev/null | grep '^jc[0-9a-z]*$'); do jail -R "$name" >/dev/null 2>&1; done
    [ -z "$router" ] || kill "$router" 2>/dev/null
    wait 2>/dev/null
    mount | sed -n "s|.* on \($top/.*\) (.*|\1|p" | sort -r | while read -r path; do umount -f "$path"; done
    umount -f "$top" 2>/dev/null
    rm -rf "$top"
    rm -f /var/run/jail_jc*.id
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# Each sets out and status: what the command has printed on both outputs, and its exit status.
j() {
    out=$("$BIN/bin/jconsole" --router "$top/run/socket" "$@" </dev/null 2>&1)
    status=$?
}
verb() { # VERB NAME... of the file
    what=$1
    shift
    j "$what" -f "$conf" "$@"
}

# A case holds where all of its conditions do.
case_is() {
    title=$1
    fault=
    cases=$((cases + 1))
}
status_is() { [ "$status" = "$1" ] || fault="$fault status $status, not $1;"; }
says() { printf '%s\n' "$out" | grep -qF -e "$1" || fault="$fault does not say \"$1\";"; }
says_not() { printf '%s\n' "$out" | grep -qF -e "$1" && fault="$fault says \"$1\";"; }
holds() { "$@" >/dev/null 2>&1 || fault="$fault not: $*;"; }
fails() { "$@" >/dev/null 2>&1 && fault="$fault holds: $*;"; }
is() { [ "$1" = "$2" ] || fault="$fault \"$1\", not \"$2\";"; }
done_case() {
    if [ -z "$fault" ]; then
        echo "ok $title"
        return
    fi
    failed=$((failed + 1))
    echo "FAILED $title:$fault"
    printf '%s\n' "$out" | sed 's/^/    /'
}

runs() { jls -j "$1" jid; }
not_mounted() { [ "$(mounts_below "$top/$1")" = 0 ]; }
not_there() { ! runs "$1"; }
jid_of() { jls -j "$1" jid 2>/dev/null; }
mounts_below() { mount | grep -c " on $1/"; }
no_mounts() { is "$(mounts_below "$1")" 0; }
processes_of() { ps -ax -o jid= -o stat= | awk -v jid="$1" '$1 == jid && $2 !~ /^Z/' | wc -l | tr -d ' '; }
count_of() { ps -ax -o stat= -o command= | grep -v '^Z' | sed 's/^[^ ]* *//' | grep -cx -e "$1"; }
wait_for() { # at most 10 s
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.25
    done
    return 1
}

make_root() {
    for folder in dev rescue etc tmp bin mnt; do mkdir -p "$top/$1/$folder"; done
    for program in sh sleep hostname kill cat ls; do ln "$top/rescue" "$top/$1/rescue/$program"; done
    ln "$top/rescue" "$top/$1/bin/sh"
}

mount -t tmpfs tmpfs "$top" || exit 2
chmod 755 "$top"
mkdir "$top/run" "$top/jail.conf.d" "$top/shared folder"
cp /rescue/sh "$top/rescue"
touch "$top/shared folder/there"
for root in jca jcb jcc jcd jce jcf jcg jch jci jcj jck jcl jcm jcn; do make_root $root; done
cat >"$conf" <<X
path = "$top/\$name"; mount.devfs; stop.timeout = 3;
.include "jail.conf.d/*.conf";
X
cat >"$top/jail.conf.d/first.conf" <<X
jca {
    \$greeting = "it's";
    host.hostname = "\$greeting \\"a\\"";
    exec.start = "/rescue/sleep 1000 &", "echo hello from \\\$(/rescue/hostname)";
    exec.stop = "echo stopping; true"; exec.poststop = "echo poststop of \$name";
    exec.consolelog = "$top/console.log"; children.max = 2; repair = auto;
    jcin { path = "$top/jcb"; mount.nodevfs; persist; }
}
jcb { depend = jca; persist; exec.prestart = "echo before \$name"; }
jcc { exec.start = "/rescue/sleep 1000 &", "/rescue/cat /nothing"; exec.poststop = "echo never"; }
jcd { persist; mount.fstab = "$top/fstab"; mount = "tmpfs $top/jcd/tmp tmpfs rw"; }
jce { persist; linux.pids_max = 5; }
jcn { exec.start = "true; true"; }
jcf { exec.start = "/bin/sh -c 'trap \\"\\" TERM; while :; do /rescue/sleep 1; done' &"; stop.timeout = 1; }
jcg { persist; exec.stop = "/rescue/cat /nothing"; }
jch { exec.start = "/rescue/sleep 1000 &", "/rescue/sleep 1"; exec.prestop = "jail -R jch"; exec.stop = "true; true"; exec.poststop = "echo all the same"; }
jci { exec.prestart = "touch $top/slow && /bin/sleep 1000"; persist; }
jcj { exec.start = "/rescue/sleep 1000"; }
jck { persist; ip4.addr = "lo0|127.0.0.99/32"; }
jcl { persist; vnet; vnet.interface = "\$nic"; \$nic = "$(ifconfig epair create 2>/dev/null | sed 's/a$/b/')"; }
jcm { persist; exec.poststart = "/usr/bin/false; false"; exec.prestart = "/bin/sleep 1000 &"; }
X
printf '%s %s nullfs ro 0 0\n' "$top/shared\\040folder" "$top/jcd/mnt" >"$top/fstab"

"$BIN/sbin/jrouterd" --socket "$top/run/socket" --config "$conf" &
router=$!
wait_for test -S "$top/run/socket"

case_is "a start runs its commands in the jail, with its devices, and writes its number"
verb start jca
status_is 0
says "jca: created"
is "$(cat "$top/console.log")" "hello from it's \"a\""
holds runs jca
is "$(jls -j jca host.hostname)" "it's \"a\""
is "$(mount -t devfs | grep -c "on $top/jca/dev ")" 1
is "$(cat /var/run/jail_jca.id)" "$(jid_of jca)"
done_case

case_is "a jail that runs is not started again"
verb start jca
status_is 1
says '"jca" already exists'
done_case

case_is "a jail in a jail, from a block in a block"
verb start jca.jcin
status_is 0
holds runs jca.jcin
is "$(cat /var/run/jail_jca_jcin.id)" "$(jid_of jca.jcin)"
done_case

case_is "a stop runs its commands, ends what is in it, and leaves nothing"
verb stop jca
status_is 0
says "jca: removed"
says "poststop of jca"
is "$(tail -1 "$top/console.log")" "stopping"
fails runs jca
fails runs jca.jcin
no_mounts "$top/jca"
fails test -e /var/run/jail_jca.id
done_case

case_is "what a jail depends on is started before it"
verb start jcb
status_is 0
is "$(printf '%s\n' "$out" | grep 'created$' | tr '\n' ' ')" "jca: created jcb: created "
says "before jcb"
done_case

case_is "a restart makes it anew"
before=$(jid_of jcb)
verb restart jcb
status_is 0
says "jcb: removed"
says "jcb: created"
[ "$before" != "$(jid_of jcb)" ] || fault="$fault the same jid;"
is "$(cat /var/run/jail_jcb.id)" "$(jid_of jcb)"
verb stop jca
fails runs jcb
no_mounts "$top/jcb"
done_case

case_is "a jail that does not run is said to, and one that is not configured"
verb stop jca
status_is 1
says "jca' starts it"
verb start jcnone
status_is 1
says jcnone
done_case

case_is "a start that fails leaves nothing"
verb start jcc
status_is 1
says "jcc: /rescue/cat /nothing: failed"
says_not never
fails runs jcc
no_mounts "$top/jcc"
fails test -e /var/run/jail_jcc.id
done_case

case_is "a jail in which nothing runs any more leaves nothing"
verb start jcn
status_is 0
says "jcn: created"
fails runs jcn
no_mounts "$top/jcn"
fails test -e /var/run/jail_jcn.id
done_case

case_is "what a start that fails has left in the background ends with it"
verb start jcm
status_is 1
fails runs jcm
is "$(count_of '/bin/sleep 1000')" 0
done_case

case_is "the lines of an fstab are mounted behind its own, and unmounted"
verb start jcd
status_is 0
holds test -e "$top/jcd/mnt/there"
is "$(mounts_below "$top/jcd")" 3
verb stop jcd
status_is 0
no_mounts "$top/jcd"
done_case

case_is "what is in use outside the jail is said to be mounted still, and the next start begins anew"
verb start jcd
(cd "$top/jcd/tmp" && exec sleep 1000) &
holder=$!
sleep 0.5
verb stop jcd
status_is 1
says "$top/jcd/tmp is still mounted"
fails runs jcd
kill $holder
wait $holder 2>/dev/null
verb start jcd
status_is 0
is "$(mounts_below "$top/jcd")" 3
verb stop jcd
status_is 0
no_mounts "$top/jcd"
done_case

case_is "what is of Linux alone is refused"
verb start jce
status_is 1
says "linux.pids_max: not supported on FreeBSD"
fails runs jce
done_case

case_is "a process that heeds no SIGTERM is killed"
verb start jcf
status_is 0
jid=$(jid_of jcf)
verb stop jcf
status_is 0
fails runs jcf
is "$(processes_of "$jid")" 0
no_mounts "$top/jcf"
done_case

case_is "a stop whose command fails leaves it running"
verb start jcg
verb stop jcg
status_is 1
says "jcg: /rescue/cat /nothing: failed"
says "it runs on: 'jconsole kill"
holds runs jcg
is "$(mounts_below "$top/jcg")" 1
done_case

case_is "a kill does without its commands, and the next start without a second mount"
j kill -f jcg
status_is 0
says "jcg: removed"
fails runs jcg
fails test -e /var/run/jail_jcg.id
verb start jcg
status_is 0
is "$(mounts_below "$top/jcg")" 1
j kill -f jcg
umount "$top/jcg/dev"
done_case

case_is "a jail that ends while it is stopped is cleared up all the same"
verb start jch
verb stop jch
says "all the same"
fails runs jch
no_mounts "$top/jch"
done_case

case_is "a start that is told to end undoes what it has done"
verb start jci >/dev/null 2>&1 &
starting=$!
holds wait_for test -e "$top/slow"
is "$(mounts_below "$top/jci")" 1
kill -TERM "$(pgrep -f '^[^ ]*jstarter start jci')"
wait $starting
fails runs jci
no_mounts "$top/jci"
is "$(count_of '/bin/sleep 1000')" 0
done_case

case_is "what a start that was killed leaves is cleared up"
verb start jcj >"$top/killed" 2>&1 &
starting=$!
holds wait_for runs jcj
kill -KILL "$(pgrep -f '^[^ ]*jstarter start jcj')"
wait $starting
holds wait_for not_there jcj
holds wait_for not_mounted jcj
done_case

case_is "a stop in the middle of a start ends both"
verb start jcj >"$top/killed" 2>&1 &
starting=$!
holds wait_for runs jcj
verb stop jcj
fails runs jcj
wait $starting
holds wait_for not_mounted jcj
fails test -e /var/run/jail_jcj.id
done_case

case_is "a kill ends the consoles in the jail"
verb start jcg
"$BIN/bin/jconsole" --router "$top/run/socket" -t jcg /bin/sh -c 'trap "" TERM; /rescue/sleep 1000' </dev/null >/dev/null 2>&1 &
console=$!
wait_for pgrep -f '^/rescue/sleep 1000$'
j kill jcg
status_is 0
fails runs jcg
wait $console
umount "$top/jcg/dev"
done_case

case_is "a jail that somebody else made is stopped without hooks"
jail -c name=jcother path="$top/jca" persist
jexec jcother /rescue/sleep 1000 &
wait_for pgrep -f '^/rescue/sleep 1000$'
verb stop jcother
status_is 0
says "no such jail: hooks"
says "jcother: removed"
fails runs jcother
done_case

case_is "a process that forks while it is killed does not get away"
: >"$top/jca/dev/null" # for what the shell puts into the background
jail -c name=jcforks path="$top/jca" persist
jid=$(jid_of jcforks)
jexec jcforks /bin/sh -c 'f() { f & }; i=0; while [ $i -lt 20 ]; do (while :; do (:) & done) & i=$((i + 1)); done; wait' &
sleep 2
j kill -f -k -t 1 jcforks
status_is 0
fails runs jcforks
is "$(processes_of "$jid")" 0
done_case

case_is "its addresses come and go with it"
verb start jck
status_is 0
is "$(ifconfig lo0 | grep -c 127.0.0.99)" 1
verb stop jck
status_is 0
is "$(ifconfig lo0 | grep -c 127.0.0.99)" 0
done_case

case_is "a jail with a network of its own is restarted with its interfaces"
interface=$(sed -n 's/.*nic = "\(epair[0-9]*b\)".*/\1/p' "$top/jail.conf.d/first.conf")
verb start jcl
status_is 0
is "$(jls -j jcl vnet)" new
fails ifconfig "$interface"
verb restart jcl
status_is 0
fails ifconfig "$interface"
verb stop jcl
status_is 0
holds wait_for ifconfig "$interface"
ifconfig "${interface%b}a" destroy
done_case

echo "$cases cases, $failed failed"
[ "$failed" = 0 ]
