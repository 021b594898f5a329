# SPDX-License-Identifier: Apache-2.0
"""The Python builder and `phash set build` write the same bytes."""
import sys

import blinded_set
import build_set
from interop_support import Folder, chance, flip, key_text, list_text, phash, random_bytes, random_key, run


class Building(Folder):
    """Sets of several sizes, each built twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scalar = random_key()
        cls.key = cls.write("key", key_text(cls.scalar))

    def check(self, bands, lists, **more):
        """lists: name, radius, rows. The same rows in another order, and some of them twice, must not matter."""
        options, given = [], []
        for name, radius, rows in lists:
            shuffled = rows + chance.sample(rows, min(3, len(rows)))
            chance.shuffle(shuffled)
            given.append(self.write(name, list_text(shuffled)))
            options += ["--list-radius", f"{given[-1]}={radius}"]
        for name, value in more.items():
            options += ["--" + name, value]
        phash("set", "build", "--key", self.key, "--out", self.path("set.phb"), "--name", "built twice", "--bands",
              str(bands), "--budget", "300", "--created", "2026-11-22", *options, *given)
        ours = self.read("set.phb")
        lists = [(name.encode(), radius, [(hash_bytes, label.encode()) for hash_bytes, label in rows])
                 for name, radius, rows in lists]
        more = {name: int(value) if name == "sequence" else value.encode() for name, value in more.items()}
        theirs = build_set.Builder(self.scalar, lists, b"built twice", bands, 300, created=1795305600, **more).build()
        manifests = [vars(blinded_set.BlindedSet(data).manifest) for data in (ours, theirs)]
        self.assertEqual(*manifests)
        self.assertTrue(ours == theirs)  # no diff of so many bytes

    def test_one_entry(self):
        self.check(6, [("one.csv", 0, [(random_bytes(32), "")])])

    def test_two_lists(self):
        rows = [(random_bytes(32), "x" * chance.randrange(150)) for _ in range(20)]
        more = rows[:3] + [(flip(rows[4][0], 7, 2, [i]), str(i)) for i in range(3)] + [(rows[5][0], "again")]
        self.check(7, [("z.csv", 31, rows), ("a.csv", 63, more)], sequence="77", rules="chosen by chance")

    def test_longer_segments(self):
        self.check(8, [("list.csv", 31, [(random_bytes(32), f"{i}") for i in range(chance.randrange(43, 60))])])

    def test_shapes(self):
        """The shape alone, for sizes that take Python too long."""
        rows = []
        for n in (122, 123, 355, 356, 1035, 1036):
            rows += [(random_bytes(32), "") for _ in range(n - len(rows))]
            phash("set", "build", "--key", self.key, "--out", self.path("shape.phb"),
                  self.write("shape.csv", list_text(rows)))
            manifest = blinded_set.BlindedSet(self.read("shape.phb")).manifest
            self.assertEqual((manifest.segment_bits, manifest.segments), build_set.map_shape(n))


if __name__ == "__main__":
    run(sys.modules[__name__])
