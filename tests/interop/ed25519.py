# SPDX-License-Identifier: Apache-2.0
"""Ed25519 in plain integers, for the signatures of sets. It takes no care about time: never give it a real key.

Source: RFC 8032, sections 5.1 and 5.1.1 to 5.1.7.
"""
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493  # order of the base point
D = -121665 * pow(121666, -1, P) % P


def _recover_x(y, sign):
    """Section 5.1.3: None when no point has this y."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return x if x % 2 == sign else P - x


BASE = (_recover_x(4 * pow(5, -1, P) % P, 0), 4 * pow(5, -1, P) % P)


def _add(p, q):
    """Section 5.1.4, extended coordinates (X, Y, Z, T)."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _multiply(scalar, point):
    result, power = (0, 1, 1, 0), (point[0], point[1], 1, point[0] * point[1] % P)
    while scalar:
        if scalar & 1:
            result = _add(result, power)
        power = _add(power, power)
        scalar >>= 1
    return result


def _encode(p):
    inverse = pow(p[2], -1, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decode(data):
    number = int.from_bytes(data, "little")
    y = number & 2**255 - 1
    x = _recover_x(y, number >> 255)
    return None if x is None else (x, y)


def _hash(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def _expand(seed):
    digest = hashlib.sha512(seed).digest()
    return int.from_bytes(digest[:32], "little") & 2**254 - 8 | 2**254, digest[32:]


def public_key(seed):
    return _encode(_multiply(_expand(seed)[0], BASE))


def sign(seed, message):
    scalar, prefix = _expand(seed)
    r = _hash(prefix, message) % L
    point = _encode(_multiply(r, BASE))
    s = (r + _hash(point, public_key(seed), message) * scalar) % L
    return point + s.to_bytes(32, "little")


def verify(public, message, signature):
    """Section 5.1.7, the equation without the cofactor."""
    key, s = _decode(public), int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or s >= L:
        return False
    minus = (P - key[0], key[1])
    h = _hash(signature[:32], public, message) % L
    return _encode(_add(_multiply(s, BASE), _multiply(h, minus))) == signature[:32]
