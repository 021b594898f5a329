# SPDX-License-Identifier: Apache-2.0
"""P-256, hashing to it, and the VOPRF of RFC 9497, in plain integers.

Written from the RFCs, apart from libphash's own code, to be compared with it. It takes no care about time or memory
and must never see a real key.

Sources: FIPS 186-4 D.1.2.3 (curve), SEC 1 2.3.3 and 2.3.4 (encodings), RFC 9380 (hash to curve), RFC 9497 (VOPRF).
"""
import hashlib
import secrets

# FIPS 186-4, D.1.2.3: y^2 = x^3 - 3 x + B over the integers modulo P; the group has prime order N.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
A = P - 3
B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b
G = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
     0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)

ELEMENT_SIZE = 33
SCALAR_SIZE = 32
PROOF_SIZE = 64


class Invalid(Exception):
    """An element, scalar or proof that has to be refused."""


# Points. Affine: (x, y), or None for the identity. Inside a sum, Jacobian: (X, Y, Z) with x = X / Z^2, y = Y / Z^3,
# and Z = 0 for the identity.

def _double(p):
    x, y, z = p
    zz = z * z % P
    m = 3 * (x - zz) * (x + zz) % P  # 3 x^2 + A z^4 with A = -3
    yy = y * y % P
    s = 4 * x * yy % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(p, q):
    if p[2] == 0:
        return q
    if q[2] == 0:
        return p
    x1, y1, z1 = p
    x2, y2, z2 = q
    z1z1, z2z2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * z2z2 % P, x2 * z1z1 % P
    s1, s2 = y1 * z2 * z2z2 % P, y2 * z1 * z1z1 % P
    h, r = (u2 - u1) % P, (s2 - s1) % P
    if h == 0:
        return _double(p) if r == 0 else (1, 1, 0)
    hh = h * h % P
    hhh = h * hh % P
    v = u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, z1 * z2 * h % P


def _jacobian(point):
    return (1, 1, 0) if point is None else (point[0], point[1], 1)


def _affine(p):
    if p[2] == 0:
        return None
    inverse = pow(p[2], -1, P)
    square = inverse * inverse % P
    return p[0] * square % P, p[1] * square * inverse % P


def on_curve(point):
    x, y = point
    return (y * y - (x * x * x + A * x + B)) % P == 0


def add(p, q):
    """The sum of two affine points."""
    return _affine(_add(_jacobian(p), _jacobian(q)))


def multiply(scalar, point):
    """scalar times an affine point."""
    return weighted_sum([scalar], [point])


def weighted_sum(scalars, points):
    """The sum of scalars[i] times points[i]: four bits at a time from the top, all points together (Straus)."""
    tables = []
    for point in points:
        table = [(1, 1, 0), _jacobian(point)]
        while len(table) < 16:
            table.append(_add(table[-1], table[1]))
        tables.append(table)
    result = (1, 1, 0)
    for shift in range(252, -1, -4):
        for _ in range(4):
            result = _double(result)
        for scalar, table in zip(scalars, tables):
            result = _add(result, table[scalar % N >> shift & 15])
    return _affine(result)


# Encodings: RFC 9497, section 4.3, "P-256": SerializeElement is SEC 1's compressed form, SerializeScalar big-endian.

def encode(point):
    if point is None:
        raise Invalid("the identity has no encoding of 33 bytes")
    return bytes([2 + point[1] % 2]) + point[0].to_bytes(32, "big")


