# SPDX-License-Identifier: Apache-2.0
"""Read back what phash writes, and hold it against what its man pages promise."""
import base64
import csv
import json

PIPELINES = ["pdq-512nn " + word for word in ("exact", "luma", "scaled")]
REASONS = set("unreadable empty not_an_image unsupported truncated corrupt too_large too_small low_quality meaningless "
              "timeout no_memory malformed evaluator set_damaged decoder_crashed internal".split())


def check(good, *what):
    if not good:
        raise SystemExit("FAIL: " + " ".join(str(w) for w in what))


def json_lines(path):
    """Every line is one JSON object in UTF-8, without a member given twice."""
    def members(pairs):
        names = [name for name, _ in pairs]
        check(len(names) == len(set(names)), "a member is given twice:", names)
        return dict(pairs)

    with open(path, "rb") as stream:
        data = stream.read()
    check(data.endswith(b"\n"), path, "does not end with a line end")
    return [json.loads(line.decode("utf-8"), object_pairs_hook=members) for line in data[:-1].split(b"\n")]


def name_of(record, member="path"):
    """The exact bytes of a name."""
    if member + "_bytes" in record:
        return base64.b64decode(record[member + "_bytes"], validate=True)
    return record[member].encode("utf-8")


def check_result(r, subject, private):
    wanted = {"path": ("path", "status", "hash", "quality", "pipeline"), "hash": ("hash", "status", "quality", "line")}
    for member in wanted[subject]:
        check(member in r, "no", member, "in", r)
    check(r["status"] in ("match", "clean", "indeterminate"), "status of", r)
    check(r["hash"] in (None, "") or len(bytes.fromhex(r["hash"])) == 32, "hash of", r)
    check(r["quality"] is None or 0 <= r["quality"] <= 100, "quality of", r)
    check(r.get("pipeline", PIPELINES[0]) in PIPELINES, "pipeline of", r)
    check(("reason" in r) == (r["status"] == "indeterminate"), "reason of", r)
    if "reason" in r:
        check(r["reason"] in REASONS and "detail" in r, "reason of", r)
    hits = [r] + r["matches"] if r["status"] == "match" else []
    check(r["status"] == "match" or not {"distance", "list", "entry", "view", "matches"} & set(r), "members of", r)
    exact = [h for h in hits if "match_kind" in h]
    check(exact == hits[:len(exact)], "equal digests first in", r)
    for hit in exact:
        check(hit["match_kind"] in ("md5", "sha1", "sha256") and "list" in hit and "entry" in hit, "match in", r)
        check((hit["distance"], hit["view"]) == (0, "original") and "set" not in hit, "match in", r)
    hits = hits[len(exact):]
    for hit in hits:
        check(0 <= hit["distance"] <= 63 and hit["view"], "match in", r)
        check("list" in hit and "entry" in hit and ("set" in hit) == private, "match in", r)
    check([h["distance"] for h in hits] == sorted(h["distance"] for h in hits), "nearest first in", r)


def read_run(path, subject="path"):
    """header, results and summary of scan (subject path) or match (subject hash), all checked."""
    header, *results, summary = json_lines(path)
    check(header["type"] == "header" and summary["type"] == "summary", "header and summary of", path)
    for record in (header, summary):
        check("path" not in record and "hash" not in record, "a", record["type"], "with an input")
    check(header["tool"] == "phash" and header["version"], "header:", header)
    check(header["command"] == {"path": "scan", "hash": "match"}[subject], "header:", header)
    if subject == "path":
        check(header["sandbox"] in ("enforced", "absent", "off"), "header:", header)
        check(("sandbox_parts" in header) == (header["sandbox"] != "off") == ("timeout" in header), "header:", header)
    private = "set" in header
    check(private or (0 <= header["radius"] <= 63 and all(0 <= x["radius"] <= 63 for x in header["lists"])), header)
    check(("pipeline" in header, "views" in header) == (subject == "path", subject == "path"), "header:", header)
    for r in results:
        check(r["type"] == "result", "record:", r)
        check_result(r, subject, private)
        check(r.get("pipeline") == header.get("pipeline"), "the pipeline is not that of the header:", r)
    check(summary["inputs"] == len(results), "summary:", summary)
    for status in ("match", "clean", "indeterminate"):
        check(summary[status] == sum(r["status"] == status for r in results), "summary:", summary)
    for reason in REASONS:
        check(summary["reasons"].get(reason, 0) == sum(r.get("reason") == reason for r in results), summary)
    check(private == ("bytes_up" in summary) == ("bytes_down" in summary) == ("requests" in summary), summary)
    return header, results, summary


def csv_rows(path):
    """Fields as bytes; RFC 4180."""
    with open(path, encoding="latin-1", newline="") as stream:
        return [[field.encode("latin-1") for field in row] for row in csv.reader(stream, strict=True)]


def check_shown(path):
    """Text for people: UTF-8, and no control character but the line end."""
    with open(path, "rb") as stream:
        shown = stream.read().decode("utf-8")
    bad = [hex(ord(c)) for c in shown if c != "\n" and (ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0)]
    bad += [hex(ord(c)) for c in shown if c in "\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e"]
    check(not bad, path, "shows control characters:", bad)
    return shown
