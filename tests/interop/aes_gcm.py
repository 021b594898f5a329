# SPDX-License-Identifier: Apache-2.0
"""AES-128-GCM in plain Python, for records of blinded sets: nonces of 12 bytes, one call a record.

Sources: FIPS 197 (AES), NIST SP 800-38D (GCM).
"""


def _double(byte):
    """Times x in AES's field, modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197, 4.2.1)."""
    return (byte << 1 ^ (0x11b if byte & 0x80 else 0)) & 0xff


def _make_sbox():
    """FIPS 197, 5.1.1: the inverse in the field, then an affine map. 3 generates the field's group."""
    power, log = [1], {1: 0}
    for i in range(1, 255):
        power.append(power[-1] ^ _double(power[-1]))
        log[power[i]] = i
    box = []
    for byte in range(256):
        b = power[(255 - log[byte]) % 255] if byte else 0
        box.append(b ^ _rotate(b, 1) ^ _rotate(b, 2) ^ _rotate(b, 3) ^ _rotate(b, 4) ^ 0x63)
    return box


def _rotate(byte, n):
    return (byte << n | byte >> 8 - n) & 0xff


SBOX = _make_sbox()


def expand_key(key):
    """The 11 round keys (FIPS 197, 5.2)."""
    words = [key[i:i + 4] for i in range(0, 16, 4)]
    constant = 1
    while len(words) < 44:
        word = words[-1]
        if len(words) % 4 == 0:
            word = bytes(SBOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _double(constant)
        words.append(bytes(x ^ y for x, y in zip(words[-4], word)))
    return [b"".join(words[i:i + 4]) for i in range(0, 44, 4)]


def encrypt_block(round_keys, block):
    """FIPS 197, 5.1. Byte r + 4 c of the block is row r, column c of the state."""
    state = [x ^ y for x, y in zip(block, round_keys[0])]
    for number, round_key in enumerate(round_keys[1:], 1):
        state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]  # SubBytes, ShiftRows
        if number < 10:
            mixed = []
            for c in range(0, 16, 4):
                column = state[c:c + 4]
                every = column[0] ^ column[1] ^ column[2] ^ column[3]
                mixed += [column[r] ^ every ^ _double(column[r] ^ column[(r + 1) % 4]) for r in range(4)]
            state = mixed
        state = [x ^ y for x, y in zip(state, round_key)]
    return bytes(state)


def _multiply(x, y):
    """The product in GCM's field, whose bits run from the top (SP 800-38D, 6.3)."""
    z = 0
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= y
        y = y >> 1 ^ (0xe1 << 120 if y & 1 else 0)
    return z


def _ghash(h, data):
    value = 0
    for i in range(0, len(data), 16):
        value = _multiply(value ^ int.from_bytes(data[i:i + 16], "big"), h)
    return value


def key_stream(key, nonce, size):
    """What plaintext is XORed with: counters from 2 (SP 800-38D, 7.1: J0 = nonce || 1)."""
    round_keys = expand_key(key)
    blocks = (encrypt_block(round_keys, nonce + i.to_bytes(4, "big")) for i in range(2, 2 + -(-size // 16)))
    return b"".join(blocks)[:size]


def tag(key, nonce, additional, ciphertext):
    """The tag of 16 bytes; a shorter one is its beginning (SP 800-38D, 7.1)."""
    round_keys = expand_key(key)
    h = int.from_bytes(encrypt_block(round_keys, bytes(16)), "big")
    data = b"".join(part + bytes(-len(part) % 16) for part in (additional, ciphertext))
    data += (8 * len(additional)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
    mask = int.from_bytes(encrypt_block(round_keys, nonce + b"\0\0\0\1"), "big")
    return (_ghash(h, data) ^ mask).to_bytes(16, "big")
