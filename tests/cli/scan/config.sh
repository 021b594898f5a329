#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --config: the options of a file are those of a command line, and what is wrong in it is told by its line. --matches.
# Reading leaves no new time of access.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list 'a list' photo-1.jpg
mkdir folder
cp "$pictures/quality30-1.jpg" folder/$'found\n.jpg'
cp "$pictures/photo-1.jpg" folder/again.jpg
cp "$pictures/other-1.jpg" folder/clean.jpg
echo text >folder/text

printf '# comment\n\n  list   a list  \nradius\t24\r\nviews none\nquiet\nformat csv' >options
expect 2 phash scan --list 'a list' --radius 24 --views none --quiet --format csv folder
mv out want
expect 2 phash scan --config options folder
same out want
expect 2 phash scan --config=options folder
same out want
expect 2 phash scan --config options --radius 20 --format jsonl folder # the last one counts
has out '"config":"options"'
has out '"radius":20'
expect 2 phash scan --list 'a list' --format jsonl folder
lacks out config
expect 2 phash scan --config options --format human folder
mv options $'opt\xff'
expect 2 phash scan --config $'opt\xff' --format jsonl folder
has out '"config_bytes":"b3B0/w=="'

refused() { # MESSAGE LINES
    printf '%b' "$2" >options
    expect 64 phash scan --config options folder
    is_empty out
    has err "$1"
}
refused "options, line 3: no such option: 'lisst'" '#\nquiet\nlisst x'
refused "line 1: no such option: 'lis'" 'lis x'
refused "line 1: no such option: '--list'" '--list a list'
refused "line 1: no such option: 'help'" 'help'
refused "line 1: no such option: 'config'" 'config other'
refused "line 2: there is no value for 'list'" '\nlist  '
refused "line 1: there may be no value for 'quiet'" 'quiet yes'
refused "line 1: there is a 0 byte in 'list'" 'list a\0b'
refused "from 0 to 63, not .64." 'list a list\nradius 64'
expect 64 phash scan --config nowhere folder
has err '--config nowhere: cannot open'
expect 64 phash scan --config folder folder
has err '--config folder: is a directory'
expect 64 phash scan --list 'a list' --config options folder
has err '--config comes first'
expect 64 phash scan --config

# The paths of matches; put in place as other files are.
expect 2 phash scan --list 'a list' --matches found folder
is "$(tr '\0' '|' <found)" $'folder/again.jpg|folder/found\n.jpg|' "matches"
expect 0 phash scan --list 'a list' --matches found folder/clean.jpg
is_empty found
expect 64 phash scan --list 'a list' --matches found --errors found folder
has err '--errors and --matches name the same file'

# A time of access that is older than that of the last change is what reading would make new.
touch -a -d 2001-02-03 folder/* folder
phash_folder_times() { stat -c '%n %x' folder/* folder; }
phash_folder_times >before
expect 2 phash scan --list 'a list' folder
printf '%064d\n' 0 >digests
expect 2 phash scan --list 'a list' --digests digests folder
phash_folder_times >after
same before after
