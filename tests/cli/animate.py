# SPDX-License-Identifier: Apache-2.0
"""animate.py OUT.gif PICTURE.pgm...: an animated GIF of grey pictures of one size.

Codes of nine bits, never compressed: a clear code comes before the table would need ten (GIF89a, appendix F).
"""
import sys


def read_pgm(path):
    with open(path, "rb") as file:
        magic, width, height, top, pixels = file.read().split(maxsplit=4)
    assert magic == b"P5" and top == b"255"
    return int(width), int(height), pixels


def coded(pixels):
    bits, n, out = 0, 0, bytearray()
    codes = []
    for i, pixel in enumerate(pixels):
        codes += [256, pixel] if i % 250 == 0 else [pixel]
    for code in codes + [257]:
        bits |= code << n
        n += 9
        while n >= 8:
            out.append(bits & 255)
            bits >>= 8
            n -= 8
    out.append(bits)
    return out


def blocks(data):
    pieces = (data[i:i + 255] for i in range(0, len(data), 255))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def main():
    pictures = [read_pgm(path) for path in sys.argv[2:]]
    size = pictures[0][0].to_bytes(2, "little") + pictures[0][1].to_bytes(2, "little")
    with open(sys.argv[1], "wb") as out:
        out.write(b"GIF89a" + size + b"\xf7\0\0" + bytes(value for value in range(256) for _ in range(3)))
        for width, height, pixels in pictures:
            assert (width, height) == pictures[0][:2]
            out.write(b"\x2c\0\0\0\0" + size + b"\0\x08" + blocks(coded(pixels)))
        out.write(b"\x3b")


main()
