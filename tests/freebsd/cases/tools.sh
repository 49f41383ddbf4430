#!/bin/sh
# Jails of other tools that do not run, by the files in which each keeps them.
set -u
. "$(dirname -- "$0")/../checks.sh"
work=$(mktemp -d /tmp/jconsole-tools.XXXXXX)
name=jct-web

# told TOOL FILE ASKED COMMAND: where that file alone is there, the line names the tool and its command.
told() {
    if [ -e "$2" ]; then
        is "$1" "no $2" "there is one already"
        return
    fi
    # What is made for it is taken away again.
    made=$2
    folder=${2%/*}
    while [ -n "$folder" ] && [ ! -e "$folder" ]; do
        made=$folder
        folder=${folder%/*}
    done
    mkdir -p "${2%/*}"
    echo "$name { path = /jails/$name; }" >"$2"
    found=$("$BIN/bin/jconsole" --router "$work/run/socket" "$3" 2>&1 </dev/null)
    rm -rf "$made"
    has "$1" "no jail of that name is running; $1 has it: '$4' starts it, " "$found"
}

clean() {
    [ -z "${router:-}" ] || { kill "$router" && wait "$router"; } 2>/dev/null
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM HUP
mkdir -m 700 "$work/run"
"$BIN/sbin/jrouterd" --socket "$work/run/socket" >"$work/log" 2>&1 &
router=$!
tries=0
until [ -S "$work/run/socket" ] || [ $((tries += 1)) -gt 100 ]; do sleep 0.1; done

told 'bastille' /usr/local/bastille/jails/$name/jail.conf $name "bastille start $name"
told 'iocage' /iocage/jails/$name/config.json ioc-$name "iocage start $name"
told 'iocell' /iocell/jails/$name/config ioc-$name "iocell start $name"
told 'ezjail' /usr/local/etc/ezjail/jct_web $name 'ezjail-admin start jct_web'
told 'qjail' /usr/local/etc/qjail.config/$name $name "qjail start $name"
told 'pot' /opt/pot/jails/$name/conf/pot.conf $name "pot start $name"
told 'cbsd' /usr/jails/jails-fstab/fstab.$name $name "cbsd jstart $name"
told 'appjail' /usr/local/appjail/jails/$name/conf/config.conf $name "appjail start $name"
told 'jail.conf' /etc/jail.conf.d/$name.conf $name "service jail onestart $name"

sum_up
