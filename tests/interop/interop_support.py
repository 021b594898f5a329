# SPDX-License-Identifier: Apache-2.0
"""What the tests share: keys, lists and sets made by chance, and the other side of the conversation (ours)."""
import os
import random
import subprocess
import sys
import tempfile
import unittest

import hash_bands
import p256

BUILD = os.environ["PHASH_BINARY_DIR"]
SOURCE = os.environ["PHASH_SOURCE_DIR"]
PHASH = os.path.join(BUILD, "bin", "phash")
PEER = os.path.join(BUILD, "tests", "exchange_peer")

chance = random.Random()


def run(module):
    """Run the tests of a module; --seed N repeats a run."""
    seed = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else random.randrange(2**32)
    print(f"seed {seed}", flush=True)
    chance.seed(seed)
    unittest.main(module, argv=sys.argv[:1], verbosity=2)


class Folder(unittest.TestCase):
    """A test class with a folder of its own."""

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.temporary.name, name)

    @classmethod
    def write(cls, name, text):
        with open(os.open(cls.path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(text)
        return cls.path(name)

    @classmethod
    def read(cls, name):
        with open(cls.path(name), "rb") as file:
            return file.read()


def random_bytes(size):
    return bytes(chance.getrandbits(8) for _ in range(size))


def random_key():
    return 1 + chance.randrange(p256.N - 1)


def key_text(scalar):
    """A key file: docs/formats/key.md."""
    public = p256.encode(p256.multiply(scalar, p256.G))
    return f"libphash evaluator key 1\nsecret {scalar:064x}\npublic {public.hex()}\n"


def flip(hash_bytes, bands, band, places):
    """A hash with the bits at some places of a band flipped."""
    bits = int.from_bytes(hash_bytes, "big")
    for n in places:
        bits ^= 1 << hash_bands.ORDER[hash_bands.places(bands, band)[n]]
    return bits.to_bytes(32, "big")


def flip_bit(data, bit):
    return data[:bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1:]


def list_text(rows):
    return "".join(f"{hash_bytes.hex()},90,{label}\n" for hash_bytes, label in rows)


def phash(*arguments):
    """Run phash; its output."""
    return subprocess.run([PHASH, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60).stdout.decode()


def frame(message):
    return len(message).to_bytes(4, "little") + message


def frames(data):
    """The frames that bytes begin with, and then what is left when there is no further one."""
    found = []
    while len(data) >= 4 and len(data) >= 4 + int.from_bytes(data[:4], "little"):
        size = int.from_bytes(data[:4], "little")
        found.append(data[4:4 + size])
        data = data[4 + size:]
    return found


def our_answers(key_path, requests, limit=0):
    """Responses of our evaluator, and what it tells its operator."""
    done = subprocess.run([PEER, "evaluate", key_path, str(limit)], input=b"".join(map(frame, requests)),
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return frames(done.stdout), done.stderr.decode().splitlines()


def our_verdict(set_path, hashes, answer):
    """What our client says about a picture with these hashes when answer(request) is the response."""
    with subprocess.Popen([PEER, "query", set_path, *hashes], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as peer:
        size = int.from_bytes(peer.stdout.read(4), "little")
        request = peer.stdout.read(size)
        verdict, _ = peer.communicate(frame(answer(request)), timeout=60)
    assert peer.returncode == 0, "exchange_peer failed"
    return verdict.decode().splitlines()


def our_saved_query(set_path, hash_hex):
    """A request of our client, and its state."""
    done = subprocess.run([PEER, "save", set_path, hash_hex], check=True, stdout=subprocess.PIPE, timeout=60)
    request, state = frames(done.stdout)
    return request, state


def our_verdict_on(set_path, state, response):
    """What our client says that takes up a saved query."""
    done = subprocess.run([PEER, "load", set_path], input=frame(state) + frame(response), check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return (done.stdout or done.stderr).decode().splitlines()
