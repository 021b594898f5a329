#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Exact copies are found by their digests, whatever they are, beside what the pictures look like.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

mkdir folder
cp "$pictures/photo-1.jpg" "$pictures/half-1.jpg" "$pictures/photo-2.jpg" "$pictures/other-1.jpg" folder
head -c 3000 "$pictures/photo-3.jpg" >folder/cut.jpg
echo 'no picture' >folder/note.txt
: >folder/empty
make_list list.csv photo-1.jpg

# Every shape finds the same, whichever algorithm it is in.
(cd folder && sha256sum note.txt cut.jpg photo-2.jpg) >sha256
(cd folder && sha1sum --tag note.txt cut.jpg photo-2.jpg) >sha1
(cd folder && md5sum -b note.txt cut.jpg photo-2.jpg) >md5
{
    printf '%%%%%%%% HASHDEEP-1.0\n%%%%%%%% size,md5,sha256,filename\n## comment\n'
    for f in note.txt cut.jpg photo-2.jpg; do
        echo "1,$(md5sum <folder/$f | cut -c1-32),$(sha256sum <folder/$f | cut -c1-64),$f"
    done
} >hashdeep
{
    echo '"SHA-1","MD5","FileName"'
    for f in note.txt cut.jpg photo-2.jpg; do
        echo "\"$(sha1sum <folder/$f | cut -c1-40)\",\"$(md5sum <folder/$f | cut -c1-32)\",\"$f\""
    done
} >nsrl
for list in sha256 sha1 md5 hashdeep nsrl; do
    expect 2 phash scan --format jsonl --digests $list folder
    mv out digests.$list
    expect 2 phash scan --format jsonl --digests $list --list list.csv folder
    mv out both.$list
done
cat md5 sha256 >twice
expect 1 phash scan --format jsonl --digests twice --digests sha1 folder/note.txt
mv out twice.out
expect 1 phash scan --format csv --digests sha256 folder/note.txt folder/other-1.jpg
has out '^folder/note.txt,match,,,pdq-512nn luma,0,sha256,note.txt,sha256,$'
has out '^folder/other-1.jpg,clean,'
expect 1 phash scan --digests sha256 --list list.csv folder/note.txt folder/photo-1.jpg
has out '; 1 digest list, 3 digests$'
has out '^match  *folder/note.txt  sha256 of note.txt in sha256$'
has out '^match  *folder/photo-1.jpg  distance 0 to photo-1.jpg in list.csv$'

# Too large to be decoded, and still found.
truncate -s 513M large
sha256sum large >large.list
expect 1 phash scan --format jsonl --digests large.list large
has out '"status":"match".*"match_kind":"sha256"'
expect 2 phash scan --format jsonl --digests sha256 large
has out '"reason":"too_large"'
rm large

# Privately, and with a journal: both say the same as without.
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --name tests --out set.phb list.csv
expect 2 phash scan --format jsonl --set set.phb --key key --digests sha1 folder
mv out private
sleep 3.1 # what changed in the last seconds is not noted
for arguments in '--digests sha256' '--digests md5 --list list.csv' '--digests sha1 --set set.phb --key key'; do
    # shellcheck disable=SC2086 # several words
    {
        expect 2 phash scan --format jsonl $arguments folder
        mv out plain
        expect 2 phash scan --format jsonl --journal journal --resume $arguments folder
        same out plain
        has err 'journal: 0 of 7 inputs'
        expect 2 phash scan --format jsonl --journal journal --resume $arguments folder
        same out plain
        has err 'journal: 7 of 7 inputs'
    }
done

# Bad lists.
printf 'rubbish\n' | cat - md5 >bad
expect 2 phash scan --format jsonl --digests bad folder/note.txt
has err '^phash scan: bad, line 1: not an MD5, SHA-1 or SHA-256 digest in hexadecimal$'
has err '^phash scan: bad: 1 of 4 rows could not be read and are left out$'
has out '"list_bad_rows":1'
has out '"digest_lists":\[\{"name":"bad","entries":3,"bad_rows":1\}\]'
echo rubbish >bad
expect 2 phash scan --digests bad folder/note.txt
has err 'bad: no MD5, SHA-1 or SHA-256 digest in it'
is_empty out
expect 2 phash scan --digests no-such-file folder/note.txt
expect 2 phash scan --digests folder folder/note.txt
is_empty out
cp md5 old
touch -d '10 days ago' old
expect 2 phash scan --digests old --fail-if-older-than 9 folder/note.txt
has err 'old: 10 days old'
expect 1 phash scan --digests old --fail-if-older-than 10 folder/note.txt
expect 64 phash scan --digests
expect 64 phash scan --digests md5
py <<'PYTHON'
from records import check, read_run

listed = {"folder/note.txt", "folder/cut.jpg", "folder/photo-2.jpg"}
kinds = {"sha256": "sha256", "sha1": "sha1", "md5": "md5", "hashdeep": "sha256", "nsrl": "sha1"}
for name, kind in kinds.items():
    for run in ("digests." + name, "both." + name):
        header, results, summary = read_run(run)
        check(header["digest_lists"] == [{"name": name, "entries": 3, "bad_rows": 0}], header)
        for r in results:
            exact = r["path"] in listed
            check(("match_kind" in r) == exact, run, r)
            if not exact:
                continue
            check(r["status"] == "match" and "reason" not in r, run, r)
            check((r["distance"], r["view"]) == (0, "original"), run, r)
            check((r["match_kind"], r["list"], "folder/" + r["entry"]) == (kind, name, r["path"]), run, r)
            check(r["matches"] == [], run, r)
        near = {r["path"] for r in results if "distance" in r and "match_kind" not in r}
        check(near == (set() if run.startswith("digests") else {"folder/photo-1.jpg", "folder/half-1.jpg"}), run, near)
        check(summary["match"] == len(near) + 3 and summary["reasons"] == {"empty": 1}, run, summary)
_, results, _ = read_run("twice.out")
found = [(h["match_kind"], h["list"], h["entry"]) for h in [results[0]] + results[0]["matches"]]
check(found == [("sha256", "twice", "note.txt"), ("sha1", "sha1", "note.txt"), ("md5", "twice", "note.txt")], found)
header, results, summary = read_run("private")
check({r["path"] for r in results if "match_kind" in r} == listed, results)
near = {r["path"] for r in results if "distance" in r and "match_kind" not in r}
check(near == {"folder/photo-1.jpg", "folder/half-1.jpg"}, results)
check(summary["requests"] == 7, summary)
PYTHON
