# SPDX-License-Identifier: Apache-2.0
"""The bands of a hash and the VOPRF inputs for their values: docs/protocol.md, "Tokens"."""


def zigzag():
    """The 256 bit numbers in zigzag order: on odd diagonals the row ascends, on even ones it descends."""
    order = []
    for d in range(31):
        rows = [i for i in range(16) if 0 <= d - i < 16]
        order += [16 * i + d - i for i in (rows if d % 2 else reversed(rows))]
    return order


ORDER = zigzag()


def places(bands, band):
    """The places of the zigzag order that belong to a band."""
    return range(256 * band // bands, 256 * (band + 1) // bands)


def band_values(hash_bytes, bands):
    """The value of each band; bit 0 of a value is the band's first place."""
    bits = int.from_bytes(hash_bytes, "big")
    return [sum((bits >> ORDER[place] & 1) << n for n, place in enumerate(places(bands, band)))
            for band in range(bands)]


def token_input(bands, band, value):
    """The 32 bytes whose VOPRF output is the token."""
    return (b"libphash band token\0" + bytes([0, bands, band, len(places(bands, band))]) +
            value.to_bytes(8, "little"))


def read_input(data, bands):
    """The band and the value of an input."""
    band, value = data[22], int.from_bytes(data[24:], "little")
    if data != token_input(bands, band, value):
        raise ValueError("not an input for a band's value")
    return band, value


def distance(a, b):
    return bin(int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).count("1")
