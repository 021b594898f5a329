#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the pictures that bench-throughput is run on: copies.py OUT PHOTO_OR_FOLDER...

OUT/500x375.jpeg and so on, all 4:3. A size that a photo does not fill is filled with several photos side by side, never
by enlarging one: enlarged photos are smoother than what a camera takes and decode faster. A photo larger than needed is
reduced to at most twice the width and then cropped. Files that are there already are kept.
"""
import os
import sys

try:
    from PIL import Image
except ImportError:
    sys.exit("copies.py: Pillow is missing. On Debian: apt-get install python3-pil, and run /usr/bin/python3 if "
             "another python3 comes first.")

# width, height, JPEG files, PNG files
SIZES = [(500, 375, 200, 24), (640, 480, 24, 24), (1632, 1224, 24, 12), (4000, 3000, 8, 3), (8160, 6120, 3, 1)]
JPEG = {"quality": 90, "subsampling": "4:2:0"}
PNG = {"compress_level": 6}


def photos_in(paths):
    found = []
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in sorted(os.walk(path)):
                found += [os.path.join(folder, name) for name in sorted(names)]
        else:
            found.append(path)
    found = [f for f in found if f.lower().endswith((".jpg", ".jpeg", ".png"))]
    if not found:
        sys.exit("copies.py: no photos (.jpg, .jpeg, .png) in " + ", ".join(paths))
    return found


def opened(path, width):
    """A photo in RGB, not much wider than needed."""
    with Image.open(path) as image:
        image = image.convert("RGB")
    if image.width > 2 * width:
        image = image.resize((2 * width, max(1, image.height * 2 * width // image.width)), Image.Resampling.LANCZOS)
    return image


def composed(photos, number, width, height):
    """Photos from `number` on, in rows from left to right, until the picture is full."""
    picture = Image.new("RGB", (width, height))
    y = 0
    while y < height:
        x, row = 0, height
        while x < width:
            photo = opened(photos[number % len(photos)], width)
            # The second time round another part of the photo is shown.
            left = (number // len(photos)) * 37 % max(1, photo.width - width + 1)
            picture.paste(photo.crop((left, 0, photo.width, photo.height)), (x, y))
            x += photo.width - left
            row = min(row, photo.height)
            number += 1
        y += row
    return picture


def make(folder, ending, photos, width, height, count, how):
    os.makedirs(folder, exist_ok=True)
    for i in range(count):
        path = os.path.join(folder, "%03d.%s" % (i, ending))
        if not os.path.exists(path):
            composed(photos, i, width, height).save(path + ".part", "JPEG" if ending == "jpg" else "PNG", **how)
            os.rename(path + ".part", path)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: copies.py OUT PHOTO_OR_FOLDER...")
    out, photos = sys.argv[1], photos_in(sys.argv[2:])
    for width, height, jpegs, pngs in SIZES:
        name = os.path.join(out, "%dx%d" % (width, height))
        make(name + ".jpeg", "jpg", photos, width, height, jpegs, JPEG)
        make(name + ".png", "png", photos, width, height, pngs, PNG)


main()
