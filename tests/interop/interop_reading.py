# SPDX-License-Identifier: Apache-2.0
"""The Python reader of set files against what `phash set build` wrote and what our reader says."""
import base64
import json
import subprocess
import sys

import aes_gcm
import blinded_set
import ed25519
import exchange
import hash_bands
import p256
from interop_support import (PHASH, Folder, chance, flip, flip_bit, key_text, list_text, our_answers, phash,
                             random_bytes, random_key, run)

LABELS = ["", "a", "ab", "abc", "x" * 127, "y" * 128, "z" * 1000]  # sizes at the edges of a LEB128 byte and the limit


def token(scalar, bands, band, value):
    """What an exchange gives, straight from the key."""
    data = hash_bands.token_input(bands, band, value)
    return p256.output(data, p256.multiply(scalar, p256.hash_to_group(data)))


def refusal(data):
    """Why the Python reader refuses a file; None when it does not."""
    try:
        blinded_set.BlindedSet(data).verify_all()
    except blinded_set.Damaged as error:
        return str(error)
    return None


class Sets(Folder):
    """A key and two lists; entries that share bands, hashes and labels."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scalar = random_key()
        cls.key = cls.write("key", key_text(cls.scalar))
        cls.first = [(random_bytes(32), label) for label in LABELS]
        cls.first += [(flip(cls.first[0][0], 6, 5, [i]), f"band-{i}") for i in range(4)]  # bands in common
        cls.first += [(cls.first[0][0], "same hash")]
        cls.second = [(cls.first[0][0], "same hash")] + [(random_bytes(32), f"second-{i}") for i in range(5)]
        cls.lists = [cls.write("b first.csv", list_text(cls.first)), cls.write("a second.csv", list_text(cls.second))]

    @classmethod
    def build(cls, name, *options, lists=None):
        phash("set", "build", "--key", cls.key, "--out", cls.path(name), *options, *(lists or cls.lists))
        return blinded_set.BlindedSet(cls.read(name))

    def inspect(self, name):
        return json.loads(phash("set", "inspect", "--format", "jsonl", self.path(name)))


class Fields(Sets):
    """Every field of the manifest."""

    def test_what_was_asked_for(self):
        opened = self.build("one.phb", "--name", "a name", "--rules", "in at least one list", "--bands", "8",
                            "--budget", "100", "--sequence", "258", "--created", "2026-11-22",
                            "--not-after", "2030-01-02T03:04:05Z", "--radius", "20",
                            "--list-radius", f"{self.lists[0]}=63")
        opened.verify_all()
        manifest = opened.manifest
        self.assertEqual((manifest.name, manifest.rules), (b"a name", b"in at least one list"))
        self.assertEqual((manifest.bands, manifest.budget, manifest.lock_bits), (8, 100, 0))
        self.assertEqual((manifest.sequence, manifest.created, manifest.not_after), (258, 1795305600, 1893553445))
        self.assertEqual(manifest.previous, bytes(32))
        self.assertEqual(manifest.public_key, p256.encode(p256.multiply(self.scalar, p256.G)))
        self.assertEqual(manifest.sources, [(b"a second.csv", 20, len(self.second)),
                                            (b"b first.csv", 63, len(self.first))])
        self.assertEqual(manifest.entries, len(self.first) + len(self.second))
        sizes = [-(-(34 + (len(label) > 127) + len(label) + 12) // 8) for _, label in self.first + self.second]
        self.assertEqual(manifest.units, sum(sizes))

    def test_what_our_reader_says(self):
        opened = self.build("two.phb", "--bands", "7", "--budget", "1024")
        facts, manifest = self.inspect("two.phb"), opened.manifest
        sources = [{"name": source.name.decode(), "entries": source.entries, "radius": source.radius}
                   for source in manifest.sources]
        said = {"name": "two", "format": 1, "id": manifest.set_id.hex(), "sequence": manifest.sequence,
                "created": manifest.created, "not_after": manifest.not_after, "entries": manifest.entries,
                "file_size": len(self.read("two.phb")), "record_bytes": 8 * manifest.units, "bands": manifest.bands,
                "budget": manifest.budget, "key_id": opened.key_id.hex(), "digest": "sha256:" + opened.digest.hex(),
                "previous": None, "rules": manifest.rules.decode(), "lists": sources, "signatures": []}
        self.assertEqual({name: facts[name] for name in said}, said)

    def test_the_next_edition(self):
        first = self.build("old.phb", "--sequence", "4")
        second = self.build("new.phb", "--previous", self.path("old.phb"))
        self.assertEqual((second.manifest.sequence, second.manifest.previous), (5, first.digest))
        self.assertEqual(second.manifest.set_id, first.manifest.set_id)
        self.assertEqual(second.body, first.body)  # the contents are the same, and so is the body

    def test_keys(self):
        said = phash("key", "new", "--out", self.path("drawn"))
        text = self.read("drawn").decode()
        scalar = exchange.read_key(text)
        self.assertEqual(text, key_text(scalar))
        public = p256.encode(p256.multiply(scalar, p256.G))
        self.assertIn(exchange.key_id(public).hex(), said)
        head, secret, public, _ = text.split("\n")
        capitals = "\n".join([head, secret[:7] + secret[7:].upper(), public[:7] + public[7:].upper(), ""])
        self.assertEqual(exchange.read_key(capitals), scalar)
        self.assertEqual(our_answers(self.write("capitals", capitals), [b""])[0],
                         [exchange.Evaluator(scalar).error(exchange.E_FORM)])
        for bad in (key_text(scalar ^ 1)[:100] + text[100:], text[:-1], text + "\n", text.replace("1\n", "2\n", 1),
                    text.replace("secret ", "secret"), text[:50] + "g" + text[51:]):
            self.assertRaises(ValueError, exchange.read_key, bad)
            with self.assertRaises(subprocess.CalledProcessError):
                our_answers(self.write("bad", bad), [b""])


class Entries(Sets):
    """With the key, every entry is found by the token of each of its bands, and nothing else is."""

    def check_bands(self, bands):
        opened = self.build(f"{bands}.phb", "--bands", str(bands))
        names = [source.name for source in opened.manifest.sources]
        entries = {(hash_bytes, name, label.encode()) for rows, name in ((self.first, b"b first.csv"),
                   (self.second, b"a second.csv")) for hash_bytes, label in rows}
        for band in range(bands):
            values = {}
            for entry in entries:
                values.setdefault(hash_bands.band_values(entry[0], bands)[band], set()).add(entry)
            for value, expected in values.items():
                found = list(opened.find(token(self.scalar, bands, band, value), band, value))
                self.assertEqual({(entry.hash, names[entry.source], entry.label) for entry in found}, expected)
                self.assertEqual(len(found), len(expected))
            absent = chance.getrandbits(32)
            self.assertEqual(list(opened.find(token(self.scalar, bands, band, absent), band, absent)), [])
        self.assertEqual(list(opened.find(token(self.scalar + 1, bands, 0, value), 0, value)), [])

    def test_6_bands(self):
        self.check_bands(6)

    def test_7_bands(self):
        self.check_bands(7)

    def test_8_bands(self):
        self.check_bands(8)

    def test_one_entry(self):
        path = self.write("lone.csv", list_text(self.first[:1]))
        opened = self.build("lone.phb", lists=[path])
        opened.verify_all()
        hash_bytes = self.first[0][0]
        value = hash_bands.band_values(hash_bytes, 6)[5]
        self.assertEqual([entry.hash for entry in opened.find(token(self.scalar, 6, 5, value), 5, value)],
                         [hash_bytes])

    def test_three_levels_of_digests(self):
        rows = [(random_bytes(32), f"{i}" * 300) for i in range(600)]
        opened = self.build("levels.phb", lists=[self.write("long.csv", list_text(rows))])
        opened.verify_all()
        self.assertEqual(len(opened.levels), 3)
        self.assertGreater(opened.levels[1][1], 1)
        hash_bytes, label = chance.choice(rows)
        value = hash_bands.band_values(hash_bytes, 6)[2]
        opened = blinded_set.BlindedSet(self.read("levels.phb"))
        (entry,) = opened.find(token(self.scalar, 6, 2, value), 2, value)
        self.assertEqual((entry.hash, entry.label), (hash_bytes, label.encode()))
        self.assertLess(len(opened.verified), 20)  # only what was read


class Damage(Sets):
    """A changed bit anywhere is refused, by the Python reader and by ours."""

    def test_every_part(self):
        self.build("sound.phb", "--name", "damage")
        seed = random_bytes(32)
        pem = base64.b64encode(bytes.fromhex("302e020100300506032b657004220420") + seed).decode()
        signer = self.write("signer.pem", f"-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n")
        phash("set", "sign", "--signing-key", signer, self.path("sound.phb"))
        data = self.read("sound.phb")
        self.assertIsNone(refusal(data))
        head = 50 + int.from_bytes(data[12:16], "little") + 96
        places = list(range(head)) + [chance.randrange(head, 4096) for _ in range(50)]
        places += [chance.randrange(4096, len(data)) for _ in range(400)] + [4095, 4096, len(data) - 1]
        for place in places:
            changed = flip_bit(data, 8 * place + chance.randrange(8))
            self.assertIsNotNone(refusal(changed), f"byte {place}")
        for place in chance.sample(places, 30):
            changed = flip_bit(data, 8 * place + chance.randrange(8))
            self.assertEqual(self.ours(changed), 2, f"byte {place}")
        for changed in (data[:-1], data + b"\0", data[:-4096], data + bytes(4096), data[:4096], data[:40], b""):
            self.assertIsNotNone(refusal(changed))
            self.assertEqual(self.ours(changed), 2)

    def ours(self, data):
        """The exit status of `phash set verify`."""
        with open(self.path("changed.phb"), "wb") as file:
            file.write(data)
        return subprocess.run([PHASH, "set", "verify", self.path("changed.phb")], check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60).returncode

    def test_look_ups_verify_what_they_read(self):
        opened = self.build("look-up.phb")
        hash_bytes = self.first[3][0]
        value = hash_bands.band_values(hash_bytes, 6)[4]
        asked = token(self.scalar, 6, 4, value)
        self.assertEqual(len(list(opened.find(asked, 4, value))), 1)
        read = [i for level, i in opened.verified if level == 0]
        data, at = self.read("look-up.phb"), chance.choice(read) * 4096 + chance.randrange(4096)
        damaged = blinded_set.BlindedSet(flip_bit(data, 8 * (len(data) - len(opened.body) + at)))
        self.assertRaises(blinded_set.Damaged, lambda: list(damaged.find(asked, 4, value)))


class Signatures(Sets):
    """docs/formats/set-signatures.md: each implementation verifies what the other signs."""

    def test_both_ways(self):
        opened = self.build("signed.phb")
        message = blinded_set.signed_message(opened.digest)
        self.assertEqual(phash("set", "sign", "--message", self.path("signed.phb")).strip(), message.hex())
        seeds = [random_bytes(32) for _ in range(2)]
        pem = base64.b64encode(bytes.fromhex("302e020100300506032b657004220420") + seeds[0]).decode()
        secret = self.write("secret.pem", f"-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n")
        phash("set", "sign", "--signing-key", secret, self.path("signed.phb"))

        public = ed25519.public_key(seeds[1])
        pem = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + public).decode()
        public_pem = self.write("public.pem", f"-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n")
        signature = self.write("signature", ed25519.sign(seeds[1], message).hex())
        phash("set", "sign", "--add-signature", signature, "--signer", public_pem, self.path("signed.phb"))

        again = blinded_set.BlindedSet(self.read("signed.phb"))
        self.assertEqual([signer for signer, _ in again.signatures], sorted(map(ed25519.public_key, seeds)))
        self.assertEqual(dict(again.signatures), {ed25519.public_key(seed): ed25519.sign(seed, message)
                                                  for seed in seeds})
        self.assertEqual(again.digest, opened.digest)
        self.assertEqual([signature["verifies"] for signature in self.inspect("signed.phb")["signatures"]],
                         [True, True])


if __name__ == "__main__":
    run(sys.modules[__name__])
