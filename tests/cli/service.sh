# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# An HTTP service of the tests, read in after lib.sh; see http_service.py.

service_pid=
stop_service() {
    [ -z "$service_pid" ] || kill "$service_pid" 2>/dev/null || :
    [ -z "$service_pid" ] || wait "$service_pid" 2>/dev/null || :
    service_pid=
}
trap stop_service EXIT

# start_service ARGUMENT...: its URL is in the variable url then.
start_service() {
    local scheme=http
    stop_service
    rm -f port mode keymode setmode requests
    # shellcheck disable=SC2154 # lib.sh sets it
    PYTHONDONTWRITEBYTECODE=1 python3 "$here/http_service.py" "$@" 2>service.log &
    service_pid=$!
    for _ in $(seq 200); do
        [ ! -e port ] || break
        sleep 0.05
    done
    [ -e port ] || fail "the service does not start: $(tail -n 3 service.log)"
    case " $* " in *' --tls '*) scheme=https ;; esac
    # Used by the scripts that read this file.
    # shellcheck disable=SC2034
    url=$scheme://127.0.0.1:$(cat port)
}

# behave [WORD [N]]: what the service does with requests from now on.
behave() {
    echo "$*" >mode.new
    mv mode.new mode
    rm -f requests
}

# behave_about_key [WORD [N]]: and with the question which keys it serves.
behave_about_key() {
    echo "$*" >mode.new
    mv mode.new keymode
    rm -f requests
}

# behave_about_sets [WORD [N]]: and with downloads.
behave_about_sets() {
    echo "$*" >mode.new
    mv mode.new setmode
    rm -f requests
}

# asked: how many requests were posted since then.
asked() {
    grep -c '^/v1/evaluate ' requests 2>/dev/null || :
}

need_http() {
    command -v python3 >/dev/null || skip "no python3"
    phash scan --set set.phb --evaluator http://127.0.0.1:9 --evaluator-timeout 1 . 2>have_http >/dev/null || :
    ! grep -q 'this build has no HTTP' have_http || skip "this build has no HTTP"
}
