/* SPDX-License-Identifier: Apache-2.0 */
#include "oprf/p256_field.h"

#include "oprf/p256_limbs.h"
#include "util/mem.h"

#include <string.h>

static const uint64_t prime[4] = {UINT64_C(0xffffffffffffffff), UINT64_C(0x00000000ffffffff), 0,
                                  UINT64_C(0xffffffff00000001)};

/* 2^512 mod p: multiplying by it brings a number into Montgomery form. */
static const phash_fe r_squared = {{UINT64_C(0x0000000000000003), UINT64_C(0xfffffffbffffffff),
                                    UINT64_C(0xfffffffffffffffe), UINT64_C(0x00000004fffffffd)}};

const phash_fe phash_fe_one = {{UINT64_C(0x0000000000000001), UINT64_C(0xffffffff00000000),
                                UINT64_C(0xffffffffffffffff), UINT64_C(0x00000000fffffffe)}};

/* out = t / 2^256 mod p for t < 2^256 p (Montgomery 1985). As p = -1 mod 2^64 the multiplier of each step is the
 * lowest limb m itself, and m p = m 2^64 p' - m with p' = (p + 1) / 2^64 has the limbs m << 32, m >> 32 (together
 * m 2^32) and m * prime[3]: adding it clears the limb. */
static inline void reduce(uint64_t out[4], uint64_t t[8])
{
    uint64_t top = 0;

    for (int i = 0; i < 4; i++) {
        uint64_t m = t[i];
        uint64_t carry = 0;
        uint64_t high = 0;
        uint64_t low = limb_mul_add(m, prime[3], 0, &high);
        uint64_t over = top;
        t[i + 1] = limb_add(t[i + 1], m << 32, &carry);
        t[i + 2] = limb_add(t[i + 2], m >> 32, &carry);
        t[i + 3] = limb_add(t[i + 3], low, &carry);
        t[i + 4] = limb_add(t[i + 4], high + carry, &over);
        top = over;
    }
    limbs_reduce_once(out, top, t + 4, prime);
}

void phash_fe_add(phash_fe *out, const phash_fe *a, const phash_fe *b)
{
    limbs_add_mod(out->limb, a->limb, b->limb, prime);
}

void phash_fe_sub(phash_fe *out, const phash_fe *a, const phash_fe *b)
{
    limbs_sub_mod(out->limb, a->limb, b->limb, prime);
}

void phash_fe_neg(phash_fe *out, const phash_fe *a)
{
    static const uint64_t zero[4] = {0};

    limbs_sub_mod(out->limb, zero, a->limb, prime);
}

void phash_fe_mul(phash_fe *out, const phash_fe *a, const phash_fe *b)
{
    uint64_t t[8];

    limbs_mul(t, a->limb, b->limb);
    reduce(out->limb, t);
}

void phash_fe_sqr(phash_fe *out, const phash_fe *a)
{
    uint64_t t[8];

    limbs_sqr(t, a->limb);
    reduce(out->limb, t);
}

/* out = a^(2^n) * b; n is public. */
static void square_times(phash_fe *out, const phash_fe *a, int n, const phash_fe *b)
{
    phash_fe x = *a;

    for (int i = 0; i < n; i++)
        phash_fe_sqr(&x, &x);
    phash_fe_mul(out, &x, b);
}

/* (p - 3) / 4 = 2^254 - 2^222 + 2^190 + 2^94 - 1 is, from the top: 32 ones, 31 zeros, a one, 96 zeros, 94 ones.
 * xk stands for a^(2^k - 1), k ones. */
void phash_fe_pow_p3d4(phash_fe *out, const phash_fe *a)
{
    const phash_fe x1 = *a;
    phash_fe x2, x4, x6, x12, x24, x30, x32, acc;

    square_times(&x2, &x1, 1, &x1);
    square_times(&x4, &x2, 2, &x2);
    square_times(&x6, &x4, 2, &x2);
    square_times(&x12, &x6, 6, &x6);
    square_times(&x24, &x12, 12, &x12);
    square_times(&x30, &x24, 6, &x6);
    square_times(&x32, &x30, 2, &x2);
    square_times(&acc, &x32, 32, &x1);
    square_times(&acc, &acc, 128, &x32);
    square_times(&acc, &acc, 32, &x32);
    square_times(out, &acc, 30, &x30);
}

void phash_fe_inv(phash_fe *out, const phash_fe *a)
{
    phash_fe power;

    phash_fe_pow_p3d4(&power, a); /* p - 2 = 4 (p - 3) / 4 + 1 */
    square_times(out, &power, 2, a);
}

uint64_t phash_fe_sqrt(phash_fe *out, const phash_fe *a)
{
    const phash_fe square = *a;
    phash_fe root, check;

    phash_fe_pow_p3d4(&root, a); /* (p + 1) / 4 = (p - 3) / 4 + 1 */
    phash_fe_mul(&root, &root, a);
    phash_fe_sqr(&check, &root);
    *out = root;
    return phash_fe_equal(&check, &square);
}

void phash_fe_select(phash_fe *out, uint64_t mask, const phash_fe *a, const phash_fe *b)
{
    limbs_select(out->limb, mask, a->limb, b->limb);
}

uint64_t phash_fe_is_zero(const phash_fe *a)
{
    return limbs_is_zero(a->limb);
}

uint64_t phash_fe_equal(const phash_fe *a, const phash_fe *b)
{
    uint64_t difference[4];

    for (int i = 0; i < 4; i++)
        difference[i] = a->limb[i] ^ b->limb[i];
    return limbs_is_zero(difference);
}

/* Leave Montgomery form: the value itself, below p. */
static void to_limbs(uint64_t out[4], const phash_fe *a)
{
    uint64_t t[8] = {a->limb[0], a->limb[1], a->limb[2], a->limb[3]};

    reduce(out, t);
}

uint64_t phash_fe_sgn0(const phash_fe *a)
{
    uint64_t value[4];

    to_limbs(value, a);
    return value[0] & 1;
}

uint64_t phash_fe_from_bytes(phash_fe *out, const uint8_t bytes[32])
{
    phash_fe value;

    limbs_from_bytes(value.limb, bytes);
    uint64_t in_range = limb_mask(limbs_less(value.limb, prime));
    phash_fe_mul(out, &value, &r_squared); /* value < 2^256 and r_squared < p, as reduce() wants */
    return in_range;
}

void phash_fe_from_48_bytes(phash_fe *out, const uint8_t bytes[48])
{
    uint8_t top[32] = {0};
    phash_fe high, low;

    memcpy(top + 16, bytes, 16);
    (void)phash_fe_from_bytes(&high, top);
    (void)phash_fe_from_bytes(&low, bytes + 16);
    phash_fe_mul(&high, &high, &r_squared); /* high * 2^256 */
    phash_fe_add(out, &high, &low);
    phash_wipe(top, sizeof top);
    phash_wipe(&high, sizeof high);
    phash_wipe(&low, sizeof low);
}

void phash_fe_to_bytes(uint8_t bytes[32], const phash_fe *a)
{
    uint64_t value[4];

    to_limbs(value, a);
    limbs_to_bytes(bytes, value);
}
