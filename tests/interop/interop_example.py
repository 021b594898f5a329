# SPDX-License-Identifier: Apache-2.0
"""The worked examples of docs/protocol.md and docs/formats/blinded-set.md are right, for Python and for ours."""
import os
import re
import sys

import blinded_set
import build_set
import exchange
import hash_bands
import p256
from interop_support import SOURCE, Folder, key_text, our_answers, phash, run


def example(page):
    """The values of a page's worked example: text of hexadecimal digits, by name."""
    with open(os.path.join(SOURCE, "docs", page), encoding="utf-8") as file:
        section = file.read().split("\n## Worked example\n")[1].split("\n## ")[0]
    values, name = {}, None
    for line in section.split("\n"):
        match = re.fullmatch(r" {4}(\S.*?)?  +([0-9a-f ]+)", line)
        if match:
            name = match[1] or name
            values[name] = values.get(name, "") + match[2].replace(" ", "")
    return values


class Protocol(Folder):
    """docs/protocol.md."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.said = example("protocol.md")
        cls.raw = {name: bytes.fromhex(text) for name, text in cls.said.items() if not name.startswith("value")}
        cls.scalar = int(cls.said["secret key"], 16)
        cls.inputs = [cls.raw["input 0"], cls.raw["input 1"]]
        cls.blinds = [int(cls.said["blind 0"], 16), int(cls.said["blind 1"], 16)]

    def test_names(self):
        public = p256.encode(p256.multiply(self.scalar, p256.G))
        self.assertEqual(public, self.raw["public key"])
        self.assertEqual(exchange.key_id(public), self.raw["key id"])
        self.assertEqual(blinded_set.sha256(b"libphash set id", public, b"example")[:16], self.raw["set id"])

    def test_inputs(self):
        values = hash_bands.band_values(self.raw["hash"], 6)
        self.assertEqual(values, [int(self.said[f"value {band}"], 16) for band in range(6)])
        self.assertEqual(self.inputs, [hash_bands.token_input(6, band, values[band]) for band in (0, 1)])

    def test_messages(self):
        blinded = [p256.blind(data, blind) for data, blind in zip(self.inputs, self.blinds)]
        points = b"".join(map(p256.encode, blinded))
        self.assertEqual(self.raw["request"], b"\0\1\0\2" + self.raw["set id"] + self.raw["key id"] + points)
        evaluated, proof = p256.evaluate(self.scalar, blinded, int(self.said["proof scalar r"], 16))
        points = b"".join(map(p256.encode, evaluated))
        self.assertEqual(self.raw["response"], b"\0\2\0\2" + self.raw["key id"] + points + proof)
        for data, blind, point, name in zip(self.inputs, self.blinds, evaluated, ("token 0", "token 1")):
            self.assertEqual(p256.output(data, p256.unblind(blind, point)), self.raw[name])

    def test_our_evaluator(self):
        key = self.write("key", key_text(self.scalar))
        bad = self.raw["request"][:69] + bytes(33)
        (response, error), _ = our_answers(key, [self.raw["request"], bad])
        self.assertEqual(response[:-64], self.raw["response"][:-64])
        points = [exchange.elements(message) for message in (self.raw["request"][36:], response[20:-64])]
        p256.verify(p256.decode(self.raw["public key"]), *points, response[-64:])
        self.assertEqual(error, self.raw["error"])


class Set(Folder):
    """docs/formats/blinded-set.md."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.raw = {name: bytes.fromhex(text) for name, text in example("formats/blinded-set.md").items()}
        asked = example("protocol.md")
        cls.hash, cls.scalar = bytes.fromhex(asked["hash"]), int(asked["secret key"], 16)
        cls.tokens = [bytes.fromhex(asked["token 0"]), bytes.fromhex(asked["token 1"])]
        key = cls.write("KEY", key_text(cls.scalar))
        rows = cls.write("example.csv", f"{cls.hash.hex()},worked example\n{cls.hash.hex()},again\n")
        phash("set", "build", "--key", key, "--out", cls.path("example.phb"), "--bands", "6", "--budget", "64",
              "--created", "2026-11-22", rows)
        cls.set = blinded_set.BlindedSet(cls.read("example.phb"))

    def test_our_file(self):
        data = self.read("example.phb")
        self.assertEqual(data[16:48], self.raw["digest"])
        self.assertEqual(data[48:48 + len(self.raw["manifest"])], self.raw["manifest"])
        for offset in (0, 7):
            record = self.raw[f"record at {offset}"]
            self.assertEqual(self.set.read(self.set.sections[-1] + 8 * offset, len(record)), record)

    def test_derived(self):
        lists = [(b"example.csv", 31, [(self.hash, b"worked example"), (self.hash, b"again")])]
        builder = build_set.Builder(self.scalar, lists, b"example", 6, 64, created=1795305600)
        self.assertEqual(builder.build(), self.read("example.phb"))
        self.assertEqual(builder.build_secret, self.raw["build secret"])
        self.assertEqual(builder.salt, self.raw["salt"])
        self.assertEqual(builder.hmac(b"libphash set filler", builder.salt)[:16], self.raw["filler key"])
        for k, entry in enumerate(builder.entries):
            self.assertEqual(entry.key, self.raw[f"entry key {k}"])
            self.assertEqual(entry.plain, self.raw[f"plaintext at {entry.offset}"])
            self.assertEqual(builder.record(entry), self.raw[f"record at {entry.offset}"])

    def test_look_ups(self):
        for band, k in ((0, 0), (0, 1), (1, 0)):
            said = {name.rsplit(" ", 2)[0]: value for name, value in self.raw.items() if name.endswith(f"{band}, {k}")}
            info = b"libphash set map" + self.raw["salt"] + bytes([band, k, 0, 0, 0])
            expanded = blinded_set.hkdf_expand(self.tokens[band], info, 16 + len(said["pad"]))
            self.assertEqual(expanded, said["map key"] + said["pad"])
            self.assertEqual(blinded_set.cells_of(said["map key"], 0, 1, 2), list(said["cells"]))
            self.assertEqual(self.set.map_value(band, said["map key"]), said["map value"])
            found = bytes(x ^ y for x, y in zip(said["map value"], said["pad"]))
            self.assertEqual(found, said["offset"] + (self.raw[f"entry key {k}"] if band else b""))


if __name__ == "__main__":
    run(sys.modules[__name__])
