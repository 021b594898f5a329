# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.sh sets program and pictures
# What the tests of docs/examples share; read in behind lib.sh.

examples=$PHASH_SOURCE_DIR/docs/examples
export PHASH=$program
: "$examples"

# A folder, a list, and the file `whole` with the scan of it in one piece. 42 inputs, some of which cannot be judged.
make_folder() {
    mkdir -p folder/sub
    local i=0 name
    while [ $i -lt 3 ]; do
        for name in half-1 half-2 half-3 half-4 half-5 half-6 other-1 other-2; do
            cp "$pictures/$name.jpg" "folder/$name-$i.jpg"
        done
        cp "$pictures/flat.png" "folder/sub/flat-$i"
        i=$((i + 1))
    done
    for i in 1 2 3 4 5; do
        cp "$pictures/half-$i.jpg" "folder/sub/ a name with 'quotes' and spaces $i"
        cp "$pictures/half-$i.jpg" "folder/sub/"$'a line\nfeed '"$i"
        echo 'no picture' >"folder/sub/text-$i"
    done
    make_list list photo-1.jpg photo-2.jpg photo-5.jpg
    expect 2 phash scan --list list --format jsonl folder
    mv out whole
    is "$(wc -l <whole)" 44 "records"
}
