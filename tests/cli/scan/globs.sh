#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --include, --exclude and --ignore-file say what the man page says, for hand-made and for random patterns.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip "no python3"
make_list list photo-1.jpg
py_with "$program" "${GLOB_SEED:-$RANDOM}" <<'PYTHON'
import os
import random
import re
import subprocess
import sys

from records import check, name_of, read_run

program, seed = sys.argv[1], int(sys.argv[2])
print("seed", seed)
random.seed(seed)


def translate(pattern):
    """The same as a regular expression, written from the man page."""
    out, i = "", 0
    while i < len(pattern):
        c = pattern[i]
        if pattern.startswith("**/", i) and (i == 0 or pattern[i - 1] == "/"):
            out += "(?:[^/]*/)*"
            i += 3
        elif pattern.startswith("**", i):
            out += ".*"
            i += 2
        elif c == "*":
            out += "[^/]*"
            i += 1
        elif c == "?":
            out += "[^/]"
            i += 1
        elif c == "[":
            end = i + 1
            end += pattern[end] in "!^"
            end += pattern[end] == "]"
            end = pattern.index("]", end)
            body = pattern[i + 1:end]
            negated = body[0] in "!^"
            body, members, k = body[negated:], set(), 0
            while k < len(body):
                if k + 2 < len(body) and body[k + 1] == "-":
                    members |= {chr(x) for x in range(ord(body[k]), ord(body[k + 2]) + 1)}
                    k += 3
                else:
                    members.add(body[k])
                    k += 1
            members = {m for m in map(chr, range(256)) if (m in members) != negated and m != "/"}
            out += "[" + "".join(re.escape(m) for m in members) + "]" if members else "(?!)"
            i = end + 1
        else:
            i += c == "\\"
            out += re.escape(pattern[i])
            i += 1
    return re.compile(out + r"\Z", re.S)


def fits(pattern, path, is_dir):
    only_dirs = pattern.endswith("/") and not pattern.endswith("\\/")
    stripped = pattern.rstrip("/") if only_dirs else pattern
    whole = "/" in stripped
    return (is_dir or not only_dirs) and bool(
        translate(stripped.lstrip("/")).match(path if whole else path.rsplit("/", 1)[-1]))


def want(names, include, exclude):
    def out(path):
        parts = path.split("/")
        dirs = ["/".join(parts[:i]) for i in range(1, len(parts))]
        if any(fits(p, d, True) for p in exclude for d in dirs) or any(fits(p, path, False) for p in exclude):
            return True
        return bool(include) and not any(fits(p, path, False) for p in include)
    return [n for n in names if not out(n)]


def got(arguments):
    with open("run", "wb") as stream:
        status = subprocess.run([program, "scan", "--list", "list", "--format", "jsonl", "--views", "none", "-j", "1",
                                 *[a.encode("latin-1") for a in arguments], "tree"], stdout=stream).returncode
    check(status in (0, 2), "exit status", status, arguments)
    header, results, summary = read_run("run")
    return [name_of(r).decode("latin-1").removeprefix("tree/") for r in results], summary["skipped"]["excluded"]


def in_order(names):
    return sorted(names, key=lambda n: n.split("/"))


names = ["a", "b.jpg", "A.JPG", ".hidden", "[x]", "a*b", "back\\slash", "new\nline", "\xff\xfe", "-", "]", "a-b", "#c",
         "d/a", "d/b.jpg", "d/e/a", "d/e/f/a", "d/e/f/b.jpg", "d/ef", "e/d/a", "x/", "xy/a", "ab/ba/a", "ab/ba/ab/b"]
names = [n for n in names if not n.endswith("/")]
for name in names:
    full = b"tree/" + name.encode("latin-1")
    os.makedirs(os.path.dirname(full), exist_ok=True)
    open(full, "wb").close()
names = in_order(names)
check(got([])[0] == names, "without patterns")

for pattern, kept in [
    ("a", 7), ("/a", 1), ("*.jpg", 3), ("*.[jJ][pP][gG]", 4), ("d/*", 3), ("d/**", 6), ("**/a", 7), ("d/**/a", 3),
    ("*", 23), (".*", 1), ("\\[x]", 1), ("[[]x]", 1), ("a\\*b", 1), ("back\\\\slash", 1), ("new?line", 1),
    ("[]]", 1), ("-", 1), ("a[!/]b", 2), ("\\#c", 1), ("d/", 0), ("**", 23), ("???", 3), ("??", 3),
]:
    found = got(["--include=" + pattern])[0]
    check(found == want(names, [pattern], []), "--include", pattern, found)
    check(len(found) == kept, "--include", pattern, "keeps", len(found), "as", found)
# An excluded directory is not entered and counts once; exclude wins over include.
check(got(["--exclude", "d/"]) == (want(names, [], ["d/"]), 2), "d/", got(["--exclude", "d/"]))
check(got(["--exclude", "/d"]) == (want(names, [], ["/d"]), 1), "/d")
check(got(["--include", "*.jpg", "--exclude", "b.*"])[0] == [], "exclude wins")
check(got(["--include", "a", "--include", "*.jpg", "--exclude", "d/e"])[0]
      == want(names, ["a", "*.jpg"], ["d/e"]), "several")

with open("ignore", "wb") as stream:
    stream.write(b"# a comment\n\n*.jpg\r\n\\#c\nd/e/\n\xff*")
check(got(["--ignore-file", "ignore", "--exclude", "xy"])[0]
      == want(names, [], ["*.jpg", "\\#c", "d/e/", "\xff*", "xy"]), "ignore file")

letters = ["a", "b", "d", "e", "f", "*", "*", "**", "**/", "/", "?", "[ab]", "[!a]", "[a-e]", "\\a", ".", "jpg", "[!-]"]
for _ in range(150):
    pattern = "".join(random.choice(letters) for _ in range(random.randint(1, 7)))
    if pattern.strip("/") == "":
        continue
    found = got(["--include=" + pattern])[0]
    check(found == want(names, [pattern], []), "seed", seed, "--include", pattern, "gave", found,
          "not", want(names, [pattern], []))
    found = got(["--exclude=" + pattern])[0]
    check(found == want(names, [], [pattern]), "seed", seed, "--exclude", pattern, "gave", found)
PYTHON

# A file that is named is an input whatever the patterns say.
expect 2 phash scan --list list --exclude '*' --include nothing tree/a
has out '^indeterminate tree/a '

# What cannot be meant is refused before anything is read.
for pattern in '' / // '[a' 'a[' '[]' "a\\" '!a' 'b[!'; do
    expect 64 phash scan --list list --exclude "$pattern" tree
    expect 64 phash scan --list list --include "$pattern" tree
    is_empty out
    printf '%s\n' good "${pattern:-/}" >bad
    expect 64 phash scan --list list --ignore-file bad tree
    is_empty out
    has err 'bad, line 2: '
done
printf 'a\0b\n' >bad
expect 64 phash scan --list list --ignore-file bad tree
has err '0 byte'
for file in no-such-file tree; do
    expect 64 phash scan --list list --ignore-file $file tree
    is_empty out
done

# Stars that could be tried again in very many ways are not.
name=$(printf 'a%.0s' {1..200})
: >"tree/$name"
stars=$(printf '*a%.0s' {1..60})
expect 2 timeout 20 "$program" scan --list list --include "${stars}b" --include "**/${stars}**${stars}b" tree tree/a
