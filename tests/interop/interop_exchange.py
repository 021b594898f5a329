# SPDX-License-Identifier: Apache-2.0
"""The Python client asks our evaluator, and our client the Python evaluator."""
import sys

import blinded_set
import exchange
import hash_bands
import p256
from interop_support import (Folder, chance, flip, flip_bit, key_text, list_text, our_answers,
                             our_saved_query, our_verdict, our_verdict_on, phash, random_bytes, random_key, run)

POINT_INVALID, PROOF_INVALID, MESSAGE, KEY, REFUSED = 60, 61, 62, 64, 65  # statuses in <phash/phash.h>


class Exchange(Folder):
    """A key, and for each number of bands a set of random hashes with a budget of 64."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scalar = random_key()
        cls.key = cls.write("key", key_text(cls.scalar))
        cls.rows = [(random_bytes(32), f"entry-{i}") for i in range(40)]
        cls.rows.append((cls.rows[0][0], "the same hash, another label"))
        near = flip(cls.rows[1][0], 6, 5, range(20))  # within the radius of the wide list alone
        cls.wide = cls.write("wide.csv", list_text([(near, "near")]))
        cls.list = cls.write("list.csv", list_text(cls.rows))
        cls.sets = {bands: cls.build(bands, 64) for bands in (6, 7, 8)}
        cls.evaluator = exchange.Evaluator(cls.scalar)

    @classmethod
    def build(cls, bands, budget):
        path = cls.path(f"bands-{bands}-{budget}.phb")
        phash("set", "build", "--key", cls.key, "--out", path, "--name", "interop", "--bands", str(bands),
              "--budget", str(budget), "--radius", "12", "--list-radius", f"{cls.wide}=40", cls.list, cls.wide)
        return path

    @classmethod
    def open(cls, bands, budget=64):
        return blinded_set.BlindedSet(cls.read(f"bands-{bands}-{budget}.phb"))

    def hash_of(self, row):
        return self.rows[row][0]


class PythonAsks(Exchange):
    """The client is Python's, the evaluator ours."""

    def ask(self, opened, hash_bytes):
        client = exchange.Client(opened, hash_bytes)
        (response,), said = our_answers(self.key, [client.request()])
        self.assertEqual(said, [])
        return client.finish(response)

    def check_bands(self, bands):
        opened = self.open(bands)
        row = chance.randrange(2, 40)
        listed, label = self.rows[row]
        self.assertEqual([match[:2] for match in self.ask(opened, listed)], [(0, label.encode())])
        edited = flip(listed, bands, chance.randrange(bands), chance.sample(range(32), 5))
        self.assertEqual([match[:2] for match in self.ask(opened, edited)], [(5, label.encode())])
        self.assertEqual(self.ask(opened, random_bytes(32)), [])

    def test_6_bands(self):
        self.check_bands(6)

    def test_7_bands(self):
        self.check_bands(7)

    def test_8_bands(self):
        self.check_bands(8)

    def test_one_bit_in_every_band(self):
        """Found by a flipped value only: the planner's flips are of the last places."""
        edited = self.hash_of(2)
        for band in range(6):
            edited = flip(edited, 6, band, [len(hash_bands.places(6, band)) - 1 - chance.randrange(9)])
        self.assertEqual([match[:2] for match in self.ask(self.open(6), edited)], [(6, b"entry-2")])

    def test_two_bits_in_every_band(self):
        """Within the radius, and yet not found: no token opens it."""
        edited = self.hash_of(2)
        for band in range(6):
            edited = flip(edited, 6, band, [0, 1])
        self.assertEqual(self.ask(self.open(6), edited), [])

    def test_entries_that_share_a_token(self):
        found = self.ask(self.open(6), self.hash_of(0))
        self.assertEqual([match.label for match in found], [b"entry-0", b"the same hash, another label"])

    def test_radius_of_the_list(self):
        opened = self.open(6)
        found = self.ask(opened, self.hash_of(1))
        self.assertEqual([(match.distance, match.label) for match in found], [(0, b"entry-1"), (20, b"near")])
        self.assertEqual([opened.manifest.sources[match.source].name for match in found], [b"list.csv", b"wide.csv"])
        found = self.ask(opened, flip(self.hash_of(1), 6, 5, range(20)))
        self.assertEqual([(match.distance, match.label) for match in found], [(0, b"near")])

    def test_a_band_in_common_is_not_a_match(self):
        opened = self.open(6)
        bits = int.from_bytes(random_bytes(32), "big")
        for place in hash_bands.places(6, 3):
            bits &= ~(1 << hash_bands.ORDER[place])
            bits |= int.from_bytes(self.hash_of(2), "big") & 1 << hash_bands.ORDER[place]
        shared = bits.to_bytes(32, "big")
        value = hash_bands.band_values(shared, 6)[3]
        data = hash_bands.token_input(6, 3, value)
        token = p256.output(data, p256.multiply(self.scalar, p256.hash_to_group(data)))
        self.assertEqual([entry.hash for entry in opened.find(token, 3, value)], [self.hash_of(2)])
        self.assertEqual(self.ask(opened, shared), [])

    def test_256_tokens(self):
        """The default budget, and the sizes that docs/protocol.md gives for it."""
        self.build(7, 256)
        client = exchange.Client(self.open(7, 256), self.hash_of(3))
        request = client.request()
        (response,), _ = our_answers(self.key, [request])
        self.assertEqual((len(request), len(response)), (8484, 8532))
        self.assertEqual([match[:2] for match in client.finish(response)], [(0, b"entry-3")])

    def test_changed_responses_are_refused(self):
        client = exchange.Client(self.open(6), self.hash_of(2))
        request = client.request()
        (response, other), _ = our_answers(self.key, [request, request])
        self.assertNotEqual(response[-64:], other[-64:])  # each proof has a nonce of its own
        self.assertEqual(response[:-64], other[:-64])
        first, second = response[20:53], response[53:86]
        changed = [flip_bit(response, 8 * len(response) - 1 - chance.randrange(512)),  # in the proof
                   flip_bit(response, 8 * 20 + chance.randrange(8 * 33 * 64)),  # in an element
                   response[:20] + second + first + response[86:],  # valid points in another order
                   response[:20] + second + response[53:],  # one of them twice
                   response[:20] + p256.encode(p256.G) + response[53:],
                   response[:-1], response + b"\0", response[:20], b"",
                   response[:20] + first + response[86:],
                   *(flip_bit(response, 8 * byte + chance.randrange(8)) for byte in range(20))]
        for bad in changed:
            self.assertRaises(exchange.Refused, client.tokens, bad)
        client.tokens(response)

    def test_another_key_is_noticed(self):
        """An evaluator with another key that claims to have this one."""
        other = self.write("other", key_text(random_key()))
        client = exchange.Client(self.open(6), self.hash_of(2))
        request = client.request()
        (refusal,), _ = our_answers(other, [request])
        with self.assertRaises(exchange.Answered) as caught:
            client.tokens(refusal)
        self.assertEqual(caught.exception.code, exchange.E_KEY)
        (response,), _ = our_answers(other, [request[:20] + caught.exception.key_id + request[36:]])
        response = response[:4] + client.set.key_id + response[20:]
        self.assertRaisesRegex(exchange.Refused, "proof", client.tokens, response)