def square_root(a):
    """The root of a square modulo P, which is 3 modulo 4; None when a is not a square."""
    root = pow(a, (P + 1) // 4, P)
    return root if root * root % P == a % P else None


def decode(data):
    """DeserializeElement: refuses all but the one encoding of each point that is not the identity."""
    if len(data) != ELEMENT_SIZE:
        raise Invalid("an element has 33 bytes")
    if data[0] not in (2, 3):
        raise Invalid("an element begins with 02 or 03")
    x = int.from_bytes(data[1:], "big")
    if x >= P:
        raise Invalid("the x-coordinate is not below p")
    y = square_root(x * x * x + A * x + B)
    if y is None:
        raise Invalid("the x-coordinate is not on the curve")
    return x, y if y % 2 == data[0] - 2 else P - y


def encode_scalar(scalar):
    return scalar.to_bytes(SCALAR_SIZE, "big")


def decode_scalar(data):
    """DeserializeScalar: 0 .. N - 1."""
    if len(data) != SCALAR_SIZE:
        raise Invalid("a scalar has 32 bytes")
    scalar = int.from_bytes(data, "big")
    if scalar >= N:
        raise Invalid("the scalar is not below the group's order")
    return scalar


def random_scalar():
    """A scalar from 1 to N - 1, each as likely."""
    return 1 + secrets.randbelow(N - 1)


# Hashing to the curve: RFC 9380.

def expand_message_xmd(message, dst, size):
    """Section 5.3.1 with SHA-256 (b_in_bytes 32, s_in_bytes 64); a long dst is hashed first (section 5.3.3)."""
    if len(dst) > 255:
        dst = hashlib.sha256(b"H2C-OVERSIZE-DST-" + dst).digest()
    dst += bytes([len(dst)])
    b0 = hashlib.sha256(bytes(64) + message + size.to_bytes(2, "big") + b"\0" + dst).digest()
    block = bytes(32)
    out = b""
    for i in range(1, -(-size // 32) + 1):
        block = hashlib.sha256(bytes(x ^ y for x, y in zip(b0, block)) + bytes([i]) + dst).digest()
        out += block
    return out[:size]


def hash_to_field(message, dst, count, modulus):
    """Section 5.2 with m = 1, L = 48."""
    data = expand_message_xmd(message, dst, 48 * count)
    return [int.from_bytes(data[48 * i:48 * i + 48], "big") % modulus for i in range(count)]


def map_to_curve(u):
    """Simplified SWU (section 6.6.2) with Z = -10 (section 8.2)."""
    z = P - 10
    zuu = z * u * u % P
    t = (zuu * zuu + zuu) % P
    if t == 0:
        x = B * pow(z * A, -1, P) % P
    else:
        x = -B * pow(A, -1, P) * (1 + pow(t, -1, P)) % P
    y = square_root(x * x * x + A * x + B)
    if y is None:
        x = zuu * x % P
        y = square_root(x * x * x + A * x + B)
    return x, y if y % 2 == u % 2 else P - y  # sgn0 is the lowest bit (section 4.1)


def hash_to_curve(message, dst):
    """P256_XMD:SHA-256_SSWU_RO_ (sections 3 and 8.2); the cofactor is 1."""
    u0, u1 = hash_to_field(message, dst, 2, P)
    return add(map_to_curve(u0), map_to_curve(u1))


# The VOPRF: RFC 9497, mode 0x01, suite P256-SHA256 (sections 2.2, 3.3.2, 4.3).

CONTEXT = b"OPRFV1-" + b"\x01" + b"-P256-SHA256"  # CreateContextString, section 3.1


def _sized(data):
    """I2OSP(len(data), 2) || data."""
    return len(data).to_bytes(2, "big") + data


def hash_to_group(message):
    return hash_to_curve(message, b"HashToGroup-" + CONTEXT)


def hash_to_scalar(message, dst=b"HashToScalar-" + CONTEXT):
    return hash_to_field(message, dst, 1, N)[0]


def derive_key_pair(seed, info):
    """DeriveKeyPair, section 3.2.1: the scalar and the public point."""
    for counter in range(256):
        scalar = hash_to_scalar(seed + _sized(info) + bytes([counter]), b"DeriveKeyPair" + CONTEXT)
        if scalar:
            return scalar, multiply(scalar, G)
    raise Invalid("no key from this seed")


def blind(message, scalar):
    """Blind, section 3.3.2: the point to send."""
    element = hash_to_group(message)
    if element is None:
        raise Invalid("the input maps to the identity")
    return multiply(scalar, element)


def unblind(scalar, evaluated):
    return multiply(pow(scalar, -1, N), evaluated)


def output(message, unblinded):
    """The end of Finalize, section 3.3.2."""
    return hashlib.sha256(_sized(message) + _sized(encode(unblinded)) + b"Finalize").digest()


def evaluate(scalar, elements, nonce=None):
    """BlindEvaluate for a batch: the evaluated points, and one proof for all (section 2.2.1).

    nonce is the random scalar r of the proof: for vectors only.
    """
    evaluated = [multiply(scalar, element) for element in elements]
    public = multiply(scalar, G)
    m, z = _composites(public, elements, evaluated, scalar)
    r = random_scalar() if nonce is None else nonce
    c = _challenge(public, m, z, multiply(r, G), multiply(r, m))
    return evaluated, encode_scalar(c) + encode_scalar((r - c * scalar) % N)


def verify(public, elements, evaluated, proof):
    """VerifyProof, section 2.2.2, for a batch; raises Invalid."""
    if len(proof) != PROOF_SIZE or len(elements) != len(evaluated):
        raise Invalid("the proof does not have the form of one")
    c, s = decode_scalar(proof[:32]), decode_scalar(proof[32:])
    m, z = _composites(public, elements, evaluated)
    t2 = weighted_sum([s, c], [G, public])
    t3 = weighted_sum([s, c], [m, z])
    if _challenge(public, m, z, t2, t3) != c:
        raise Invalid("the proof does not verify")


def composite_scalars(public, elements, evaluated):
    """The weights d_i of ComputeComposites, section 2.2.1."""
    seed = hashlib.sha256(_sized(encode(public)) + _sized(b"Seed-" + CONTEXT)).digest()
    return [hash_to_scalar(_sized(seed) + i.to_bytes(2, "big") + _sized(encode(c)) + _sized(encode(d)) + b"Composite")
            for i, (c, d) in enumerate(zip(elements, evaluated))]


def _composites(public, elements, evaluated, scalar=None):
    """M and Z: ComputeCompositesFast when the secret scalar is given, else ComputeComposites."""
    weights = composite_scalars(public, elements, evaluated)
    m = weighted_sum(weights, elements)
    return m, weighted_sum(weights, evaluated) if scalar is None else multiply(scalar, m)


def _challenge(public, m, z, t2, t3):
    points = b"".join(_sized(encode(point)) for point in (public, m, z, t2, t3))
    return hash_to_scalar(points + b"Challenge")
