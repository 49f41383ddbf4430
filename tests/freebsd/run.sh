#!/bin/sh
# run.sh [CASE...]: the tests that run on a FreeBSD host itself, as root, with what its base has. BIN is the folder of the
# programs (bin, sbin, libexec), as `cmake --install` or a build leaves it. Each case prints a line for each of its checks,
# "ok WHAT" or "FAILED WHAT: why" (a colon may stand behind the word). Fails where a check failed, a case did not come to its end, or nothing was checked.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
: "${BIN:?the folder of the programs}"
export BIN
output=$(mktemp -t jconsole-run) || exit 1
trap 'rm -f "$output"' EXIT

[ $# -gt 0 ] || set -- "$here"/cases/*.sh
passed=0 failed=0 broken=
for case; do
    echo "--- ${case##*/}"
    { sh "$case"; echo "status $?"; } 2>&1 | tee "$output"
    passed=$((passed + $(grep -c '^ok[: ]' "$output")))
    failures=$(grep -c '^FAILED[: ]' "$output")
    failed=$((failed + failures))
    # One that has told no failure, and yet failed or checked nothing, has not come to its end.
    [ "$failures" -gt 0 ] || { grep -q '^status 0$' "$output" && grep -q '^ok[: ]' "$output"; } || broken="$broken ${case##*/}"
done
echo "$passed passed, $failed failed${broken:+, did not come to their end:$broken}"
[ "$passed" -gt 0 ] && [ "$failed" -eq 0 ] && [ -z "$broken" ]