class OursAsks(Exchange):
    """The client is ours, the evaluator Python's."""

    def ask(self, *hashes, answer=None, bands=6):
        return our_verdict(self.sets[bands], hashes, answer or self.evaluator.answer)

    def check_bands(self, bands):
        row = chance.randrange(2, 40)
        listed, label = self.rows[row]
        edited = flip(listed, bands, chance.randrange(bands), chance.sample(range(32), 5))
        self.assertEqual(self.ask(edited.hex(), bands=bands), [f"match 5 {label}"])

    def test_6_bands(self):
        self.check_bands(6)

    def test_7_bands(self):
        self.check_bands(7)

    def test_8_bands(self):
        self.check_bands(8)

    def test_several_matches(self):
        self.assertEqual(set(self.ask(self.hash_of(0).hex())),
                         {"match 0 entry-0", "match 0 the same hash, another label"})

    def test_no_match(self):
        self.assertEqual(self.ask(random_bytes(32).hex()), ["none"])

    def test_a_picture_that_may_not_be_matched(self):
        sizes = []

        def answer(request):
            sizes.append(len(request))
            return self.evaluator.answer(request)
        self.assertEqual(self.ask("-", answer=answer), ["indeterminate"])
        self.assertEqual(sizes, [36 + 33 * 64])

    def test_changed_responses_are_refused(self):
        cases = [(lambda r: flip_bit(r, 8 * len(r) - 1 - chance.randrange(512)), {PROOF_INVALID}),
                 (lambda r: flip_bit(r, 8 * 20 + chance.randrange(8 * 33 * 64)), {PROOF_INVALID, POINT_INVALID}),
                 (lambda r: r[:20] + r[53:86] + r[20:53] + r[86:], {PROOF_INVALID}),
                 (lambda r: r[:20] + b"\0" * 33 + r[53:], {POINT_INVALID}),
                 (lambda r: r[:-1], {MESSAGE}),
                 (lambda r: r[:3] + b"\x3f" + r[4:], {MESSAGE}),
                 (lambda r: r[:1] + b"\1" + r[2:], {MESSAGE}),
                 (lambda r: b"", {MESSAGE}),
                 (lambda r: flip_bit(r, 8 * 4), {KEY})]
        for i, (change, statuses) in enumerate(cases):
            with self.subTest(case=i):
                (line,) = self.ask(self.hash_of(2).hex(), answer=lambda r: change(self.evaluator.answer(r)))
                self.assertEqual(line.split()[0], "error")
                self.assertIn(int(line.split()[1]), statuses, line)

    def test_another_key_is_noticed(self):
        other = exchange.Evaluator(random_key())
        (line,) = self.ask(self.hash_of(2).hex(), answer=other.answer)
        self.assertRegex(line, f"^error {REFUSED} .*key")
        other.key_id = self.evaluator.key_id  # it says that it has the key
        (line,) = self.ask(self.hash_of(2).hex(), answer=other.answer)
        self.assertRegex(line, f"^error {PROOF_INVALID} ")

    def test_errors_are_understood(self):
        words = {exchange.E_FORM: "malformed", exchange.E_VERSION: "version", exchange.E_KEY: "key",
                 exchange.E_TOO_MANY: "more tokens", exchange.E_ELEMENT: "element", exchange.E_BUSY: "later"}
        for code, word in words.items():
            (line,) = self.ask(self.hash_of(2).hex(), answer=lambda _, code=code: self.evaluator.error(code, 17))
            self.assertRegex(line, f"^error {REFUSED} .*{word}")


