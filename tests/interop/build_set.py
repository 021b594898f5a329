# SPDX-License-Identifier: Apache-2.0
"""Builds blinded sets of format 1, byte for byte as `phash set build` does: docs/formats/blinded-set.md.

Section names are that page's. Small sets only, and never with a real key.
"""
import hashlib
import hmac

import aes_gcm
import hash_bands
import p256
from blinded_set import BLOCK, DIGEST, MARK, blocks_of, cells_of, decrypt, hkdf_expand, sha256

# Section "Shape of the maps": from which n on segments have 8, 16, ... cells; cells for 1000 entries by the bits of n.
LONGER_FROM = [43, 123, 356, 1036, 3015, 8772, 25527, 74281, 216158, 629017, 1830440, 5326579, 15500344, 45106001,
               131258461, 381962121]
PER_MILLE = [6624, 6624, 3697, 2721, 2234, 1941, 1746, 1607, 1502, 1421, 1356, 1303, 1258, 1221, 1189, 1161, 1137,
             1115, 1096, 1079, 1075]


def le(number, size):
    return number.to_bytes(size, "little")


def leb128(number):
    return bytes([number]) if number < 0x80 else bytes([number & 0x7f | 0x80, number >> 7])


def map_shape(n):
    """L and S."""
    log = 2 + sum(n >= least for least in LONGER_FROM)
    cells = -(-n * PER_MILLE[min(n.bit_length() - 1, 20)] // 1000)
    return log, max(1, -(-cells // (1 << log)) - 3)


class Entry:
    """An entry under way: its place among the records and its key."""

    def __init__(self, hash_bytes, source, label):
        self.hash, self.source, self.label = hash_bytes, source, label
        plain = hash_bytes + leb128(source) + leb128(len(label)) + label
        self.plain = plain + bytes(-(len(plain) + 12) % 8)
        self.units = (len(self.plain) + 12) // 8


class Builder:
    """One set. lists: for each list its name, radius, and entries as (hash, label)."""

    def __init__(self, scalar, lists, name, bands, budget, sequence=1, created=0, not_after=0, previous=bytes(32),
                 rules=b""):
        self.scalar, self.bands, self.name = scalar, bands, name
        self.public_key = p256.encode(p256.multiply(scalar, p256.G))
        self.set_id = sha256(b"libphash set id", self.public_key, name)[:16]
        self.lists = sorted(lists)
        rows = {(hash_bytes, i, len(label), label) for i, (_, _, entries) in enumerate(self.lists)
                for hash_bytes, label in entries}
        self.entries = [Entry(hash_bytes, i, label) for hash_bytes, i, _, label in sorted(rows)]
        self.fixed = (budget, sequence, created, not_after, previous, rules)
        self._derive()

    def hmac(self, *parts):
        return hmac.new(self.build_secret, b"".join(parts), hashlib.sha256).digest()

    def _derive(self):
        """Section "What is derived": salt and order."""
        self.build_secret = p256.encode_scalar(self.scalar)
        self.build_secret = self.hmac(b"libphash set build secret")
        content = sha256(self.set_id, le(1, 4), le(self.bands, 4), le(len(self.lists), 4), le(len(self.entries), 8))
        for e in self.entries:
            content = sha256(content, e.hash, le(e.source, 4), le(len(e.label), 4), e.label)
        self.salt = self.hmac(b"libphash set salt", content)[:16]
        self.entries.sort(key=lambda e: self.hmac(b"libphash set entry", self.salt, e.hash, le(e.source, 4),
                                                  e.label)[:16])
        self.units = 0
        for e in self.entries:
            e.offset = self.units
            self.units += e.units
        self.offset_size = 3 if self.units <= 2**24 else 4
        self.log, self.segments = map_shape(len(self.entries))

    def filler(self, first, count):
        """Key stream for blocks of the body from number first on."""
        key = self.hmac(b"libphash set filler", self.salt)[:16]
        return b"".join(aes_gcm.key_stream(key, le(i, 12), BLOCK) for i in range(first, first + count))

    def slots(self, band):
        """Section "Looking up a token", from the other side: map keys and the values that belong to them."""
        numbers, tokens, slots = {}, {}, []
        for e in self.entries:
            value = hash_bands.band_values(e.hash, self.bands)[band]
            if value not in tokens:
                data = hash_bands.token_input(self.bands, band, value)
                tokens[value] = p256.output(data, p256.multiply(self.scalar, p256.hash_to_group(data)))
            k = numbers[value] = numbers.get(value, -1) + 1
            if band == 0:
                e.key = hkdf_expand(tokens[value], b"libphash entry key" + self.salt + le(k, 4), 16)
            plain = le(e.offset, self.offset_size) + (e.key if band else b"")
            info = b"libphash set map" + self.salt + bytes([band]) + le(k, 4)
            expanded = hkdf_expand(tokens[value], info, 16 + len(plain))
            slots.append((expanded[:16], bytes(x ^ y for x, y in zip(plain, expanded[16:]))))
        return slots

    def map(self, slots, filler):
        """Section "Solving a map": the seed and the cells."""
        size = len(slots[0][1])
        seed, taken = 0, None
        while True:
            where = [cells_of(key, seed, self.segments, self.log) for key, _ in slots]
            taken = peel(where, (self.segments + 3) << self.log)
            if taken is not None:
                break
            seed += 1
        cells = bytearray(filler)
        for key, own in reversed(taken):
            value = int.from_bytes(slots[key][1], "little")
            for cell in where[key]:
                if cell != own:
                    value ^= int.from_bytes(cells[cell * size:cell * size + size], "little")
            cells[own * size:own * size + size] = le(value, size)
        return seed, bytes(cells)

    def record(self, e):
        nonce = le(e.offset, 4) + self.salt[:8]
        cipher = decrypt(e.key, nonce, e.plain)
        return cipher + aes_gcm.tag(e.key, nonce, self.salt + le(e.offset, 4), cipher)[:12]

    def build(self):
        """The bytes of the file."""
        body, seeds = b"", []
        for band in range(self.bands):
            slots = self.slots(band)
            count = blocks_of(((self.segments + 3) << self.log) * len(slots[0][1]))
            seed, cells = self.map(slots, self.filler(len(body) // BLOCK, count))
            seeds.append(seed)
            body += cells
        records = b"".join(map(self.record, self.entries))
        records += self.filler(len(body) // BLOCK, blocks_of(len(records)))[len(records):]
        levels, root = digest_tree(body + records)
        manifest = self.manifest(seeds, root)
        head = MARK + le(1, 4) + le(len(manifest), 4) + sha256(manifest) + manifest + le(0, 2)
        return head + bytes(-len(head) % BLOCK) + body + records + levels

    def manifest(self, seeds, root):
        budget, sequence, created, not_after, previous, rules = self.fixed
        counts = [sum(e.source == i for e in self.entries) for i in range(len(self.lists))]
        return b"".join([
            self.set_id, self.salt, le(sequence, 8), le(created, 8), le(not_after, 8), previous, self.public_key,
            bytes([self.bands, 0]), le(budget, 2), le(len(self.entries), 8), bytes([self.log]), le(self.segments, 4),
            *(le(seed, 2) for seed in seeds), bytes([self.offset_size]), le(self.units, 8), root,
            bytes([len(self.name)]), self.name, bytes([len(rules)]), rules, le(len(self.lists), 2),
            *(bytes([len(name)]) + name + bytes([radius]) + le(count, 8)
              for (name, radius, _), count in zip(self.lists, counts))])


def peel(where, cells):
    """Keys in the order in which they were taken out, each with the cell it was taken out by; None if some stay."""
    degree, joined = [0] * cells, [0] * cells
    for key, own in enumerate(where):
        for cell in own:
            degree[cell] += 1
            joined[cell] ^= key
    queue, taken = [cell for cell in range(cells) if degree[cell] == 1], []
    for alone in queue:  # grows while it is walked through
        if degree[alone] != 1:
            continue
        key = joined[alone]
        for cell in where[key]:
            joined[cell] ^= key
            degree[cell] -= 1
            if degree[cell] == 1:
                queue.append(cell)
        taken.append((key, alone))
    return taken if len(taken) == len(where) else None


def digest_tree(body):
    """Section "Digest tree": the blocks of all levels, and the root."""
    levels, level, blocks = b"", 0, body
    while True:
        digests = [sha256(b"\0", bytes([level]), le(i, 8), blocks[i * BLOCK:i * BLOCK + BLOCK])
                   for i in range(len(blocks) // BLOCK)]
        if len(digests) == 1:
            return levels, digests[0]
        blocks = b"".join(digests)
        blocks += bytes(-len(digests) * DIGEST % BLOCK)
        levels += blocks
        level += 1
