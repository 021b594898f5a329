#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make edited copies of every photo of a folder, for bench-recall.

The table EDITS below is the whole list; docs/recall.md says the same in words. The same photos, table and versions of
Pillow and numpy give the same files: what is drawn by lot (noise, which side is cropped, which way a picture is turned)
follows from the names of the photo and of the edit. Files that are there already are kept, so a run that was stopped
goes on where it was.
"""
import argparse
import hashlib
import io
import json
import math
import multiprocessing
import os
import re
import sys
import zlib

try:
    import numpy
    from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps, features
except ImportError as missing:
    sys.exit("edits.py: " + str(missing) + "\nOn Debian: apt-get install python3-pil python3-numpy, and run "
             "/usr/bin/python3 if another python3 comes first.")

PHOTO_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".ppm", ".tif", ".tiff")
JPEG_AFTER = 80  # the quality at which an edited picture is saved unless the edit says otherwise


def lot(photo, edit, n):
    """A number below n that depends on the two names only."""
    return zlib.crc32((photo + "/" + edit).encode()) % n


def percent(length, share):
    """share per cent of a length, at least one pixel."""
    return max(1, round(length * share / 100))


def through(image, kind, **how):
    """The picture as it comes back from being saved."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    buffer.seek(0)
    with Image.open(buffer) as back:
        return back.convert("RGB")


def fit(image, side):
    """Reduced until no side is longer; never enlarged."""
    longest = max(image.size)
    if longest <= side:
        return image
    size = tuple(max(1, round(length * side / longest)) for length in image.size)
    return image.resize(size, Image.Resampling.LANCZOS)


# Each edit takes the picture and who = (photo, edit), for lots.


def same(image, who):
    return image


def webp(image, who, quality):
    return through(image, "WEBP", quality=quality, method=4)


def scale(image, who, share):
    size = tuple(max(1, round(length * share / 100)) for length in image.size)
    return image.resize(size, Image.Resampling.LANCZOS)


def thumbnail(image, who, side):
    return fit(image, side)


def stretch(image, who, share):
    return image.resize((max(1, round(image.width * share / 100)), image.height), Image.Resampling.LANCZOS)


def brightness(image, who, factor):
    return ImageEnhance.Brightness(image).enhance(factor)


def contrast(image, who, factor):
    return ImageEnhance.Contrast(image).enhance(factor)


def gamma(image, who, exponent):
    return image.point([round(255 * (v / 255) ** exponent) for v in range(256)] * 3)


def saturation(image, who, factor):
    return ImageEnhance.Color(image).enhance(factor)


def grey(image, who):
    return image.convert("L")


def blur(image, who, radius):
    return image.filter(ImageFilter.GaussianBlur(radius))


def sharpen(image, who):
    return image.filter(ImageFilter.UnsharpMask(radius=2, percent=150, threshold=3))


def noise(image, who, sigma):
    random = numpy.random.Generator(numpy.random.PCG64(lot(*who, 2**32)))
    pixels = numpy.asarray(image, dtype=numpy.float32)
    pixels = pixels + random.standard_normal(pixels.shape, dtype=numpy.float32) * numpy.float32(sigma)
    return Image.fromarray(numpy.clip(numpy.rint(pixels), 0, 255).astype(numpy.uint8))


def lettering(text, width, height):
    """A mask of text that fits into width x height. Pillow's built-in bitmap font: the same on every machine."""
    font = getattr(ImageFont, "load_default_imagefont", ImageFont.load_default)()
    left, top, right, bottom = font.getbbox(text)
    mask = Image.new("L", (right, bottom), 0)
    ImageDraw.Draw(mask).text((0, 0), text, fill=255, font=font)
    mask = mask.crop((left, top, right, bottom))
    ratio = min(width / mask.width, height / mask.height)
    return mask.resize((max(1, round(mask.width * ratio)), max(1, round(mask.height * ratio))),
                       Image.Resampling.BICUBIC)


def extend(image, left, top, right, bottom, colour):
    canvas = Image.new("RGB", (image.width + left + right, image.height + top + bottom), colour)
    canvas.paste(image, (left, top))
    return canvas


