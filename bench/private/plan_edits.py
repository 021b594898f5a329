#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the edited pictures that the planner's model is fitted on.

    plan_edits.py FOLDER WORK [EDITS]

Every photo of FOLDER and each of its quarters is edited EDITS times (default 40): an edit of the table in
bench/recall/edits.py drawn by lot, its strength drawn anew between and a little beyond those of the table. So the
model is fitted on the same kinds of edits that recall is measured with, but not on the same edits, nor (with another
FOLDER) on the same photos. WORK/index.tsv is what plan-data reads. The same photos give the same files.
"""
import math
import multiprocessing
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "recall"))
import numpy  # noqa: E402
from PIL import Image  # noqa: E402
import edits  # noqa: E402

SIDE_MAX = 800
COLOURS = [(0, 0, 0), (255, 255, 255), (24, 24, 24), (244, 244, 244), (60, 120, 200)]
CAPTIONS = ["When the picture says it all", "so this happened", "find somebody who looks at you like that every day"]


def between(rng, low, high):
    return float(rng.uniform(low, high))


def even_ratio(rng, low, high):
    return math.exp(between(rng, math.log(low), math.log(high)))


def pick(rng, values):
    return values[int(rng.integers(len(values)))]


def strength(rng, edit):
    """Arguments for an edit of the table, and the quality it is saved with."""
    name, given, quality = edit[2].__name__, dict(edit[3]), edit[4]
    drawn = {
        "webp": lambda: {"quality": int(between(rng, 35, 90))},
        "scale": lambda: {"share": even_ratio(rng, 22, 210)},
        "thumbnail": lambda: {"side": int(between(rng, 130, 320))},
        "stretch": lambda: {"share": between(rng, 85, 140)},
        "brightness": lambda: {"factor": between(rng, .75, 1.3)},
        "contrast": lambda: {"factor": between(rng, .75, 1.3)},
        "gamma": lambda: {"exponent": even_ratio(rng, .65, 1.5)},
        "saturation": lambda: {"factor": between(rng, 0, 1.6)},
        "blur": lambda: {"radius": between(rng, .5, 2.5)},
        "noise": lambda: {"sigma": between(rng, 3, 18)},
        "bar": lambda: {"share": between(rng, 7, 20), **({"text": pick(rng, CAPTIONS)} if "text" in given else {})},
        "text_over": lambda: {"share": between(rng, 5, 10), "text": pick(rng, CAPTIONS)},
        "logo": lambda: {"share": between(rng, 7, 17)},
        "crop": lambda: {"share": between(rng, .7, 11)},
        "crop_side": lambda: {"share": between(rng, 2, 11.5)},
        "rotate": lambda: {**given, "degrees": between(rng, .6, 5.5)},
        "turn": lambda: {"how": pick(rng, ["ROTATE_90", "ROTATE_270"]) if given["how"] == "ROTATE_90"
                         else given["how"]},
        "messenger": lambda: {"side": int(between(rng, 500, 1600))},
        "screenshot": lambda: {"colour": pick(rng, COLOURS[2:])},
    }
    if name == "frame":
        x, y = given["x"], given["y"]
        share = between(rng, 1.5, 9) if x == y else between(rng, 8, 20)
        given = {"x": share if x else 0, "y": share if y else 0, "colour": pick(rng, COLOURS)}
    elif name in drawn:
        given = drawn[name]()
    if quality:
        quality = int(between(rng, 8, 95)) if name == "same" else int(between(rng, 60, 92))
    return given, quality


def pieces(path):
    """The photo and its quarters, each reduced to SIDE_MAX."""
    whole = edits.load(path, 0)
    w, h = whole.size
    boxes = [(0, 0, w, h)] + [(x, y, x + w // 2, y + h // 2) for x in (0, w // 2) for y in (0, h // 2)]
    return [edits.fit(whole.crop(box), SIDE_MAX) for box in boxes]


def work_on(task):
    work, name, path, count = task
    lines = []
    for k, piece in enumerate(pieces(path)):
        who = "%s-%d" % (name, k)
        rng = numpy.random.default_rng(edits.lot(who, "plan", 2**32))
        original = os.path.join("original", who + ".png")
        edits.save(piece, os.path.join(work, original), 0)
        lines.append(("original", "original", who, original))
        for i in range(count):
            edit = pick(rng, edits.EDITS)
            arguments, quality = strength(rng, edit)
            upside_down = edit[2].__name__ == "bar" and rng.integers(2) == 1  # a bar below
            image = piece.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if upside_down else piece
            image = edit[2](image, (who, "%d" % i), **arguments)
            if upside_down:
                image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
            file = os.path.join("edited", "%s-%d%s" % (who, i, ".jpg" if quality else ".png"))
            edits.save(image, os.path.join(work, file), quality)
            lines.append((edit[0], edit[1], who, file))
    return lines


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    folder, work = sys.argv[1], sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) == 4 else 40
    for name in ("original", "edited"):
        os.makedirs(os.path.join(work, name), exist_ok=True)
    tasks = [(work, name, path, count) for name, path in edits.find_photos(folder).items()]
    if not tasks:
        sys.exit("plan_edits.py: no photos in " + folder)
    with multiprocessing.Pool(min(2, os.cpu_count() or 1)) as pool:
        lines = [line for of_photo in pool.imap(work_on, tasks) for line in of_photo]
    lines.sort(key=lambda line: line[0] != "original")
    with open(os.path.join(work, "index.tsv"), "w", encoding="ascii") as out:
        out.writelines("\t".join(line) + "\n" for line in lines)


if __name__ == "__main__":
    main()
