# SPDX-License-Identifier: Apache-2.0
"""Reads blinded sets of format 1: the head, the digests, and the entries that a token leads to.

Written from docs/formats/blinded-set.md and docs/formats/set-signatures.md alone; section names are theirs.
"""
import hashlib
import hmac
from collections import namedtuple

import aes_gcm
import ed25519
import hash_bands
import p256

MARK = bytes.fromhex("895048420d0a1a0a")
BLOCK = 4096
DIGEST = 32
SIGNATURE = 96
U64 = 2**64 - 1

Source = namedtuple("Source", "name radius entries")
Entry = namedtuple("Entry", "hash source label")


class Damaged(Exception):
    """The file is not a sound set."""


def demand(condition, what):
    if not condition:
        raise Damaged(what)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def hkdf_expand(key, info, size):
    """RFC 5869, section 2.3, with SHA-256."""
    out = block = b""
    for i in range(1, -(-size // 32) + 1):
        block = hmac.new(key, block + info + bytes([i]), hashlib.sha256).digest()
        out += block
    return out[:size]


def blocks_of(size):
    return -(-size // BLOCK)


class Fields:
    """Takes fields off the front of bytes."""

    def __init__(self, data):
        self.data = data

    def take(self, size):
        demand(len(self.data) >= size, "the file ends too early")
        field, self.data = self.data[:size], self.data[size:]
        return field

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def text(self, low, high):
        field = self.take(self.number(1))
        demand(low <= len(field) <= high, "the length of a text")
        demand(all(b >= 0x20 and b != 0x7f for b in field), "a control character in a text")
        return field


class Manifest:
    """Section "Manifest": every field, and every rule about it."""

    def __init__(self, data):
        f = Fields(data)
        self.set_id = f.take(16)
        self.salt = f.take(16)
        self.sequence = f.number(8)
        self.created = f.number(8)
        self.not_after = f.number(8)
        self.previous = f.take(DIGEST)
        self.public_key = f.take(p256.ELEMENT_SIZE)
        self.bands = f.number(1)
        self.lock_bits = f.number(1)
        self.budget = f.number(2)
        self.entries = f.number(8)
        self.segment_bits = f.number(1)
        self.segments = f.number(4)
        demand(self.bands in (6, 7, 8), "the number of bands")
        self.seeds = [f.number(2) for _ in range(self.bands)]
        self.offset_size = f.number(1)
        self.units = f.number(8)
        self.root = f.take(DIGEST)
        self.name = f.text(1, 64)
        self.rules = f.text(0, 255)
        self.sources = [Source(f.text(1, 255), f.number(1), f.number(8)) for _ in range(f.number(2))]
        demand(not f.data, "bytes behind the manifest's last field")
        self._check()

    def _check(self):
        try:
            self.public_point = p256.decode(self.public_key)
        except p256.Invalid as error:
            raise Damaged(f"the public key: {error}") from error
        demand(self.set_id == sha256(b"libphash set id", self.public_key, self.name)[:16], "the set id")
        demand(self.lock_bits == 0, "an offline lock")
        demand(1 <= self.budget <= 1024, "the budget")
        demand(1 <= self.entries <= 2**31, "the number of entries")
        demand(2 <= self.segment_bits <= 18 and self.segments >= 1, "the shape of the maps")
        self.cells = (self.segments + 3) << self.segment_bits
        demand(self.entries <= self.cells < 2**32, "the number of cells")
        demand(6 * self.entries <= self.units <= min(131 * self.entries, 2**32), "the size of the records")
        demand(self.offset_size == (3 if self.units <= 2**24 else 4), "the size of an offset")
        demand(1 <= len(self.sources) <= 4096, "the number of source lists")
        demand(all(source.radius <= 63 for source in self.sources), "a radius")
        demand(sum(source.entries for source in self.sources) == self.entries, "the sum of the source lists")

    def value_size(self, band):
        return self.offset_size + (16 if band else 0)


class BlindedSet:
    """A set in memory. What is read of the body is verified against the root then; verify_all() reads everything."""

    def __init__(self, data):
        f = Fields(data)
        demand(f.take(8) == MARK, "not a blinded set")
        demand(f.number(4) == 1, "another format")
        size = f.number(4)
        demand(size <= 2**20, "the size of the manifest")
        self.digest = f.take(DIGEST)
        manifest = f.take(size)
        demand(sha256(manifest) == self.digest, "the digest of the manifest")
        count = f.number(2)
        demand(count <= 64, "the number of signatures")
        self.signatures = [(f.take(32), f.take(64)) for _ in range(count)]
        signers = [signer for signer, _ in self.signatures]
        demand(all(a < b for a, b in zip(signers, signers[1:])), "the order of the signatures")
        demand(not any(f.take((len(f.data) - len(data)) % BLOCK)), "a byte that is not zero before the body")
        self.manifest = Manifest(manifest)
        self.key_id = sha256(b"libphash key id", self.manifest.public_key)[:16]
        self.body = f.data
        self._lay_out()
        self.verified = set()

    def _lay_out(self):
        """Section "Body": where the maps, the records and the levels of the digest tree begin, in blocks."""
        manifest = self.manifest
        sizes = [manifest.cells * manifest.value_size(j) for j in range(manifest.bands)] + [8 * manifest.units]
        self.sections, end = [], 0
        for size in sizes:
            self.sections.append(end * BLOCK)
            end += blocks_of(size)
        self.levels, count = [(0, end)], end  # of each level: the first block and how many
        while count > 1:
            count = blocks_of(count * DIGEST)
            self.levels.append((end, count))
            end += count
        demand(len(self.body) == end * BLOCK, "the length of the file")

    def _verify(self, level, i):
        """Section "Digest tree": a block and the blocks of digests above it, up to the root."""
        first, count = self.levels[level]
        demand(0 <= i < count, "a block outside its level")
        if (level, i) in self.verified:
            return
        block = self.body[(first + i) * BLOCK:(first + i + 1) * BLOCK]
        expected = self.manifest.root
        if level + 1 < len(self.levels):
            self._verify(level + 1, i * DIGEST // BLOCK)
            place = self.levels[level + 1][0] * BLOCK + i * DIGEST
            expected = self.body[place:place + DIGEST]
        digest = sha256(b"\0", bytes([level]), i.to_bytes(8, "little"), block)
        demand(digest == expected, f"the digest of block {i} of level {level}")
        self.verified.add((level, i))

    def verify_all(self):
        """Every block of the body, and every signature."""
        message = signed_message(self.digest)
        for signer, signature in self.signatures:
            demand(ed25519.verify(signer, message, signature), "a signature")
        for level, (_, count) in enumerate(self.levels):
            for i in range(count):
                self._verify(level, i)
        for (_, below), (first, count) in zip(self.levels, self.levels[1:]):
            end = (first + count) * BLOCK
            demand(not any(self.body[first * BLOCK + below * DIGEST:end]), "a byte behind the last digest of a level")

    def read(self, place, size):
        """Bytes of maps and records; only what was verified."""
        for i in range(place // BLOCK, (place + size - 1) // BLOCK + 1):
            self._verify(0, i)
        return self.body[place:place + size]

    def map_value(self, band, key):
        """Section "Maps": the XOR of four cells."""
        manifest = self.manifest
        cells = cells_of(key, manifest.seeds[band], manifest.segments, manifest.segment_bits)
        size = manifest.value_size(band)
        value = 0
        for cell in cells:
            value ^= int.from_bytes(self.read(self.sections[band] + cell * size, size), "little")
        return value.to_bytes(size, "little")

    def find(self, token, band, value):
        """Section "Looking up a token": the entries of one token, that of the value of a band."""
        k = 0
        while True:
            entry = self._find(token, band, k)
            if entry is None or hash_bands.band_values(entry.hash, self.manifest.bands)[band] != value:
                return
            yield entry
            k += 1

    def _find(self, token, band, k):
        manifest = self.manifest
        number = k.to_bytes(4, "little")
        info = b"libphash set map" + manifest.salt + bytes([band]) + number
        expanded = hkdf_expand(token, info, 16 + manifest.value_size(band))
        found = bytes(x ^ y for x, y in zip(self.map_value(band, expanded[:16]), expanded[16:]))
        key = found[manifest.offset_size:]
        if band == 0:
            key = hkdf_expand(token, b"libphash entry key" + manifest.salt + number, 16)
        return self.open_record(int.from_bytes(found[:manifest.offset_size], "little"), key)

    def open_record(self, offset, key):
        """Section "Records": None when nothing opens."""
        manifest = self.manifest
        place, end = self.sections[-1] + 8 * offset, self.sections[-1] + 8 * manifest.units
        if place + 48 > end:
            return None
        number = offset.to_bytes(4, "little")
        nonce = number + manifest.salt[:8]
        numbers = decrypt(key, nonce, self.read(place, 36))[32:]
        source, used = leb128(numbers)
        label_size, used_too = leb128(numbers[used:])
        if source >= len(manifest.sources) or label_size > 1000 or used == 0 or used_too == 0:
            return None
        head = 32 + used + used_too
        size = -(-(head + label_size + 12) // 8) * 8
        if place + size > end:
            return None
        record = self.read(place, size)
        if aes_gcm.tag(key, nonce, manifest.salt + number, record[:-12])[:12] != record[-12:]:
            return None
        plain = decrypt(key, nonce, record[:-12])
        return Entry(plain[:32], source, plain[head:head + label_size])


def signed_message(digest):
    """docs/formats/set-signatures.md, "What is signed"."""
    return b"libphash set manifest signature\0" + (1).to_bytes(4, "little") + digest


def mix(x):
    x ^= x >> 33
    x = x * 0xff51afd7ed558ccd & U64
    x ^= x >> 33
    x = x * 0xc4ceb9fe1a85ec53 & U64
    return x ^ x >> 33


def cells_of(key, seed, segments, segment_bits):
    """Section "Maps": the four cells of a map key."""
    step, length = seed * 0x9e3779b97f4a7c15, 1 << segment_bits
    a = mix(int.from_bytes(key[:8], "little") + step & U64)
    b = mix(int.from_bytes(key[8:], "little") + step & U64)
    first = a * (segments * length) >> 64
    return [first] + [first + i * length ^ (b >> 21 * (i - 1)) % length for i in (1, 2, 3)]


def decrypt(key, nonce, data):
    return bytes(x ^ y for x, y in zip(data, aes_gcm.key_stream(key, nonce, len(data))))


def leb128(data):
    """A number of one or two bytes in its shortest form, and how many bytes it took: 0 when it is none."""
    if data[0] < 0x80:
        return data[0], 1
    if 0 < data[1] < 0x80:
        return data[0] & 0x7f | data[1] << 7, 2
    return 0, 0
