/* SPDX-License-Identifier: Apache-2.0 */
/* 256-bit integers as four 64-bit limbs, lowest first: what arithmetic modulo the field prime and modulo the group
 * order of P-256 share. Nothing here branches or indexes on the value of a limb.
 *
 * The 64 x 64 -> 128 bit product comes from the compiler where it has a 128-bit type, else from 32-bit pieces;
 * PHASH_NO_INT128 forces the pieces (the tests run both). */
#ifndef PHASH_OPRF_P256_LIMBS_H
#define PHASH_OPRF_P256_LIMBS_H

#include <phash/phash.h>

#if defined(__SIZEOF_INT128__) && !defined(PHASH_NO_INT128)
#define PHASH_LIMB_INT128 1
__extension__ typedef unsigned __int128 limb_wide;
#else
#define PHASH_LIMB_INT128 0
#endif

/* gcc makes runs of add-with-carry of these, and not of 128-bit sums; clang does of those. */
#if PHASH_LIMB_INT128 && defined(__has_builtin)
#if __has_builtin(__builtin_ia32_addcarryx_u64) && __has_builtin(__builtin_ia32_sbb_u64)
#define PHASH_LIMB_CARRY 1
#endif
#endif
#ifndef PHASH_LIMB_CARRY
#define PHASH_LIMB_CARRY 0
#endif

/** Hide a value from the optimiser, which might otherwise turn a mask back into a branch. */
static inline uint64_t limb_barrier(uint64_t value)
{
#if defined(__GNUC__)
    __asm__("" : "+r"(value));
#endif
    return value;
}

/** All ones for bit == 1, zero for bit == 0. */
static inline uint64_t limb_mask(uint64_t bit)
{
    return 0 - limb_barrier(bit);
}

/** mask all ones: a; mask zero: b. */
static inline uint64_t limb_select(uint64_t mask, uint64_t a, uint64_t b)
{
    return b ^ (mask & (a ^ b));
}

/** a + b + *carry; *carry becomes 0 or 1. */
static inline uint64_t limb_add(uint64_t a, uint64_t b, uint64_t *carry)
{
#if PHASH_LIMB_CARRY
    unsigned long long sum;

    *carry = __builtin_ia32_addcarryx_u64((unsigned char)*carry, a, b, &sum);
    return sum;
#elif PHASH_LIMB_INT128
    limb_wide sum = (limb_wide)a + b + *carry;

    *carry = (uint64_t)(sum >> 64);
    return (uint64_t)sum;
#else
    uint64_t sum = a + b + *carry;

    *carry = ((a & b) | ((a | b) & ~sum)) >> 63;
    return sum;
#endif
}

/** a - b - *borrow; *borrow becomes 0 or 1. */
static inline uint64_t limb_sub(uint64_t a, uint64_t b, uint64_t *borrow)
{
#if PHASH_LIMB_CARRY
    unsigned long long difference;

    *borrow = __builtin_ia32_sbb_u64((unsigned char)*borrow, a, b, &difference);
    return difference;
#elif PHASH_LIMB_INT128
    limb_wide difference = (limb_wide)a - b - *borrow;

    *borrow = (uint64_t)(difference >> 64) & 1;
    return (uint64_t)difference;
#else
    uint64_t difference = a - b - *borrow;

    *borrow = ((~a & b) | ((~a | b) & difference)) >> 63;
    return difference;
#endif
}

/** Low limb of a * b + c + *carry; *carry becomes the high limb. The sum cannot exceed 128 bits. */
static inline uint64_t limb_mul_add(uint64_t a, uint64_t b, uint64_t c, uint64_t *carry)
{
#if PHASH_LIMB_INT128
    limb_wide sum = (limb_wide)a * b + c + *carry;

    *carry = (uint64_t)(sum >> 64);
    return (uint64_t)sum;
#else
    const uint64_t low = UINT64_C(0xffffffff);
    uint64_t ll = (a & low) * (b & low);
    uint64_t hl = (a >> 32) * (b & low) + (ll >> 32);           /* below 2^64 - 2^32 */
    uint64_t lh = (a & low) * (b >> 32) + (hl & low);           /* likewise */
    uint64_t high = (a >> 32) * (b >> 32) + (hl >> 32) + (lh >> 32);
    uint64_t c1 = 0;
    uint64_t c2 = 0;
    uint64_t sum = limb_add((lh << 32) | (ll & low), c, &c1);

    sum = limb_add(sum, *carry, &c2);
    *carry = high + c1 + c2;
    return sum;
#endif
}

/** out = mask all ones: a; mask zero: b. */
static inline void limbs_select(uint64_t out[4], uint64_t mask, const uint64_t a[4], const uint64_t b[4])
{
    for (int i = 0; i < 4; i++)
        out[i] = limb_select(mask, a[i], b[i]);
}

/** All ones when a is zero, else zero. */
static inline uint64_t limbs_is_zero(const uint64_t a[4])
{
    uint64_t any = a[0] | a[1] | a[2] | a[3];

    return limb_mask(((any | (0 - any)) >> 63) ^ 1);
}