class Refusals(Exchange):
    """Both evaluators refuse the same requests with the same bytes."""

    def test_same_errors(self):
        client = exchange.Client(self.open(6), self.hash_of(2))
        good = client.request()
        two = good[:2] + b"\0\2" + good[4:36 + 66]
        element = two[36:69]
        bad_elements = [bytes(33), b"\4" + element[1:], b"\2" + b"\xff" * 32, b"\2" + bytes(31) + b"\1", b"\0" * 33]
        requests = [b"", b"\0", b"\1", b"\0\1", b"\0\2", b"\1\1", good[:4], good[:35], good[:36], good[:-1],
                    good + b"\0", good[:36 + 33], two, two[:-1], two + element,
                    b"\1" + two[1:], b"\1" + two[1:20], two[:1] + b"\2" + two[2:], two[:1] + b"\0" + two[2:],
                    two[:20] + bytes(16) + two[36:], two[:20] + bytes(16) + two[36:-1], two[:20] + bytes(15),
                    two[:4] + bytes(16) + two[20:],  # another set id: the evaluator does not mind
                    two[:2] + b"\0\0" + two[4:], two[:2] + b"\0\0" + two[4:36],
                    two[:2] + b"\2\0" + two[4:],  # byte order: 512, not 2
                    two[:2] + b"\0\x65" + two[4:], two[:2] + b"\0\x65" + two[4:36] + element * 101,
                    two[:2] + b"\0\x64" + two[4:36] + element * 100 + b"\0",
                    two[:2] + b"\xff\xff" + two[4:36],
                    *(two[:69] + bad for bad in bad_elements), *(two[:36] + bad + element for bad in bad_elements),
                    two[:36] + bytes(66)]
        requests += [two[:byte] + bytes([chance.randrange(256)]) + two[byte + 1:] for byte in range(4)]
        ours, _ = our_answers(self.key, requests, limit=100)
        theirs = exchange.Evaluator(self.scalar, max_tokens=100)
        self.assertEqual(len(ours), len(requests))
        for request, response in zip(requests, ours):
            expected = theirs.answer(request)
            size = len(expected) if expected[1] == exchange.ERROR else len(expected) - 64  # proofs differ
            with self.subTest(request=request[:40].hex(), size=len(request)):
                self.assertEqual(response[:size].hex(), expected[:size].hex())
                self.assertEqual(len(response), len(expected))


class Saved(Exchange):
    """Queries are saved by one implementation and taken up by the other."""

    def test_python_saves_ours_finishes(self):
        client = exchange.Client(self.open(7), self.hash_of(4))
        response = self.evaluator.answer(client.request())
        state = client.save()
        self.assertEqual(our_verdict_on(self.sets[7], state, response), ["match 0 entry-4"])
        self.assertIn("exchange_peer", our_verdict_on(self.sets[6], state, response)[0])
        damaged = flip_bit(state, chance.randrange(8 * len(state)))
        self.assertIn("exchange_peer", our_verdict_on(self.sets[7], damaged, response)[0])

    def test_ours_saves_python_finishes(self):
        request, state = our_saved_query(self.sets[6], self.hash_of(5).hex())
        client = exchange.Client(self.open(6))
        self.assertEqual(client.load(state), request)
        (response,), _ = our_answers(self.key, [request])
        self.assertEqual([match[:2] for match in client.finish(response)], [(0, b"entry-5")])
        for data, blind, point in zip(client.inputs, client.blinds, client.blinded):
            self.assertEqual(p256.blind(data, blind), point)

    def test_sizes(self):
        self.assertEqual(len(our_saved_query(self.build(6, 256), self.hash_of(5).hex())[1]), 38764)


if __name__ == "__main__":
    run(sys.modules[__name__])
