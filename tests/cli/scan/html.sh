#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --html: a page that is valid, fetches nothing, says what was found, and that no name or label can break out of.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip "no python3"
mkdir folder secret
PYTHONDONTWRITEBYTECODE=1 python3 "$here/names.py" "$pictures/quality30-1.jpg" folder
cp "$pictures/quality30-1.jpg" 'folder/<img src=x onerror=alert(1)>.jpg'
cp "$pictures/quality30-1.jpg" "folder/\" onclick='x'&amp;.jpg"
cp "$pictures/other-1.jpg" folder/clean-one.jpg
echo text >folder/text.jpg
ln -s elsewhere folder/link
hash=$(phash hash "$pictures/photo-1.jpg" | cut -d , -f 1)
{
    printf '%s,100,%s\n' "$hash" '</td></table><script>alert(1)</script>'
    printf '%s,100,"%s"\n' "$hash" "a ""quoted"" 'label' &lt; "$'\e[31m \xff \xe2\x80\xae'
    printf '%s,100,%s\n' "$hash" '<img src=http://example.org/x.png>'
} >'secret/<b>list.csv'
expect 2 phash scan --list 'secret/<b>list.csv' --format jsonl --html page.html folder
mv out records
expect 2 phash scan --list 'secret/<b>list.csv' --format jsonl --html paths.html --show-paths --quiet folder
same out records
expect 0 phash key new --quiet --out key
expect 0 phash set build --quiet --key key --budget 64 --name '<i>set' --out set.phb 'secret/<b>list.csv'
expect 2 phash scan --set set.phb --key key --html set.html folder
py <<'PYTHON'
import base64
import hashlib
import html
import re
from html.parser import HTMLParser

from records import check, check_shown, name_of, read_run

VOID = {"meta"}
KNOWN = {"html": {"lang"}, "head": set(), "meta": {"charset", "http-equiv", "content", "name"}, "title": set(),
         "style": set(), "body": set(), "h1": set(), "h2": {"id"}, "p": set(), "a": {"href"}, "table": set(),
         "tr": {"class"}, "th": set(), "td": {"class"}, "strong": set()}


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.open, self.rows, self.text, self.style, self.policy, self.ids, self.links = [], [], "", "", "", [], []
        self.source = check_shown(path)
        check(self.source.startswith("<!DOCTYPE html>\n<html lang="), "doctype")
        check(set(re.findall(r"&[^;]*;", self.source)) <= {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}, "references")
        self.feed(self.source)
        self.close()
        check(not self.open, "left open:", self.open)
        check(set(self.links) == {"#" + i for i in self.ids if i == "counts"}, self.links)

    def handle_starttag(self, tag, attributes):
        check(tag in KNOWN and {a for a, _ in attributes} <= KNOWN[tag], "element", tag, attributes)
        values = dict(attributes)
        check(values.get("class") in (None, "match", "indeterminate", "n"), attributes)
        if tag == "a":
            self.links.append(values["href"])
        if "id" in values:
            self.ids.append(values["id"])
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        check(self.open and self.open[-1] == tag, "closes", tag, "in", self.open)
        self.open.pop()

    def handle_data(self, data):
        self.text += data
        if self.open and self.open[-1] == "style":
            self.style += data
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data

    def unknown_decl(self, data):
        check(False, "declaration", data)

    handle_comment = handle_pi = unknown_decl


def shown(name):
    """As on a terminal."""
    out = ""
    for c in name.decode("utf-8", "surrogateescape"):
        code = ord(c)
        if 0xdc80 <= code <= 0xdcff:
            out += "\\x%02x" % (code - 0xdc00)
        elif code < 0x20 or 0x7f <= code < 0xa0 or 0x200e <= code <= 0x200f or 0x2028 <= code <= 0x202e:
            out += "".join("\\x%02x" % b for b in c.encode())
        else:
            out += "\\\\" if c == "\\" else c
    return out


_, results, summary = read_run("records")
for path, private in (("page.html", False), ("paths.html", False), ("set.html", True)):
    page = Page(path)
    digest = "sha256-" + base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    check(page.policy == "default-src 'none'; style-src '%s'" % digest, page.policy, "and not", digest)
    check("url" not in page.style and "@" not in page.style, page.style)
    check("secret" not in page.source or path == "paths.html", "the folder of a list is shown")
    with_paths = path == "paths.html"
    check(("clean-one" in page.source, "text.jpg" in page.source) == (False, with_paths), "paths in", path)
    findings = [row for row in page.rows if len(row) == 7 + with_paths]
    check(findings[0][:7] == ["input", "status", "reason", "distance", "view", "list", "entry"], findings[0])
    counts = {row[0]: row[1] for row in page.rows if len(row) == 2}
    check(counts == {"what": "inputs", "all": str(summary["inputs"]), "indeterminate: not_an_image": "1", **{
        s: str(summary[s]) for s in ("match", "clean", "indeterminate")}}, counts)
    check("Passed over: 1 symbolic links" in page.text, page.text)
    if private:
        check("<i>set" in page.text, "the name of the set")
        continue
    expected = []
    for i, r in enumerate(results, 1):
        for h in [r] + r["matches"] if r["status"] == "match" else [r] * (r["status"] != "clean"):
            name = name_of(h, "list") if "list" in h else b""
            row = [str(i), r["status"], r.get("reason", ""), str(h.get("distance", "")), h.get("view", ""),
                   shown(name if with_paths else name.rsplit(b"/", 1)[-1]),
                   shown(name_of(h, "entry")) if "entry" in h else ""]
            expected.append(row + [shown(name_of(r))] * with_paths)
    check(findings[1:] == expected, *[p for p in zip(findings[1:], expected) if p[0] != p[1]][:2])
    check(len(expected) == 3 * summary["match"] + 1, len(expected))
PYTHON

# Whole or not there, and wrong calls.
echo old >page.html
expect 2 phash scan --list no-such-list --html page.html folder
is "$(cat page.html)" old "old page"
expect 2 phash scan --list 'secret/<b>list.csv' --html page.html --files-from no-such-list folder
is "$(cat page.html)" old "old page"
is "$(find . -maxdepth 1 -name 'page*' | wc -l)" 1 "files beside it"
expect 64 phash scan --list 'secret/<b>list.csv' --show-paths folder
expect 64 phash scan --list 'secret/<b>list.csv' --html x -o x folder
expect 64 phash scan --list 'secret/<b>list.csv' --html - folder
