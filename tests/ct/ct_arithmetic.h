/* SPDX-License-Identifier: Apache-2.0 */
/* Field and scalar arithmetic on secrets, for the programs that build it one way and the other. */
#ifndef PHASH_TESTS_CT_ARITHMETIC_H
#define PHASH_TESTS_CT_ARITHMETIC_H

#include "ct/secret.h"
#include "oprf/p256_field.h"
#include "oprf/p256_scalar.h"

#include <string.h>

static inline void ct_field(void)
{
    uint8_t bytes[48];
    phash_fe a, b, r;

    memset(bytes, 0x5a, sizeof bytes);
    SECRET(bytes);
    (void)phash_fe_from_bytes(&a, bytes);
    phash_fe_from_48_bytes(&b, bytes);
    phash_fe_add(&r, &a, &b);
    phash_fe_sub(&r, &r, &b);
    phash_fe_mul(&r, &r, &b);
    phash_fe_sqr(&r, &r);
    phash_fe_neg(&r, &r);
    phash_fe_inv(&r, &r);
    uint64_t mask = phash_fe_sqrt(&r, &r);
    phash_fe_select(&r, mask, &r, &b);
    phash_fe_select(&r, phash_fe_is_zero(&r) | phash_fe_equal(&r, &a), &a, &r);
    phash_fe_select(&r, 0 - phash_fe_sgn0(&r), &a, &r);
    phash_fe_to_bytes(bytes, &r);
}

static inline void ct_scalar(void)
{
    uint8_t bytes[48];
    phash_scalar v[5], scratch[5];

    memset(bytes, 0x5a, sizeof bytes);
    SECRET(bytes);
    uint64_t good = phash_scalar_from_bytes(&v[0], bytes);
    phash_scalar_from_48_bytes(&v[1], bytes);
    phash_scalar_mul(&v[2], &v[0], &v[1]);
    phash_scalar_sub(&v[3], &v[2], &v[1]);
    good &= ~phash_scalar_is_zero(&v[3]);
    v[4] = v[3];
    v[4].limb[0] ^= good & 1;
    phash_scalar_inv_batch(v, scratch, 5);
    phash_scalar_to_bytes(bytes, &v[4]);
}

#endif
