# SPDX-License-Identifier: Apache-2.0
"""Write HEIF files that heif-enc does not, from files of one picture each that it wrote.

heif_files.py grid OUT COLUMNS WIDTH HEIGHT ANGLE TILE...  a grid of tiles, WIDTH x HEIGHT together, and its irot
heif_files.py turn OUT IN ANGLE MIRROR                     irot of ANGLE quarters, and imir of an axis (-: none)
heif_files.py part OUT IN UNITS                            only so many units of the coded picture
heif_files.py clap OUT IN X Y WIDTH HEIGHT                 the clean aperture of that place
"""

import struct
import sys


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind, version, flags, *parts):
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def boxes(data):
    at = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        yield kind, data[at + 8:at + size]
        at += size


def read_picture(path):
    """The configuration record, the sides and the coded bytes of the first item of a file, and its nclx."""
    data = open(path, "rb").read()
    meta = dict(boxes(dict(boxes(data))[b"meta"][4:]))
    properties = dict(reversed(list(boxes(dict(boxes(meta[b"iprp"]))[b"ipco"]))))
    width, height = struct.unpack(">II", properties[b"ispe"][4:])
    iloc = meta[b"iloc"]
    if iloc[0] != 0 or iloc[4:6] != b"\x44\x40":
        sys.exit("another kind of iloc than was expected: %s" % iloc.hex())
    base, pieces = struct.unpack(">IH", iloc[12:18])
    coded = b""
    for offset, length in struct.iter_unpack(">II", iloc[18:18 + 8 * pieces]):
        coded += data[base + offset:base + offset + length]
    return properties[b"hvcC"], width, height, coded, properties.get(b"colr")


def write(path, items, primary, references=()):
    """items: (id, type, coded bytes, properties); references: (type, from, to...)."""
    known, ipma = [], []
    for number, _, _, properties in items:
        indices = []
        for p in properties:
            if p not in known:
                known.append(p)
            indices.append(known.index(p) + 1)
        ipma.append(struct.pack(">HB", number, len(indices)) + bytes(0x80 | i for i in indices))
    infe = [full(b"infe", 2, 0, struct.pack(">HH4s", number, 0, kind), b"\0") for number, kind, _, _ in items]
    iref = [box(kind, struct.pack(">HH%dH" % len(to), start, len(to), *to)) for kind, start, *to in references]
    ftyp = box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def meta(base):
        iloc, at = [], base
        for number, _, coded, _ in items:
            iloc.append(struct.pack(">HHHII", number, 0, 1, at, len(coded)))
            at += len(coded)
        return full(b"meta", 0, 0,
                    full(b"hdlr", 0, 0, b"\0\0\0\0pict" + 12 * b"\0" + b"\0"),
                    full(b"pitm", 0, 0, struct.pack(">H", primary)),
                    full(b"iloc", 0, 0, b"\x44\0", struct.pack(">H", len(items)), *iloc),
                    full(b"iinf", 0, 0, struct.pack(">H", len(items)), *infe),
                    full(b"iref", 0, 0, *iref) if iref else b"",
                    box(b"iprp", box(b"ipco", *known), full(b"ipma", 0, 0, struct.pack(">I", len(items)), *ipma)))

    head = len(ftyp) + len(meta(0)) + 8
    with open(path, "wb") as out:
        out.write(ftyp + meta(head) + box(b"mdat", *(coded for _, _, coded, _ in items)))


def ispe(width, height):
    return full(b"ispe", 0, 0, struct.pack(">II", width, height))


def picture_properties(picture):
    hvcc, width, height, _, colr = picture
    return [ispe(width, height), box(b"hvcC", hvcc)] + ([box(b"colr", colr)] if colr else [])


def grid(out, columns, width, height, angle, *tiles):
    columns, width, height = int(columns), int(width), int(height)
    pictures = [read_picture(t) for t in tiles]
    items = [(10 + i, b"hvc1", p[3], picture_properties(p)) for i, p in enumerate(pictures)]
    descriptor = struct.pack(">BBBBHH", 0, 0, len(tiles) // columns - 1, columns - 1, width, height)
    items.append((1, b"grid", descriptor, [ispe(width, height), box(b"irot", bytes([int(angle)]))]))
    write(out, items, 1, [(b"dimg", 1) + tuple(10 + i for i in range(len(tiles)))])


def turn(out, path, angle, mirror):
    picture = read_picture(path)
    added = [box(b"irot", bytes([int(angle)]))]
    if mirror != "-":
        added.append(box(b"imir", bytes([int(mirror)])))
    write(out, [(1, b"hvc1", picture[3], picture_properties(picture) + added)], 1)


def clap(out, path, *place):
    picture = read_picture(path)
    x, y, width, height = map(int, place)
    # Twice the way from the middle of the picture to the middle of the part.
    right, down = 2 * x + width - picture[1], 2 * y + height - picture[2]
    added = box(b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, right, 2, down, 2))
    write(out, [(1, b"hvc1", picture[3], picture_properties(picture) + [added])], 1)


def part(out, path, units):
    picture = read_picture(path)
    coded, at = picture[3], 0
    for _ in range(int(units)):
        at += 4 + struct.unpack(">I", coded[at:at + 4])[0]
    if at >= len(coded):
        sys.exit("there are not more units than that")
    write(out, [(1, b"hvc1", coded[:at], picture_properties(picture))], 1)


if __name__ == "__main__":
    {"grid": grid, "turn": turn, "part": part, "clap": clap}[sys.argv[1]](*sys.argv[2:])
