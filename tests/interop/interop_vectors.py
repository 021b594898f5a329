# SPDX-License-Identifier: Apache-2.0
"""p256.py, aes_gcm.py and ed25519.py give what the standards publish."""
import json
import os
import sys
import unittest

import aes_gcm
import ed25519
import p256

FOLDER = os.path.join(os.environ.get("PHASH_TEST_DATA", ""), "oprf")


def load(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return json.load(file)


def raw(texts):
    return [bytes.fromhex(text) for text in texts]


class HashToCurve(unittest.TestCase):
    """RFC 9380, appendices J.1.1, K.1 and K.2."""

    def setUp(self):
        self.vectors = load("rfc9380_p256.json")

    def test_expand_message(self):
        for group in self.vectors["expand_message_xmd"]:
            for case in group["tests"]:
                expanded = p256.expand_message_xmd(bytes.fromhex(case["msg_hex"]), group["DST"].encode(),
                                                   case["len_in_bytes"])
                self.assertEqual(expanded.hex(), case["uniform_bytes"])

    def test_points(self):
        suite = self.vectors["suites"]["P256_XMD:SHA-256_SSWU_RO_"]
        for case in suite["vectors"]:
            message, dst = bytes.fromhex(case["msg_hex"]), suite["dst"].encode()
            us = p256.hash_to_field(message, dst, 2, p256.P)
            self.assertEqual(us, [int(u, 16) for u in case["u"]])
            for u, name in zip(us, ("Q0", "Q1")):
                self.assertEqual(p256.map_to_curve(u), (int(case[name]["x"], 16), int(case[name]["y"], 16)))
            point = p256.hash_to_curve(message, dst)
            self.assertEqual(point, (int(case["P"]["x"], 16), int(case["P"]["y"], 16)))

    def test_the_exceptional_input(self):
        self.assertTrue(p256.on_curve(p256.map_to_curve(0)))


class Voprf(unittest.TestCase):
    """RFC 9497, appendix A.3.2: three vectors, one of them a batch of two."""

    def setUp(self):
        modes = load("rfc9497_p256_sha256.json")["modes"]
        self.mode = next(mode for mode in modes if mode["mode"] == 1)

    def test_key(self):
        scalar, public = p256.derive_key_pair(bytes.fromhex(self.mode["seed"]), bytes.fromhex(self.mode["keyInfo"]))
        self.assertEqual(p256.encode_scalar(scalar).hex(), self.mode["skSm"])
        self.assertEqual(p256.encode(public).hex(), self.mode["pkSm"])

    def test_vectors(self):
        scalar = int(self.mode["skSm"], 16)
        public = p256.decode(bytes.fromhex(self.mode["pkSm"]))
        self.assertEqual([case["batch"] for case in self.mode["vectors"]], [1, 1, 2])
        for case in self.mode["vectors"]:
            inputs, blinds = raw(case["input"]), [int(text, 16) for text in case["blind"]]
            blinded = [p256.blind(data, blind) for data, blind in zip(inputs, blinds)]
            self.assertEqual([p256.encode(point) for point in blinded], raw(case["blindedElement"]))
            evaluated, proof = p256.evaluate(scalar, blinded, int(case["proof_r"], 16))
            self.assertEqual([p256.encode(point) for point in evaluated], raw(case["evaluationElement"]))
            self.assertEqual(proof.hex(), case["proof"])
            p256.verify(public, blinded, evaluated, proof)
            outputs = [p256.output(data, p256.unblind(blind, point))
                       for data, blind, point in zip(inputs, blinds, evaluated)]
            self.assertEqual(outputs, raw(case["output"]))

    def test_proofs_are_particular(self):
        scalar = int(self.mode["skSm"], 16)
        blinded = [p256.decode(data) for data in raw(self.mode["vectors"][2]["blindedElement"])]
        evaluated, proof = p256.evaluate(scalar, blinded)
        public = p256.multiply(scalar, p256.G)
        p256.verify(public, blinded, evaluated, proof)
        for changed in ((p256.G, blinded, evaluated, proof), (public, blinded[::-1], evaluated[::-1], proof),
                        (public, blinded, evaluated[::-1], proof), (public, blinded[:1], evaluated[:1], proof),
                        (public, blinded, evaluated, proof[32:] + proof[:32])):
            self.assertRaises(p256.Invalid, p256.verify, *changed)


class Decoding(unittest.TestCase):
    """What docs/protocol.md, "Primitives", lets in."""

    def test_elements(self):
        for case in load("p256_decode_cases.json")["element"]:
            data = bytes.fromhex(case["hex"])
            with self.subTest(case["name"]):
                if case["accept"]:
                    self.assertEqual(p256.encode(p256.decode(data)), data)
                else:
                    self.assertRaises(p256.Invalid, p256.decode, data)

    def test_scalars(self):
        for case in load("p256_decode_cases.json")["scalar"]:
            data = bytes.fromhex(case["hex"])
            with self.subTest(case["name"]):
                if case["accept_range_0_to_n-1"]:
                    self.assertEqual(p256.encode_scalar(p256.decode_scalar(data)), data)
                else:
                    self.assertRaises(p256.Invalid, p256.decode_scalar, data)


class Gcm(unittest.TestCase):
    """Test case 4 of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B."""

    def test_case_4(self):
        key = bytes.fromhex("feffe9928665731c6d6a8f9467308308")
        nonce = bytes.fromhex("cafebabefacedbaddecaf888")
        plain = bytes.fromhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                              "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
        additional = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        cipher = bytes(x ^ y for x, y in zip(plain, aes_gcm.key_stream(key, nonce, len(plain))))
        self.assertEqual(cipher.hex(), "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                                       "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091")
        self.assertEqual(aes_gcm.tag(key, nonce, additional, cipher).hex(), "5bc94fbc3221a5db94fae95ae7121a47")


class Ed25519(unittest.TestCase):
    """RFC 8032, section 7.1, tests 1 and 2."""

    def test_vectors(self):
        cases = [("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
                  "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
                 ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0"
                  "85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
        for case in cases:
            seed, public, message, signature = raw(case)
            self.assertEqual(ed25519.public_key(seed), public)
            self.assertEqual(ed25519.sign(seed, message), signature)
            self.assertTrue(ed25519.verify(public, message, signature))
            self.assertFalse(ed25519.verify(public, message + b"0", signature))
            more = (int.from_bytes(signature[32:], "little") + ed25519.L).to_bytes(32, "little")
            self.assertFalse(ed25519.verify(public, message, signature[:32] + more))


if __name__ == "__main__":
    if not os.path.exists(os.path.join(FOLDER, "rfc9497_p256_sha256.json")):
        print("SKIP: no $PHASH_TEST_DATA/oprf/rfc9497_p256_sha256.json")
        sys.exit(77)
    unittest.main()
