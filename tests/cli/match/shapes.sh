#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every shape that lists have is taken, for queries as for lists.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

h=$(random_hashes 1 4 | head -c 64)
random_hashes 8 5 | cut -c 1-64 >eight
base64=$(python3 -c 'import base64,sys; print(base64.b64encode(bytes.fromhex(sys.argv[1])).decode())' "$h") ||
    skip "no python3"
echo "$h" >list

# shape WHAT LABEL: the file `shape` holds one query that is h, and the label is told.
shape() {
    expect 1 phash match --list list shape
    is "$(grep -c '"type":"result"' out)" 1 "results for $1"
    has out "^\{\"type\":\"result\",\"hash\":\"$h\",\"status\":\"match\",.*\"distance\":0,"
    if [ -n "$2" ]; then has out "\"label\":\"$2\""; else lacks out '"label"'; fi
    # The same text as the list.
    cp shape other
    echo "$h" >query
    expect 1 phash match --list other query
    has out "\"distance\":0,\"list\":\"other\",\"entry\":\"$2\""
}

echo "$h" >shape
shape "a hash alone" ''
echo "${h^^}" >shape
shape "capitals" ''
printf '%s\r\n' "$h" >shape
shape "CR LF" ''
printf '\xef\xbb\xbf%s' "$h" >shape
shape "a byte order mark, no line end" ''
printf '  %s \n' "$h" >shape
shape "blanks" ''
echo "$h,a label" >shape
shape "hash,label" 'a label'
echo "$h,90,name.jpg" >shape
shape "hash,quality,name" 'name.jpg'
echo "$h,90,a,b" >shape
shape "commas in the name" 'a,b'
echo "$h,90,\"a,b\"" >shape
shape "a quoted name" 'a,b'
echo "hash=$h,norm=0,delta=0,quality=100,filename=x.jpg" >shape
shape "hash=" 'x.jpg'
echo "pdq,$h,someone,cat,tag" >shape
shape "pdq,hash" 'someone,cat,tag'
echo "pdq $h,x" >shape
shape "pdq hash" 'x'
echo "$base64,x" >shape
shape "base64" 'x'
echo "${base64%=},x" >shape
shape "base64 without padding" 'x'
printf 'quality,path,PDQ\n90,x.jpg,%s\n' "$h" >shape
shape "columns by name" 'x.jpg'
printf 'signal_type,signal_str\npdq,%s\n' "$h" >shape
shape "an exchange's columns" ''

# Eight hashes across are eight queries, in one line's place.
echo "$(tr '\n' , <eight)90,views.jpg" >across
cut -c 1-64 eight | sed -n 5p >list
expect 1 phash match --list list across
is "$(grep -c '"type":"result"' out)" 8 "results for eight across"
is "$(grep -c '"line":1,"label":"views.jpg"' out)" 8 "labels for eight across"
is "$(grep -c '"status":"match"' out)" 1 "matches for eight across"
expect 1 phash match --list across list
has out '"list":"across","entry":"views.jpg"'

# The output of hash can be piped in.
make_list list photo-1.jpg photo-2.jpg
for form in '' --dihedral; do
    # shellcheck disable=SC2086 # nothing, or one word
    "$program" hash $form "$pictures/quality30-1.jpg" | "$program" match --list list >out || is "$?" 1 "exit status"
    has out '"status":"match".*"entry":"photo-1.jpg"'
done
