/* SPDX-License-Identifier: Apache-2.0 */
#include "oprf/p256_scalar.h"

#include "oprf/p256_limbs.h"
#include "util/mem.h"

#include <string.h>

static const uint64_t order[4] = {UINT64_C(0xf3b9cac2fc632551), UINT64_C(0xbce6faada7179e84),
                                  UINT64_C(0xffffffffffffffff), UINT64_C(0xffffffff00000000)};

#define MINUS_ORDER_INVERSE UINT64_C(0xccd1c8aaee00bc4f) /* -1 / n mod 2^64 */

/* 2^512 mod n */
static const phash_scalar r_squared = {{UINT64_C(0x83244c95be79eea2), UINT64_C(0x4699799c49bd6fa6),
                                        UINT64_C(0x2845b2392b6bec59), UINT64_C(0x66e12d94f3d95620)}};
/* 2^256 mod n */
static const phash_scalar scalar_one = {{UINT64_C(0x0c46353d039cdaaf), UINT64_C(0x4319055258e8617b), 0,
                                         UINT64_C(0x00000000ffffffff)}};

/* out = t / 2^256 mod n for t < 2^256 n (Montgomery 1985). */
static void reduce(uint64_t out[4], uint64_t t[8])
{
    uint64_t top = 0;

    for (int i = 0; i < 4; i++) {
        uint64_t m = t[i] * MINUS_ORDER_INVERSE;
        uint64_t carry = 0;
        for (int j = 0; j < 4; j++)
            t[i + j] = limb_mul_add(m, order[j], t[i + j], &carry);
        uint64_t over = top;
        t[i + 4] = limb_add(t[i + 4], carry, &over);
        top = over;
    }
    limbs_reduce_once(out, top, t + 4, order);
}

void phash_scalar_mul(phash_scalar *out, const phash_scalar *a, const phash_scalar *b)
{
    uint64_t t[8];

    limbs_mul(t, a->limb, b->limb);
    reduce(out->limb, t);
}

void phash_scalar_sub(phash_scalar *out, const phash_scalar *a, const phash_scalar *b)
{
    limbs_sub_mod(out->limb, a->limb, b->limb, order);
}

/* a^(n - 2), four bits of the exponent at a time. The exponent is public, so the table may be indexed by it. */
void phash_scalar_inv(phash_scalar *out, const phash_scalar *a)
{
    phash_scalar powers[16];
    phash_scalar acc = scalar_one;

    powers[0] = scalar_one;
    for (int i = 1; i < 16; i++)
        phash_scalar_mul(&powers[i], &powers[i - 1], a);
    for (int bit = 252; bit >= 0; bit -= 4) {
        for (int i = 0; i < 4; i++)
            phash_scalar_mul(&acc, &acc, &acc);
        uint64_t limb = order[bit / 64] - (bit < 64 ? 2 : 0); /* n - 2: no borrow leaves the lowest limb */
        phash_scalar_mul(&acc, &acc, &powers[(limb >> (bit % 64)) & 15]);
    }
    *out = acc;
    phash_wipe(powers, sizeof powers);
    phash_wipe(&acc, sizeof acc);
}

void phash_scalar_inv_batch(phash_scalar *scalars, phash_scalar *scratch, size_t n)
{
    phash_scalar inverse = scalar_one;

    for (size_t i = 0; i < n; i++) { /* scratch[i] = product of all before i */
        scratch[i] = inverse;
        phash_scalar_mul(&inverse, &inverse, &scalars[i]);
    }
    phash_scalar_inv(&inverse, &inverse);
    for (size_t i = n; i-- > 0;) { /* here inverse = 1 / (product of all up to i) */
        phash_scalar own = scalars[i];
        phash_scalar_mul(&scalars[i], &inverse, &scratch[i]);
        phash_scalar_mul(&inverse, &inverse, &own);
        phash_wipe(&own, sizeof own);
    }
    phash_wipe(&inverse, sizeof inverse);
    phash_wipe(scratch, n * sizeof *scratch);
}

uint64_t phash_scalar_is_zero(const phash_scalar *a)
{
    return limbs_is_zero(a->limb);
}

uint64_t phash_scalar_from_bytes(phash_scalar *out, const uint8_t bytes[32])
{
    phash_scalar value;

    limbs_from_bytes(value.limb, bytes);
    uint64_t in_range = limb_mask(limbs_less(value.limb, order));
    phash_scalar_mul(out, &value, &r_squared); /* value < 2^256 and r_squared < n, as reduce() wants */
    phash_wipe(&value, sizeof value);
    return in_range;
}

void phash_scalar_from_48_bytes(phash_scalar *out, const uint8_t bytes[48])
{
    uint8_t top[32] = {0};
    phash_scalar high, low;

    memcpy(top + 16, bytes, 16);
    (void)phash_scalar_from_bytes(&high, top);
    (void)phash_scalar_from_bytes(&low, bytes + 16);
    phash_scalar_mul(&high, &high, &r_squared); /* high * 2^256 */
    limbs_add_mod(out->limb, high.limb, low.limb, order);
    phash_wipe(top, sizeof top);
    phash_wipe(&high, sizeof high);
    phash_wipe(&low, sizeof low);
}

void phash_scalar_to_limbs(uint64_t out[4], const phash_scalar *a)
{
    uint64_t t[8] = {a->limb[0], a->limb[1], a->limb[2], a->limb[3]};

    reduce(out, t);
    phash_wipe(t, sizeof t);
}

void phash_scalar_to_bytes(uint8_t bytes[32], const phash_scalar *a)
{
    uint64_t value[4];

    phash_scalar_to_limbs(value, a);
    limbs_to_bytes(bytes, value);
    phash_wipe(value, sizeof value);
}
