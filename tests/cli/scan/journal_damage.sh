#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A journal cut off at any byte, or with any byte changed, never changes the output: what is lost is read again. Each
# run looks at other bytes, about a third of them.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

make_list list.csv photo-1.jpg
mkdir folder
cp "$pictures/tiny.png" "$pictures/flat.png" "$pictures/half-1.jpg" folder
echo text >folder/note.txt
sleep 3.1 # what changed in the last seconds is not noted
RANDOM=${PHASH_SEED:-$(date +%s)}
echo "seed $RANDOM" >&2
what=(--no-sandbox --format jsonl --views none --list list.csv --jobs 1)
expect 2 phash scan "${what[@]}" folder
mv out plain
expect 2 phash scan "${what[@]}" --journal whole folder
size=$(stat -c %s whole)
head_size=48

# Cut off: everything before the cut is used.
last=-1
for ((at = 0; at < size; at = at == size - 1 ? size : at + step < size ? at + step : size - 1)); do
    step=$((1 + RANDOM % 5))
    head -c $at whole >journal
    expect 2 phash scan "${what[@]}" --journal journal --resume folder
    same out plain
    lacks err damaged
    is "$(stat -c %s journal)" "$size" "size of the journal, cut off at $at and taken up"
    taken=$(sed -n 's/.*journal: \([0-9]*\) of 4 inputs.*/\1/p' err)
    [ "$taken" -ge "$last" ] || fail "cut off at $at: $taken records are left, and $last with a byte less"
    last=$taken
done
is "$last" 3 "records used with the last byte missing"

# Changed: one record is lost at most, and the others are found.
for ((at = 0; at < size; at += 1 + RANDOM % 5)); do
    cp whole journal
    byte=$(od -An -tu1 -j $at -N 1 whole)
    # shellcheck disable=SC2059 # an octal escape
    printf "\\$(printf '%03o' $((byte ^ 1 << RANDOM % 8)))" | dd of=journal bs=1 seek=$at conv=notrunc status=none
    expect 2 phash scan "${what[@]}" --journal journal --resume folder
    if [ $at -lt $head_size ]; then
        has err '--journal journal: (is not the journal|of a version|its beginning is damaged)'
        is_empty out
        continue
    fi
    same out plain
    has err 'journal: 3 of 4 inputs taken from it'
    [ $((at % 8)) = 0 ] || continue
    expect 2 phash scan "${what[@]}" --journal journal --resume folder
    same out plain
    has err 'journal: 4 of 4 inputs taken from it'
done

# Rubbish of some length in the middle or at the end, and records twice.
for _ in 1 2 3 4; do
    for where in middle end; do
        cp whole journal
        head -c $((RANDOM % 40000)) /dev/urandom >rubbish
        cat rubbish >>journal
        [ $where = end ] || tail -c +$((head_size + 1)) whole >>journal
        expect 2 phash scan "${what[@]}" --journal journal --resume folder
        same out plain
        has err 'journal: 4 of 4 inputs taken from it'
    done
done
