# SPDX-License-Identifier: Apache-2.0
"""The private exchange, both sides: a client with a planner of its own, and an evaluator.

Written from docs/protocol.md and docs/formats/key.md alone; section names are the protocol's.
"""
import hashlib
import re
import secrets
from collections import namedtuple

import blinded_set
import hash_bands
import p256

VERSION, REQUEST, RESPONSE, ERROR = 0, 1, 2, 3
E_FORM, E_VERSION, E_KEY, E_TOO_MANY, E_ELEMENT, E_BUSY = range(1, 7)
ERROR_SIZE = 22

Match = namedtuple("Match", "distance label source hash")


class Refused(Exception):
    """A response that gives no verdict: the picture is indeterminate."""


class Answered(Refused):
    """The evaluator answered with an error."""

    def __init__(self, code, index, key_id):
        super().__init__(f"the evaluator answered with error {code}")
        self.code, self.index, self.key_id = code, index, key_id


def key_id(public_key):
    return hashlib.sha256(b"libphash key id" + public_key).digest()[:16]


def read_key(text):
    """The scalar of a key file (docs/formats/key.md)."""
    lines = re.fullmatch("libphash evaluator key 1\nsecret ([0-9A-Fa-f]{64})\npublic ([0-9A-Fa-f]{66})\n", text)
    if lines is None:
        raise ValueError("not a key file")
    secret, public = map(bytes.fromhex, lines.groups())
    scalar = p256.decode_scalar(secret)
    if scalar == 0 or p256.encode(p256.multiply(scalar, p256.G)) != public:
        raise ValueError("the key's two lines do not agree")
    return scalar


def plan(hash_bytes, bands, budget):
    """Inputs for one hash: the bands as they are, then each with one bit flipped, then random inputs.

    Every band is given its flips in turn, and of each band the last places, the highest frequencies, come first.
    Gives the inputs, and for those that mean something (band, value).
    """
    values = hash_bands.band_values(hash_bytes, bands)
    probes = list(enumerate(values))
    for back in range(256):
        for band, value in enumerate(values):
            bits = len(hash_bands.places(bands, band))
            if back < bits:
                probes.append((band, value ^ 1 << bits - 1 - back))
    probes = probes[:budget]
    inputs = [hash_bands.token_input(bands, band, value) for band, value in probes]
    inputs += [secrets.token_bytes(32) for _ in range(budget - len(inputs))]
    return inputs, probes


