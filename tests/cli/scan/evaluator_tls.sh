#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# TLS: who is not vouched for is not asked; certificates and tokens of the client, which nobody else can read.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../service.sh
. "$here/service.sh"
command -v openssl >/dev/null || skip "no openssl"

make_list list photo-1.jpg
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --out set.phb list
need_http
umask 077
# certificate NAME SUBJECT ALTERNATIVE_NAME: NAME.pem, made by itself, and NAME.key
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$2" \
        -addext "subjectAltName=$3" -keyout "$1.key" -out "$1.pem" 2>openssl.log || fail "$(cat openssl.log)"
}
certificate service 127.0.0.1 IP:127.0.0.1
certificate wrong elsewhere.example DNS:elsewhere.example
certificate client device DNS:device.example
one=$pictures/half-1.jpg
scan() {
    phash scan --set set.phb --evaluator "$url" --evaluator-timeout 5 "$@" "$one"
}

start_service --key key --tls service.pem service.key --token s3cret.token
expect 2 scan
has err '(certificate|SSL)'
[ ! -e requests ] || fail "asked without trust"
expect 2 scan --cacert wrong.pem
[ ! -e requests ] || fail "asked without trust"
expect 2 scan --cacert missing.pem
expect 2 scan --cacert service.pem
has err '401 \(unauthorized\)'
echo s3cret.token >token
expect 1 scan --cacert service.pem --token-file token
mv out said
chmod 644 token
expect 2 scan --cacert service.pem --token-file token
has err 'others may read'
printf 'two words\n' >words
expect 2 scan --cacert service.pem --token-file words
has err 'one word'
chmod 600 token
expect 1 scan --format jsonl --cacert service.pem --token-file token
cat err >>said
lacks said s3cret
lacks out s3cret

start_service --key key --tls wrong.pem wrong.key
expect 2 scan --cacert wrong.pem # the name is another
[ ! -e requests ] || fail "asked somebody else"

start_service --key key --tls service.pem service.key --clients client.pem
expect 2 scan --cacert service.pem
expect 1 scan --cacert service.pem --client-cert client.pem --client-key client.key
chmod 644 client.key
expect 2 scan --cacert service.pem --client-cert client.pem --client-key client.key
has err 'others may read'
for wrong in "--client-cert client.pem" "--client-key client.key" "--evaluator-timeout 0" "--key key"; do
    # shellcheck disable=SC2086 # several words
    expect 64 scan $wrong
done
expect 64 phash scan --list list --cacert service.pem "$one"
expect 64 phash scan --set set.phb --key key --evaluator-timeout 5 "$one"