/** 1 when a < b, else 0. */
static inline uint64_t limbs_less(const uint64_t a[4], const uint64_t b[4])
{
    uint64_t borrow = 0;

    for (int i = 0; i < 4; i++)
        (void)limb_sub(a[i], b[i], &borrow);
    return borrow;
}

/** out = (top * 2^256 + a) mod m for a value below 2 m; top is 0 or 1. Subtracts, then adds back under a mask: a
 *  select would tempt the compiler into vectors, which wait for the scalar carries to reach memory. */
static inline void limbs_reduce_once(uint64_t out[4], uint64_t top, const uint64_t a[4], const uint64_t m[4])
{
    uint64_t less[4];
    uint64_t borrow = 0;
    uint64_t carry = 0;

    for (int i = 0; i < 4; i++)
        less[i] = limb_sub(a[i], m[i], &borrow);
    uint64_t mask = limb_mask(borrow & (top ^ 1));
    for (int i = 0; i < 4; i++)
        out[i] = limb_add(less[i], m[i] & mask, &carry);
}

/** out = (a + b) mod m, for a, b < m. */
static inline void limbs_add_mod(uint64_t out[4], const uint64_t a[4], const uint64_t b[4], const uint64_t m[4])
{
    uint64_t sum[4];
    uint64_t carry = 0;

    for (int i = 0; i < 4; i++)
        sum[i] = limb_add(a[i], b[i], &carry);
    limbs_reduce_once(out, carry, sum, m);
}

/** out = (a - b) mod m, for a, b < m. */
static inline void limbs_sub_mod(uint64_t out[4], const uint64_t a[4], const uint64_t b[4], const uint64_t m[4])
{
    uint64_t difference[4];
    uint64_t borrow = 0;
    uint64_t carry = 0;

    for (int i = 0; i < 4; i++)
        difference[i] = limb_sub(a[i], b[i], &borrow);
    uint64_t mask = limb_mask(borrow);
    for (int i = 0; i < 4; i++)
        out[i] = limb_add(difference[i], m[i] & mask, &carry);
}

/** out = a * b, 320 bits */
static inline void limbs_mul_row(uint64_t out[5], uint64_t a, const uint64_t b[4])
{
    uint64_t high[4] = {0};
    uint64_t carry = 0;

    for (int j = 0; j < 4; j++)
        out[j] = limb_mul_add(a, b[j], 0, &high[j]);
    for (int j = 1; j < 4; j++)
        out[j] = limb_add(out[j], high[j - 1], &carry);
    out[4] = high[3] + carry;
}

/** out = a * b, 512 bits: rows, each put together and added by one run of carries. */
static inline void limbs_mul(uint64_t out[8], const uint64_t a[4], const uint64_t b[4])
{
    uint64_t row[5];

    limbs_mul_row(out, a[0], b);
    for (int i = 1; i < 4; i++) {
        uint64_t carry = 0;
        limbs_mul_row(row, a[i], b);
        for (int j = 0; j < 4; j++)
            out[i + j] = limb_add(out[i + j], row[j], &carry);
        out[i + 4] = row[4] + carry;
    }
}

/** out = a * a, 512 bits: the six mixed products once and doubled, then the four squares. */
static inline void limbs_sqr(uint64_t out[8], const uint64_t a[4])
{
    uint64_t carry = 0;

    out[0] = 0;
    out[1] = limb_mul_add(a[0], a[1], 0, &carry);
    out[2] = limb_mul_add(a[0], a[2], 0, &carry);
    out[3] = limb_mul_add(a[0], a[3], 0, &carry);
    out[4] = carry;
    carry = 0;
    out[3] = limb_mul_add(a[1], a[2], out[3], &carry);
    out[4] = limb_mul_add(a[1], a[3], out[4], &carry);
    out[5] = carry;
    carry = 0;
    out[5] = limb_mul_add(a[2], a[3], out[5], &carry);
    out[6] = carry;
    carry = 0;
    for (int i = 1; i < 7; i++)
        out[i] = limb_add(out[i], out[i], &carry);
    out[7] = carry;
    carry = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t high = 0;
        uint64_t low = limb_mul_add(a[i], a[i], 0, &high);
        out[2 * i] = limb_add(out[2 * i], low, &carry);
        out[2 * i + 1] = limb_add(out[2 * i + 1], high, &carry);
    }
}

/** Read 32 big-endian bytes. */
static inline void limbs_from_bytes(uint64_t out[4], const uint8_t bytes[32])
{
    for (int i = 0; i < 4; i++) {
        uint64_t limb = 0;
        for (int j = 0; j < 8; j++)
            limb = (limb << 8) | bytes[8 * (3 - i) + j];
        out[i] = limb;
    }
}

/** Write 32 big-endian bytes. */
static inline void limbs_to_bytes(uint8_t bytes[32], const uint64_t a[4])
{
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 8; j++)
            bytes[8 * (3 - i) + j] = (uint8_t)(a[i] >> (56 - 8 * j));
}

#endif
