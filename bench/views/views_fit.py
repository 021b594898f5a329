#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Choose the views of libphash/hash/view_list.c by measurement, and measure what they find.

    views_fit.py candidates >libphash/hash/view_list.c      all views that are considered; build view-hashes with it
    views_fit.py choose PROGRAM N PHOTOS... >view_list.c    the N edited views that find most, likeliest first
    views_fit.py measure PROGRAM PHOTOS...                  shares found with the views that PROGRAM makes

PROGRAM is view-hashes of this folder. Needs Pillow and numpy (Debian: python3-pil, python3-numpy). Each photo is
reduced to at most 800 pixels a side, edited, and saved as JPEG of quality 80. Edited pictures are looked for among the
originals, and originals (as JPEG 80) among the edited ones: either may be what is listed. Environment: JOBS, processes
(default all processors).
"""
import io
import math
import os
import subprocess
import sys
import tempfile
from multiprocessing import Pool

import numpy
from PIL import Image, ImageDraw, ImageFont

JOBS = int(os.environ.get("JOBS", os.cpu_count() or 1))
SIDES = {"left": (1, 0, 0, 0), "top": (0, 1, 0, 0), "right": (0, 0, 1, 0), "bottom": (0, 0, 0, 1),
         "width": (1, 0, 1, 0), "height": (0, 1, 0, 1), "all": (1, 1, 1, 1), "top-left": (1, 1, 0, 0),
         "top-right": (0, 1, 1, 0), "bottom-left": (1, 0, 0, 1), "bottom-right": (0, 0, 1, 1)}
COLOURS = {"black": (0, 0, 0), "white": (255, 255, 255), "blue": (60, 120, 200)}


# ---- edits of pictures: left, top, right, bottom in per cent ----

def trim(image, left, top, right, bottom):
    w, h = image.size
    return image.crop((round(w * left / 100), round(h * top / 100), w - round(w * right / 100),
                       h - round(h * bottom / 100)))


def frame(image, colour, left, top, right, bottom):
    w, h = image.size
    left, top, right, bottom = (round(v / 100) for v in (w * left, h * top, w * right, h * bottom))
    out = Image.new("RGB", (w + left + right, h + top + bottom), COLOURS[colour])
    out.paste(image, (left, top))
    return out


def rotate(image, degrees):
    return image.rotate(degrees, Image.Resampling.BICUBIC)


def rotate_inside(image, degrees):
    """Turned, then cut to the largest rectangle of the same shape that shows no empty corner."""
    w, h = image.size
    a = math.radians(abs(degrees))
    share = min(w / (w * math.cos(a) + h * math.sin(a)), h / (w * math.sin(a) + h * math.cos(a)))
    x, y = math.ceil(w * (1 - share) / 2), math.ceil(h * (1 - share) / 2)
    return rotate(image, degrees).crop((x, y, w - x, h - y))


def caption(image, side, share, colour):
    """A bar with two lines of text."""
    w, h = image.size
    bar = round(h * share / 100)
    out = frame(image, colour, 0, share if side == "top" else 0, 0, share if side == "bottom" else 0)
    draw = ImageDraw.Draw(out)
    ink = COLOURS["white" if colour == "black" else "black"]
    text = Image.new("L", (190, 26), 0)
    ImageDraw.Draw(text).multiline_text((2, 0), "when you finally find it\nand it was there all along", 255,
                                        ImageFont.load_default(), spacing=0)
    text = text.resize((round(w * .9), round(bar * .8)), Image.Resampling.BICUBIC)
    at = (round(w * .05), (0 if side == "top" else out.size[1] - bar) + round(bar * .1))
    draw.bitmap(at, text, ink)
    return out


def apply(image, edit):
    return {"none": lambda i: i, "trim": trim, "frame": frame, "rotate": rotate, "rotate-inside": rotate_inside,
            "caption": caption}[edit[0]](image, *edit[1:])


def sides(name, share):
    return tuple(share * v for v in SIDES[name])


def fixed_edits():
    edits = {"JPEG 80 alone": [("none",)]}
    for share in (1, 2, 4, 6, 8):
        edits["trimmed %d %% all sides" % share] = [("trim",) + sides("all", share)]
    for share in (3, 6, 8, 10):
        edits["trimmed %d %% one side" % share] = [("trim",) + sides(s, share) for s in list(SIDES)[:4]]
    for share in (3, 6):
        edits["trimmed %d %% two opposite sides" % share] = [("trim",) + sides(s, share) for s in ("width", "height")]
    edits["trimmed 3 % two sides of a corner"] = [("trim",) + sides(s, 3) for s in list(SIDES)[7:]]
    for degrees in (1, 2, 3):
        edits["rotated %d degrees" % degrees] = [("rotate", degrees), ("rotate", -degrees)]
    for degrees in (1, 2, 3):
        edits["rotated %d degrees, cut to the inside" % degrees] = [("rotate-inside", degrees),
                                                                   ("rotate-inside", -degrees)]
    for share in (2, 5, 8):
        edits["framed %d %% all sides" % share] = [("frame", c) + sides("all", share) for c in COLOURS]
        edits["framed %d %% top and bottom" % share] = [("frame", c) + sides("height", share) for c in COLOURS]
    edits["letterbox 4:3 to 1:1"] = [("frame", c) + sides("height", 16.7) for c in COLOURS]
    edits["pillarbox 4:3 to 16:9"] = [("frame", c) + sides("width", 16.7) for c in COLOURS]
    for share in (10, 15, 20):
        edits["plain bar %d %%" % share] = [("frame", c) + sides(s, share) for c in COLOURS for s in ("top", "bottom")]
    for share in (10, 15, 20):
        edits["bar %d %% with text" % share] = [("caption", s, share, c) for c in ("black", "white")
                                                for s in ("top", "bottom")]
    return edits


def random_edits(rng, n):
    """What the views are chosen for: the edits above at all strengths between."""
    edits = []
    for _ in range(n):
        kind = rng.choice(12)
        if kind < 3:
            edits.append(("trim",) + sides("all", rng.uniform(.8, 6.5)))
        elif kind < 6:
            edits.append(("trim",) + sides(rng.choice(list(SIDES)[:4]), rng.uniform(1.5, 10)))
        elif kind == 6:
            edits.append(("trim",) + sides(rng.choice(list(SIDES)[4:6]), rng.uniform(1.5, 7)))
        elif kind == 7:
            edits.append(("trim",) + sides(rng.choice(list(SIDES)[7:]), rng.uniform(2, 5)))
        elif kind < 11:
            degrees = rng.choice([-1, 1]) * (rng.uniform(.5, 3.3) if rng.choice(4) else rng.uniform(3.3, 5.2))
            edits.append((["rotate", "rotate-inside"][rng.choice(2)], degrees))
        else:
            edits.append(("caption", rng.choice(["top", "bottom"]), rng.uniform(8, 22), rng.choice(["black", "white"])))
    return edits


# ---- views: name, left, top, right, bottom in thousandths, half degrees ----

def candidates():
    views = []
    for name in SIDES:
        strengths = [10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 70, 80, 90, 100]
        if name in ("top", "bottom"):
            strengths += [110, 120, 130, 140, 150, 165]
        if name in list(SIDES)[7:]:
            strengths = [20, 25, 30, 35, 40]
        for strength in strengths:
            for sign, word in ((1, "trim"), (-1, "extend")):
                if sign < 0 and strength > 100:
                    continue
                views.append(("%s-%s-%g%%" % (word, name, strength / 10),)
                             + tuple(sign * strength * v for v in SIDES[name]) + (0,))
    for half in (2, 3, 4, 5, 6, 8, 10):
        for extended in (0, 10, 15, 20, 25, 30, 35, 40, 50, 60):
            for sign in (1, -1):
                name = "rotate%+g" % (sign * half / 2) + ("-extend-%g%%" % (extended / 10) if extended else "")
                views.append((name,) + 4 * (-extended,) + (sign * half,))
    return views


FLIPS = ["rotate90", "rotate180", "rotate270", "flipx", "flipy", "flipplus1", "flipminus1"]


def print_list(views, comment):
    print("/* SPDX-License-Identifier: Apache-2.0 */")
    print("/* Written by bench/views/views_fit.py; do not edit. */")
    print('#include "hash/view_list.h"\n')
    print(comment)
    print("const phash_view phash_view_list[] = {")
    print('    {"original", PHASH_VIEW_ORIGINAL, 0, 0, 0, 0, 0, 0},')
    print('    {"border", PHASH_VIEW_BORDER, 0, 0, 0, 0, 0, 0},')
    print('    {"flipy", PHASH_VIEW_FLIP, 0, 0, 0, 0, 0, PHASH_DIHEDRAL_FLIP_Y},')
    for view in views:
        print('    {"%s", PHASH_VIEW_EDIT, %d, %d, %d, %d, %d, 0},' % view)
    for name in FLIPS:
        if name != "flipy":
            words = name.replace("flip", "flip_").upper()
            print('    {"%s", PHASH_VIEW_FLIP, 0, 0, 0, 0, 0, PHASH_DIHEDRAL_%s},' % (name, words))
    print("};")
    print("const size_t phash_view_count = sizeof phash_view_list / sizeof *phash_view_list;")


# ---- running ----

def save_reduced(job):
    photo, path = job
    with Image.open(photo) as image:
        image = image.convert("RGB")
    image.thumbnail((800, 800), Image.Resampling.LANCZOS)
    image.save(path, compress_level=1)


def save_edited(job):
    original, path, edit = job
    with Image.open(original) as image:
        apply(image, edit).save(path, "JPEG", quality=80)


def run(program, paths):
    done = subprocess.run([program], input="\n".join(paths) + "\n", capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    names = lines[0].split()
    bits = numpy.zeros((len(paths), len(names), 32), numpy.uint8)
    there = numpy.zeros((len(paths), len(names)), bool)
    quality = numpy.zeros(len(paths), int)
    flags = numpy.zeros(len(paths), int)
    for i, line in enumerate(lines[1:]):
        words = line.split()
        quality[i], flags[i] = int(words[0]), int(words[1])
        for v, word in enumerate(words[2:]):
            if word != "-":
                there[i, v] = True
                bits[i, v] = numpy.frombuffer(bytes.fromhex(word), numpy.uint8)
    return names, bits, there, quality, flags


ONES = numpy.array([bin(i).count("1") for i in range(256)], numpy.uint16)


def distances(bits, there, target):
    """From every view to one hash each; 256 where there is no view."""
    return numpy.where(there, ONES[bits ^ target[:, None, :]].sum(-1), 256)


class Data:
    """Views of all edited pictures, and of the originals; photo[i] and edit[i] belong to picture i."""

    def __init__(self, program, photos, edits_of):
        with tempfile.TemporaryDirectory() as folder:
            originals = [os.path.join(folder, "%d.png" % p) for p in range(len(photos))]
            saved = [original[:-4] + ".jpg" for original in originals]
            jobs = [(original, path, ("none",)) for original, path in zip(originals, saved)]
            self.photo, self.edit = [], []
            for p, original in enumerate(originals):
                for e, (name, edit) in enumerate(edits_of(p)):
                    jobs.append((original, os.path.join(folder, "%d-%d.jpg" % (p, e)), edit))
                    self.photo.append(p)
                    self.edit.append(name)
            with Pool(JOBS) as pool:
                pool.map(save_reduced, list(zip(photos, originals)), chunksize=1)
                pool.map(save_edited, jobs, chunksize=8)
            self.names, bits, _, self.quality, self.flags = run(program, originals)
            self.plain = bits[:, 0]
            _, self.saved, self.saved_there, _, _ = run(program, saved)
            _, self.bits, self.there, _, self.edited_flags = run(program, [job[1] for job in jobs[len(photos):]])
        self.photo = numpy.array(self.photo)
        self.edit = numpy.array(self.edit)
        good = (self.quality >= 50) & (self.flags == 0)
        if not good.all():
            print("left out, nothing to match (quality, flags):",
                  [os.path.basename(photos[p]) for p in numpy.where(~good)[0]], file=sys.stderr)
        self.used = good[self.photo]
        self.forward = distances(self.bits, self.there, self.plain[self.photo])
        self.backward = distances(self.saved[self.photo], self.saved_there[self.photo], self.bits[:, 0])


def choose(data, n):
    """Greedy: each next view is the one that brings most pictures below radius 31, half as much counting for 48. The
    six plain rotations are in the list in any case."""
    table = numpy.concatenate([data.forward[data.used], data.backward[data.used]]).astype(float)
    weight = numpy.concatenate([numpy.full(data.used.sum(), 2.0), numpy.full(data.used.sum(), 1.0)])

    def score(d):
        return 1 / (1 + numpy.exp((d - 29) / 2)) + .5 / (1 + numpy.exp((d - 46) / 2)) - d / 5000

    first = [i for i, name in enumerate(data.names) if name in ["original", "border"] + FLIPS]
    best = table[:, first].min(1)
    wanted = ["rotate%+d" % degrees for degrees in (1, 2, 3, -1, -2, -3)]
    left = [i for i in range(len(data.names)) if i not in first]
    chosen = []
    for _ in range(n):
        gains = [(weight * (score(numpy.minimum(best, table[:, v])) - score(best))).sum() for v in left]
        must = n - len(chosen) <= len(wanted)
        view = data.names.index(wanted[0]) if must else left[int(numpy.argmax(gains))]
        left.remove(view)
        chosen.append(data.names[view])
        if chosen[-1] in wanted:
            wanted.remove(chosen[-1])
        best = numpy.minimum(best, table[:, view])
    return chosen


def measure(data, out=sys.stdout):
    edits_only = [i for i, name in enumerate(data.names) if name not in FLIPS]
    print("| edit | n | plain 31 | views 31 | plain 48 | views 48 | listed edited: plain 31 | views 31 | views 48 |",
          file=out)
    print("|---|---|---|---|---|---|---|---|---|", file=out)
    for name in dict.fromkeys(data.edit):
        of = (data.edit == name) & data.used
        forward, backward = data.forward[of], data.backward[of]
        ways = [forward[:, 0] <= 31, forward[:, edits_only].min(1) <= 31, forward[:, 0] <= 48,
                forward[:, edits_only].min(1) <= 48, backward[:, 0] <= 31, backward[:, edits_only].min(1) <= 31,
                backward[:, edits_only].min(1) <= 48]
        print("| %s | %d |" % (name, of.sum()), " | ".join("%.3f" % w.mean() for w in ways), "|", file=out)


def hardest(data, photos, out=sys.stdout):
    """The photos whose edits are missed most often at radius 48."""
    missed = {photo: ((data.forward.min(1) > 48) & (data.photo == p)).sum() for p, photo in enumerate(photos)
              if data.used[data.photo == p].all()}
    ranked = sorted(missed, key=missed.get, reverse=True)[:6]
    print("missed at radius 48:", ", ".join("%s %d" % (os.path.basename(r), missed[r]) for r in ranked), file=out)


def false_side(data, out=sys.stdout):
    """Every view of every edited picture against every other original."""
    smallest, where, below = 256, None, numpy.zeros(257, int)
    for i in numpy.where(data.used)[0]:
        for p in range(len(data.plain)):
            if p == data.photo[i] or data.quality[p] < 50 or data.flags[p]:
                continue
            d = numpy.where(data.there[i], ONES[data.bits[i] ^ data.plain[p]].sum(-1), 256)
            below += numpy.bincount(d[data.there[i]].astype(int), minlength=257)
            if d.min() < smallest:
                smallest, where = d.min(), (p, data.photo[i], data.edit[i], data.names[d.argmin()])
    print("different photos: %d comparisons, smallest distance %d %s; <= 31: %d, <= 48: %d, <= 63: %d, <= 70: %d"
          % (below.sum(), smallest, where, *(below[:r + 1].sum() for r in (31, 48, 63, 70))), file=out)


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    if what == "candidates":
        print_list(candidates(), "/* Everything that is considered. */")
    elif what == "choose" and len(sys.argv) > 4:
        rng = numpy.random.default_rng(1)
        data = Data(sys.argv[2], sys.argv[4:], lambda p: [("random", e) for e in random_edits(rng, 50)])
        table = {view[0]: view for view in candidates()}
        chosen = choose(data, int(sys.argv[3]))
        print_list([table[name] for name in chosen],
                   "/* Chosen among %d on %d photographs, each edited in 50 ways drawn by lot: see docs/pdq.md, "
                   '"Views". */' % (len(table), len(set(data.photo[data.used]))))
    elif what == "measure" and len(sys.argv) > 3:
        fixed = [(name, edit) for name, edits in fixed_edits().items() for edit in edits]
        data = Data(sys.argv[2], sys.argv[3:], lambda p: fixed)
        measure(data)
        hardest(data, sys.argv[3:])
        false_side(data)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
