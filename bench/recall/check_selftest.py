#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Are the figures of the self-test those of a matcher that works?"""
import json
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    edits = {r["edit"]: r for r in records if r["record"] == "edit"}
    different = {r["what"]: r for r in records if r["record"] == "different"}
    wrong = []

    def expect(condition, what):
        if not condition:
            wrong.append(what)

    expect(records[0]["record"] == "header" and records[0]["photos"] == 3 and records[0]["left_out"] == 0,
           "three photos, all of them judged")
    expect(set(edits) == {"jpeg-70", "scale-50", "crop-2", "mirror", "all"},
           "four edits and their sums")
    expect(all(edits[e]["n"] == 3 and edits[e]["unreadable"] == 0 for e in edits if e[:3] != "all"),
           "three pictures each")
    expect(edits["all"]["n"] == 12 and edits["all"]["sampled"] == 8, "twelve in all, eight asked privately")
    expect(edits["jpeg-70"]["plain"]["max"] <= 20, "JPEG 70 moves the hash little")
    expect(edits["jpeg-70"]["plain_found"] == [3, 3, 3], "JPEG 70 is found")
    expect(edits["scale-50"]["plain_found"][1] == 3, "half the size is found")
    expect(edits["mirror"]["plain"]["p50"] > 80, "a mirrored picture is far without views")
    expect(edits["mirror"]["views_found"][0] == 3, "a mirrored picture is found by views")
    expect(edits["mirror"]["usual_view"] == "flipy", "the mirroring view finds it")
    expect(edits["crop-2"]["plain"]["p50"] > 20, "cropping moves the hash")
    expect(edits["crop-2"]["views"]["max"] <= edits["crop-2"]["plain"]["max"], "views are never farther")
    expect(edits["jpeg-70"]["sampled"] == 2 and edits["jpeg-70"]["private7_found"] == [3, 3, 3],
           "JPEG 70 is found privately")
    expect(different["originals plain"]["pairs"] == 3, "three pairs of originals")
    expect(different["edited plain"]["pairs"] == 24, "twelve edited pictures, two other originals each")
    expect(all(r["min"] > 70 and r["within"] == [0, 0, 0] for r in different.values()), "different photos are far")
    expect(edits["mirror"]["private7_by_budget"][-1] == 3, "a mirrored picture is found privately")
    by_budget = edits["all"]["private7_by_budget"]
    expect(by_budget == sorted(by_budget) and by_budget[-1] <= edits["all"]["views_found"][0],
           "more tokens find more, but not more than all views")
    private = [r for r in records if r["record"] == "private"]
    expect([(r["queries"], r["other_matches"], r["disagreements"]) for r in private] == [(8, 0, 0)],
           "eight private queries agree with their plans, none matches another picture")
    for what in wrong:
        print("not so: " + what)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
