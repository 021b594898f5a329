#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draw what bench-recall wrote as JSON lines: shares found for each radius, and distances of same and different
pictures. Writes SVG by hand; needs nothing but Python 3."""
import json
import math
import os
import sys

WAYS = {"plain": ("plain PDQ", "#8a8f98"), "views": ("views", "#2f6fb5"), "private6": ("private, 6 bands", "#0b8a5f"),
        "private7": ("private, 7 bands", "#6aa84f"), "private8": ("private, 8 bands", "#b7c94a")}
STYLE = ('<style>text{font:11px sans-serif;fill:#222}.small{font-size:10px;fill:#666}'
         '.title{font-size:14px;font-weight:bold}.grid{stroke:#ddd}.axis{stroke:#888}</style>')


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


class Svg:
    def __init__(self, width, height, title):
        self.parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">'
                      % (width, height, width, height), "<title>%s</title>" % escape(title), STYLE,
                      '<rect width="%d" height="%d" fill="#fff"/>' % (width, height)]
        self.text(10, 20, title, "title")

    def text(self, x, y, what, style="", anchor="start"):
        self.parts.append('<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>'
                          % (x, y, style, anchor, escape(what)))

    def line(self, x1, y1, x2, y2, style="grid"):
        self.parts.append('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>' % (x1, y1, x2, y2, style))

    def box(self, x, y, width, height, colour):
        self.parts.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>'
                          % (x, y, width, height, colour))

    def curve(self, points, colour):
        self.parts.append('<polyline fill="none" stroke-width="1.6" stroke="%s" points="%s"/>'
                          % (colour, " ".join("%.1f,%.1f" % point for point in points)))

    def legend(self, x, y, entries):
        for label, colour in entries:
            self.box(x, y - 9, 10, 10, colour)
            self.text(x + 14, y, label)
            x += 30 + 6.2 * len(label)

    def write(self, path):
        with open(path, "w", encoding="utf-8") as out:
            out.write("\n".join(self.parts + ["</svg>"]) + "\n")


def shares(edit, way, i):
    """The share found at radius i; None when this way was not tried."""
    n = edit["n"]
    found = edit.get(way + "_found")
    return found[i] / n if found is not None and n else None


def plot_found(edits, radius, i, path):
    ways = [way for way in WAYS if any(shares(edit, way, i) is not None for edit in edits)]
    bar = 4 if len(ways) > 2 else 5
    row, left, width = bar * len(ways) + 6, 130, 520
    groups = 1 + sum(a["group"] != b["group"] for a, b in zip(edits, edits[1:]))
    bottom = 62 + row * len(edits) + 8 * (groups - 1)
    svg = Svg(left + width + 60, bottom + 30, "Pictures found again, radius %d" % radius)
    svg.legend(left, 40, [WAYS[way] for way in ways])
    for share in range(0, 101, 20):
        x = left + width * share / 100
        svg.line(x, 52, x, bottom)
        svg.text(x, bottom + 14, "%d %%" % share, "small", "middle")
    y, group = 56, edits[0]["group"]
    for edit in edits:
        if edit["group"] != group:
            y, group = y + 8, edit["group"]
        svg.text(left - 6, y + row / 2 + 1, edit["edit"], "", "end")
        for k, way in enumerate(ways):
            share = shares(edit, way, i)
            if share is not None:
                svg.box(left, y + bar * k, max(1, width * share), bar - 0.6, WAYS[way][1])
        y += row
    svg.line(left, 52, left, bottom, "axis")
    svg.write(path)


def plot_distances(records, radii, path):
    """The share of pairs at each distance, on a logarithmic axis."""
    colours = {("same", "plain"): "#8a8f98", ("same", "views"): "#2f6fb5",
               ("different", "edited plain"): "#d98f3a", ("different", "edited views"): "#b5322f"}
    names = {("same", "plain"): "same picture, plain", ("same", "views"): "same, nearest view",
             ("different", "edited plain"): "different, plain",
             ("different", "edited views"): "different, nearest view"}
    curves = [(names[key], colours[key], r["histogram"]) for r in records
              for key in [(r["record"], r.get("what"))] if key in names and sum(r["histogram"])]
    left, top, width, height, most = 60, 60, 620, 300, 180
    lowest = min(math.floor(math.log10(1 / sum(h))) for _, _, h in curves)
    svg = Svg(left + width + 30, top + height + 50, "Distance of an edited picture to originals: share of pairs")
    svg.legend(left, 40, [(label, colour) for label, colour, _ in curves])
    for decade in range(lowest, 1):
        y = top + height * decade / lowest
        svg.line(left, y, left + width, y)
        svg.text(left - 6, y + 4, "1" if decade == 0 else "1e%d" % decade, "small", "end")
    for distance in range(0, most + 1, 20):
        x = left + width * distance / most
        svg.line(x, top + height, x, top + height + 4, "axis")
        svg.text(x, top + height + 16, str(distance), "small", "middle")
    svg.text(left + width / 2, top + height + 36, "bits that differ, of 256", "small", "middle")
    for i, radius in enumerate(radii):
        x = left + width * radius / most
        svg.line(x, top, x, top + height, "axis")
        svg.text(x + 3, top + height - 34 + 12 * (i % 3), "radius %d" % radius, "small")
    for _, colour, histogram in curves:
        total = sum(histogram)
        # Four distances to a point: hashes mostly differ in an even number of bits.
        points = [(left + width * (d + 1.5) / most, top + height * math.log10(sum(histogram[d:d + 4]) / total) / lowest)
                  for d in range(0, most, 4) if sum(histogram[d:d + 4])]
        svg.curve(points, colour)
    svg.write(path)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: plot.py RECALL.jsonl FOLDER")
    with open(sys.argv[1], encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    radii = records[0]["radii"]
    edits = [r for r in records if r["record"] == "edit" and r["group"] != "all"]
    for i, radius in enumerate(radii):
        plot_found(edits, radius, i, os.path.join(sys.argv[2], "found-%d.svg" % radius))
    plot_distances(records, radii, os.path.join(sys.argv[2], "distances.svg"))


if __name__ == "__main__":
    main()
