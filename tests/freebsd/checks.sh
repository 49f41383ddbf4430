# What each of cases/*.sh reads first. BIN is the folder of the programs (run.sh).
# shellcheck shell=sh
: "${BIN:?the folder of the programs}"
failed=0
passed=0

# is WHAT EXPECTED FOUND
is() {
    if [ "$2" = "$3" ]; then
        passed=$((passed + 1))
        echo "ok $1"
    else
        failed=$((failed + 1))
        printf 'FAILED %s: expected:\n%s\nfound:\n%s\n' "$1" "$2" "$3"
    fi
}

# like WHAT PATTERN FOUND
like() {
    # shellcheck disable=SC2254 # a pattern
    case $3 in
    $2) is "$1" '' '' ;;
    *) is "$1" "$2" "$3" ;;
    esac
}

# has WHAT PART FOUND
has() {
    case $3 in
    *"$2"*) is "$1" '' '' ;;
    *) is "$1" "*$2*" "$3" ;;
    esac
}

# until_true COMMAND...: for at most ten seconds.
until_true() {
    tries=0
    until "$@" || [ $((tries += 1)) -gt 100 ]; do sleep 0.1; done
}

# The last words of a case, and its status.
sum_up() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
