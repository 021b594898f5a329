#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make pictures that behave like photographs, for the self-test: random shapes of all sizes over smooth shades."""
import os
import sys

import numpy
from PIL import Image, ImageDraw, ImageFilter


def photo(seed, width=640, height=480):
    random = numpy.random.Generator(numpy.random.PCG64(seed))
    shades = Image.fromarray(random.integers(0, 256, (6, 8, 3), dtype=numpy.uint8))
    image = shades.resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for size in (200, 120, 80, 50, 30):
        for _ in range(4000 // size):
            x, y = int(random.integers(-size, width)), int(random.integers(-size, height))
            box = (x, y, x + int(random.integers(8, size)), y + int(random.integers(8, size)))
            shape = draw.ellipse if random.integers(0, 2) else draw.rectangle
            shape(box, fill=tuple(int(v) for v in random.integers(0, 256, 3)))
    return image.filter(ImageFilter.GaussianBlur(2))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: make_photos.py FOLDER COUNT")
    for i in range(int(sys.argv[2])):
        photo(1 + i).save(os.path.join(sys.argv[1], "made-%d.png" % (1 + i)), compress_level=1)