def bar(image, who, share, text=None):
    height = percent(image.height, share)
    out = extend(image, 0, height, 0, 0, (255, 255, 255))
    if text is not None:
        mask = lettering(text, round(out.width * 0.9), round(height * 0.5))
        out.paste((0, 0, 0), ((out.width - mask.width) // 2, (height - mask.height) // 2), mask)
    return out


def text_over(image, who, share, text):
    mask = lettering(text, round(image.width * 0.9), percent(image.height, share))
    x = (image.width - mask.width) // 2
    y = image.height - mask.height - percent(image.height, 4)
    outline = max(1, mask.height // 12)
    out = image.copy()
    for dx in (-outline, 0, outline):
        for dy in (-outline, 0, outline):
            out.paste((0, 0, 0), (x + dx, y + dy), mask)
    out.paste((255, 255, 255), (x, y), mask)
    return out


def logo(image, who, share):
    width, height = percent(image.width, share), percent(image.height, share)
    mark = Image.new("RGB", (width, height), (200, 30, 40))
    draw = ImageDraw.Draw(mark)
    draw.ellipse((width * 0.15, height * 0.15, width * 0.85, height * 0.85), fill=(255, 255, 255))
    draw.rectangle((width * 0.45, height * 0.25, width * 0.55, height * 0.75), fill=(200, 30, 40))
    out = image.copy()
    out.paste(mark, (image.width - width - percent(image.width, 2), image.height - height - percent(image.height, 2)))
    return out


def crop(image, who, share):
    x, y = percent(image.width, share), percent(image.height, share)
    return image.crop((x, y, image.width - x, image.height - y))


def crop_side(image, who, share):
    x, y = percent(image.width, share), percent(image.height, share)
    cut = [(x, 0, 0, 0), (0, y, 0, 0), (0, 0, x, 0), (0, 0, 0, y)][lot(*who, 4)]
    return image.crop((cut[0], cut[1], image.width - cut[2], image.height - cut[3]))


def rotate(image, who, degrees, inside=False):
    turned = image.rotate(degrees if lot(*who, 2) else -degrees, Image.Resampling.BICUBIC, fillcolor=(0, 0, 0))
    if not inside:
        return turned
    # The largest rectangle of the same shape about the centre that shows no corner.
    a, w, h = math.radians(degrees), image.width, image.height
    ratio = min(w / (w * math.cos(a) + h * math.sin(a)), h / (w * math.sin(a) + h * math.cos(a)))
    x, y = math.ceil(w * (1 - ratio) / 2) + 1, math.ceil(h * (1 - ratio) / 2) + 1
    return turned.crop((x, y, w - x, h - y))


def frame(image, who, x, y, colour):
    x, y = percent(image.width, x) if x else 0, percent(image.height, y) if y else 0
    return extend(image, x, y, x, y, colour)


def turn(image, who, how):
    return image.transpose(getattr(Image.Transpose, how))


def messenger(image, who, side):
    for _ in range(2):
        image = through(fit(image, side), "JPEG", quality=75)
    return image


def screenshot(image, who, colour):
    x = percent(image.width, 1)
    out = extend(image, x, percent(image.height, 3), x, percent(image.height, 2), colour)
    return out.resize((1080, max(1, round(out.height * 1080 / out.width))), Image.Resampling.LANCZOS)


BLACK, WHITE, DARK, LIGHT = (0, 0, 0), (255, 255, 255), (24, 24, 24), (244, 244, 244)
CAPTION = "When the picture says it all"

# name, group, function, its arguments, how it is saved: a JPEG quality, or 0 for PNG
EDITS = (
    [("jpeg-%d" % q, "codec", same, {}, q) for q in (90, 70, 50, 30, 10)]
    + [("webp-%d" % q, "codec", webp, {"quality": q}, 0) for q in (80, 50)]
    + [("scale-%d" % s, "scale", scale, {"share": s}, JPEG_AFTER) for s in (200, 75, 50, 25)]
    + [("thumbnail-160", "scale", thumbnail, {"side": 160}, JPEG_AFTER)]
    + [("stretch-%d" % s, "scale", stretch, {"share": s}, JPEG_AFTER) for s in (90, 110, 133)]
    + [("brightness-%d" % s, "tone", brightness, {"factor": s / 100}, JPEG_AFTER) for s in (80, 120)]
    + [("contrast-%d" % s, "tone", contrast, {"factor": s / 100}, JPEG_AFTER) for s in (80, 120)]
    + [("gamma-%.1f" % g, "tone", gamma, {"exponent": g}, JPEG_AFTER) for g in (0.7, 1.4)]
    + [("grey", "tone", grey, {}, JPEG_AFTER)]
    + [("saturation-%d" % s, "tone", saturation, {"factor": s / 100}, JPEG_AFTER) for s in (0, 150)]
    + [("blur-%d" % r, "detail", blur, {"radius": r}, JPEG_AFTER) for r in (1, 2)]
    + [("sharpen", "detail", sharpen, {}, JPEG_AFTER)]
    + [("noise-%d" % s, "detail", noise, {"sigma": s}, JPEG_AFTER) for s in (5, 15)]
    + [("bar-%d" % s, "overlay", bar, {"share": s}, JPEG_AFTER) for s in (10, 15)]
    + [("bar-text-15", "overlay", bar, {"share": 15, "text": CAPTION}, JPEG_AFTER)]
    + [("text-over", "overlay", text_over, {"share": 8, "text": CAPTION}, JPEG_AFTER)]
    + [("logo-%d" % s, "overlay", logo, {"share": s}, JPEG_AFTER) for s in (10, 15)]
    + [("crop-%d" % s, "crop", crop, {"share": s}, JPEG_AFTER) for s in (1, 2, 4, 6, 8, 10)]
    + [("crop-side-%d" % s, "crop", crop_side, {"share": s}, JPEG_AFTER) for s in (3, 6, 8, 10)]
    + [("rotate-%d" % d, "rotate", rotate, {"degrees": d}, JPEG_AFTER) for d in (1, 2, 3, 5)]
    + [("rotate-%d-inside" % d, "rotate", rotate, {"degrees": d, "inside": True}, JPEG_AFTER) for d in (1, 2, 3, 5)]
    + [("frame-%s-%d" % (n, s), "frame", frame, {"x": s, "y": s, "colour": c}, JPEG_AFTER)
       for n, c in (("black", BLACK), ("white", WHITE)) for s in (2, 5, 8)]
    + [("letterbox-15", "frame", frame, {"x": 0, "y": 15, "colour": BLACK}, JPEG_AFTER)]
    + [("pillarbox-15", "frame", frame, {"x": 15, "y": 0, "colour": BLACK}, JPEG_AFTER)]
    + [("mirror", "turn", turn, {"how": "FLIP_LEFT_RIGHT"}, JPEG_AFTER)]
    + [("turn-%d" % d, "turn", turn, {"how": "ROTATE_%d" % d}, JPEG_AFTER) for d in (90, 180)]
    + [("messenger-%d" % s, "chain", messenger, {"side": s}, 0) for s in (1600, 1280)]
    + [("screenshot-dark", "chain", screenshot, {"colour": DARK}, JPEG_AFTER)]
    + [("screenshot-light", "chain", screenshot, {"colour": LIGHT}, JPEG_AFTER)]
)


def describe(edit):
    """All that decides what an edit does, as it comes back from JSON."""
    return [edit[2].__name__, json.loads(json.dumps(edit[3])), edit[4]]


def save(image, path, quality):
    """Under another name first, so that a file that is there is whole."""
    with open(path + ".part", "wb") as out:
        if quality:
            image.save(out, "JPEG", quality=quality)
        else:
            image.save(out, "PNG", compress_level=1)
    os.replace(path + ".part", path)


def load(path, max_side):
    """The picture upright, over white, in RGB."""
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened)
        image = image.convert("RGBA")
    over = Image.new("RGBA", image.size, (255, 255, 255, 255))
    over.alpha_composite(image)
    image = over.convert("RGB")
    return fit(image, max_side) if max_side else image


def file_of(work, name, photo, quality):
    return os.path.join(work, name, photo + (".jpg" if quality else ".png"))


def edit_photo(task):
    """Make the files of one photo that are missing. Gives its name and None, or what was wrong."""
    work, photo, path, max_side, edits = task
    original = file_of(work, "original", photo, 0)
    missing = [e for e in edits if not os.path.exists(file_of(work, e[0], photo, e[4]))]
    try:
        if not os.path.exists(original):
            save(load(path, max_side), original, 0)
        if missing:
            with Image.open(original) as opened:
                image = opened.convert("RGB")
        for name, _, function, arguments, quality in missing:
            save(function(image, (photo, name), **arguments), file_of(work, name, photo, quality), quality)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as trouble:
        return photo, str(trouble)
    return photo, None


def find_photos(folder):
    """Names, unique and made of harmless characters, with the paths they stand for."""
    photos = {}
    for where, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            if not file.lower().endswith(PHOTO_ENDINGS):
                continue
            path = os.path.join(where, file)
            stem = os.path.splitext(os.path.relpath(path, folder))[0]
            name = base = re.sub(r"[^A-Za-z0-9._-]", "_", stem.replace(os.sep, "-"))
            count = 1
            while name in photos:
                count += 1
                name = "%s-%d" % (base, count)
            photos[name] = path
    return photos


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def remove(path):
    if os.path.exists(path):
        os.remove(path)


def forget_outdated(work, photos, edits, max_side):
    """Remove files that another photo, size or table made; remember what this run makes."""
    memory = os.path.join(work, "made-from.json")
    known = {}
    if os.path.exists(memory):
        with open(memory, encoding="utf-8") as file:
            known = json.load(file)
    for name in ["original"] + [edit[0] for edit in edits]:
        os.makedirs(os.path.join(work, name), exist_ok=True)
    for photo, path in photos.items():
        source = [digest(path), max_side]
        if known.get(photo, {}).get("source") != source:
            known[photo] = {"source": source, "edits": {}}
            remove(file_of(work, "original", photo, 0))
        made = known[photo]["edits"]
        for edit in edits:
            if made.get(edit[0]) != describe(edit):
                made[edit[0]] = describe(edit)
                remove(file_of(work, edit[0], photo, 0))
                remove(file_of(work, edit[0], photo, JPEG_AFTER))
    with open(memory + ".part", "w", encoding="utf-8") as file:
        json.dump(known, file, indent=1, sort_keys=True)
    os.replace(memory + ".part", memory)


def write_index(work, photos, edits):
    """What bench-recall reads: edit, group, photo, path relative to the work folder."""
    with open(os.path.join(work, "index.tsv"), "w", encoding="ascii") as out:
        for name, group, _, _, quality in [("original", "original", None, {}, 0)] + edits:
            for photo in photos:
                path = file_of("", name, photo, quality)
                out.write("\t".join((name, group, photo, path)) + "\n")


def arguments():
    parser = argparse.ArgumentParser(description="Make edited copies of every photo of a folder, for bench-recall.")
    parser.add_argument("folder", nargs="?", help="photos, searched recursively")
    parser.add_argument("work", nargs="?", help="where to write the copies and index.tsv")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes; default: one a processor")
    parser.add_argument("--max-side", type=int, default=2048,
                        help="reduce larger photos to this first, the reduced one counts as the original; 0: never")
    parser.add_argument("--only", help="names of edits, comma between them; default: all")
    parser.add_argument("--list", action="store_true", help="print the table of edits and end")
    options = parser.parse_args()
    if not options.list and not (options.folder and options.work):
        parser.error("FOLDER and WORK are needed")
    return options


def choose(only):
    if only is None:
        return list(EDITS)
    names = only.split(",")
    unknown = set(names) - {edit[0] for edit in EDITS}
    if unknown:
        sys.exit("edits.py: no such edit: " + ", ".join(sorted(unknown)))
    return [edit for edit in EDITS if edit[0] in names]


def main():
    options = arguments()
    edits = choose(options.only)
    if options.list:
        for edit in edits:
            print(edit[0], edit[1], json.dumps(describe(edit)), sep="\t")
        return 0
    if not features.check("webp") and any(edit[2] is webp for edit in edits):
        sys.exit("edits.py: this Pillow has no WebP; leave the webp edits out with --only")
    photos = find_photos(options.folder)
    if not photos:
        sys.exit("edits.py: no photos in " + options.folder)
    os.makedirs(options.work, exist_ok=True)
    forget_outdated(options.work, photos, edits, options.max_side)
    tasks = [(options.work, photo, path, options.max_side, edits) for photo, path in photos.items()]
    failed = set()
    with multiprocessing.Pool(max(1, options.jobs)) as pool:
        for i, (photo, trouble) in enumerate(pool.imap_unordered(edit_photo, tasks), 1):
            if trouble is not None:
                failed.add(photo)
                print("edits.py: %s: %s" % (photos[photo], trouble), file=sys.stderr)
            print("edits.py: %d of %d photos" % (i, len(tasks)), file=sys.stderr)
    write_index(options.work, [p for p in photos if p not in failed], edits)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