class Client:
    """One query: request() once, then finish() once."""

    def __init__(self, opened, hash_bytes=None):
        self.set = opened
        self.hash = hash_bytes

    def request(self):
        """Step 1."""
        manifest = self.set.manifest
        self.inputs, self.probes = plan(self.hash, manifest.bands, manifest.budget)
        self.blinds = [p256.random_scalar() for _ in self.inputs]
        self.blinded = [p256.blind(data, scalar) for data, scalar in zip(self.inputs, self.blinds)]
        return self._message()

    def _message(self):
        manifest = self.set.manifest
        return (bytes([VERSION, REQUEST]) + manifest.budget.to_bytes(2, "big") + manifest.set_id + self.set.key_id +
                b"".join(p256.encode(point) for point in self.blinded))

    def tokens(self, response):
        """Step 3: verify, then finalize."""
        budget = len(self.inputs)
        if response[:2] == bytes([VERSION, ERROR]) and len(response) == ERROR_SIZE:
            raise Answered(int.from_bytes(response[2:4], "big"), int.from_bytes(response[4:6], "big"), response[6:])
        if response[:4] != bytes([VERSION, RESPONSE]) + budget.to_bytes(2, "big"):
            raise Refused("version, type or count")
        if len(response) != 20 + p256.ELEMENT_SIZE * budget + p256.PROOF_SIZE:
            raise Refused("the length")
        if response[4:20] != self.set.key_id:
            raise Refused("another key")
        try:
            evaluated = elements(response[20:-p256.PROOF_SIZE])
            p256.verify(self.set.manifest.public_point, self.blinded, evaluated, response[-p256.PROOF_SIZE:])
        except p256.Invalid as error:
            raise Refused(str(error)) from error
        return [p256.output(data, p256.unblind(scalar, point))
                for data, scalar, point in zip(self.inputs, self.blinds, evaluated)]

    def finish(self, response):
        """Steps 3 and 4: the matches, nearest first; none is "no match"."""
        tokens = self.tokens(response)
        entries = set()
        for token, (band, value) in zip(tokens, self.probes):
            entries.update(self.set.find(token, band, value))
        matches = []
        for entry in entries:
            distance = hash_bands.distance(entry.hash, self.hash)
            if distance <= self.set.manifest.sources[entry.source].radius:
                matches.append(Match(distance, entry.label, entry.source, entry.hash))
        return sorted(matches)

    def save(self):
        """Section "Saved queries": the state."""
        fingerprints = self.hash + bytes(4)
        body = b"".join([b"phash query\n", bytes(4), bytes(4), len(self.inputs).to_bytes(4, "little"), self.set.digest,
                         self.set.key_id, (1).to_bytes(4, "little"), fingerprints, bytes(36 * 384 - len(fingerprints)),
                         *self.inputs, *map(p256.encode_scalar, self.blinds), *map(p256.encode, self.blinded)])
        return body + hashlib.sha256(body).digest()

    def load(self, state):
        """Take up a saved query about one picture with one fingerprint."""
        fields = blinded_set.Fields(state)
        if fields.take(16) != b"phash query\n" + bytes(4) or fields.number(4) != 0:
            raise ValueError("not a state")
        if hashlib.sha256(state[:-32]).digest() != state[-32:]:
            raise ValueError("damaged")
        budget = fields.number(4)
        if fields.take(32) != self.set.digest or fields.take(16) != self.set.key_id or fields.number(4) != 1:
            raise ValueError("another set, or another number of fingerprints")
        self.hash = fields.take(32)
        if any(fields.take(4 + 36 * 383)):
            raise ValueError("no zeros behind the fingerprint")
        self.inputs = [fields.take(32) for _ in range(budget)]
        self.probes = [hash_bands.read_input(data, self.set.manifest.bands) for data in self.inputs]
        self.blinds = [p256.decode_scalar(fields.take(32)) for _ in range(budget)]
        self.blinded = [p256.decode(fields.take(33)) for _ in range(budget)]
        return self._message()


def elements(data):
    size = p256.ELEMENT_SIZE
    return [p256.decode(data[i:i + size]) for i in range(0, len(data), size)]


class Evaluator:
    """Answers requests under one key."""

    def __init__(self, scalar, max_tokens=1024):
        self.scalar = scalar
        self.max_tokens = max_tokens
        self.key_id = key_id(p256.encode(p256.multiply(scalar, p256.G)))

    def error(self, code, index=0):
        return (bytes([VERSION, ERROR]) + code.to_bytes(2, "big") + index.to_bytes(2, "big") + self.key_id)

    def answer(self, request):
        """Step 2, the checks in the order in which they stand there."""
        if request and request[0] != VERSION:
            return self.error(E_VERSION)
        if len(request) < 36 or request[1] != REQUEST:
            return self.error(E_FORM)
        if request[20:36] != self.key_id:
            return self.error(E_KEY)
        budget = int.from_bytes(request[2:4], "big")
        if budget > self.max_tokens:
            return self.error(E_TOO_MANY)
        if budget == 0 or len(request) != 36 + p256.ELEMENT_SIZE * budget:
            return self.error(E_FORM)
        points = []
        for i in range(budget):
            try:
                points += elements(request[36 + 33 * i:69 + 33 * i])
            except p256.Invalid:
                return self.error(E_ELEMENT, i)
        evaluated, proof = p256.evaluate(self.scalar, points)
        return (bytes([VERSION, RESPONSE]) + budget.to_bytes(2, "big") + self.key_id +
                b"".join(p256.encode(point) for point in evaluated) + proof)
