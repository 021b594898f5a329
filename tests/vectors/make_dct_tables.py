# SPDX-License-Identifier: Apache-2.0
"""Print libphash/simd/dct_tables.c, computed in double precision from the formula of docs/pdq.md (stage G).

With --check FILE: compare instead, exit 1 on any difference.
"""
import math
import struct
import sys

HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/* Written by tests/vectors/make_dct_tables.py; do not edit. */
#include "simd/dct_tables.h"

/* One pair of lines per j = 0..63; i = 0..15 along the lines. */
const phash_dct_matrix phash_dct_transposed = {{
"""


def single(x):
    """Round a double to binary32 and give its value."""
    return struct.unpack("<f", struct.pack("<f", x))[0]


def coefficient(i, j):
    scale = single(math.sqrt(2.0 / 64.0))
    return single(scale * math.cos((math.pi / 2.0 / 64.0) * (i + 1) * (2 * j + 1)))


def bits(x):
    return struct.unpack("<I", struct.pack("<f", x))[0]


def table():
    lines = []
    for j in range(64):
        words = [f"0x{bits(coefficient(i, j)):08x}" for i in range(16)]
        lines.append("    {" + ", ".join(words[:8]) + ",\n     " + ", ".join(words[8:]) + "},\n")
    return HEAD + "".join(lines) + "}};\n"


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="ascii") as f:
            if f.read() != table():
                sys.exit(f"{sys.argv[2]} is not what this program prints")
        print("the table reproduces")
    else:
        sys.stdout.write(table())


main()
