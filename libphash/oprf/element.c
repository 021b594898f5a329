/* SPDX-License-Identifier: Apache-2.0 */
/* Elements and scalars of the group: checks, random scalars, and the boundary to OpenSSL's point multiplication. */
#include "oprf/voprf_internal.h"

#include "oprf/declassify.h"
#include "util/mem.h"

#include <string.h>

/* A stuck random hook must end in an error, not in a loop: an honest one is refused twice in a row once in 2^64. */
#define RANDOM_TRIES 16

/* BN_bin2bn skips leading zero bytes, which would tell how many there are: read 2^256 + number, then clear that bit.
 * What is left is that OpenSSL drops zero limbs at the top, which one number in 2^64 has. */
static bool load_number(BIGNUM *out, const uint8_t bytes[32])
{
    uint8_t padded[33] = {1};

    memcpy(padded + 1, bytes, 32);
    PHASH_DECLASSIFY(padded, sizeof padded); /* OpenSSL's from here */
    bool done = BN_bin2bn(padded, sizeof padded, out) != NULL && BN_clear_bit(out, 256) == 1;
    phash_wipe(padded, sizeof padded);
    return done;
}

static phash_status load_point(phash_voprf *v, const phash_affine *point, BN_CTX *bn)
{
    uint8_t bytes[32];
    phash_status st = PHASH_E_NO_MEMORY;

    phash_fe_to_bytes(bytes, &point->x);
    if (load_number(v->x, bytes)) {
        phash_fe_to_bytes(bytes, &point->y);
        if (load_number(v->y, bytes) && EC_POINT_set_affine_coordinates(v->group, v->factor, v->x, v->y, bn) == 1)
            st = PHASH_OK;
    }
    phash_wipe(bytes, sizeof bytes);
    return st;
}

static phash_status store_product(phash_voprf *v, phash_affine *out, BN_CTX *bn)
{
    uint8_t bytes[32];
    phash_affine p;
    phash_status st = PHASH_E_NO_MEMORY;

    if (EC_POINT_is_at_infinity(v->group, v->product) == 1)
        return PHASH_E_POINT_INVALID;
    if (EC_POINT_get_affine_coordinates(v->group, v->product, v->x, v->y, bn) == 1 &&
        BN_bn2binpad(v->x, bytes, sizeof bytes) == sizeof bytes) {
        PHASH_CLASSIFY(bytes, sizeof bytes);
        (void)phash_fe_from_bytes(&p.x, bytes);
        if (BN_bn2binpad(v->y, bytes, sizeof bytes) == sizeof bytes) {
            PHASH_CLASSIFY(bytes, sizeof bytes);
            (void)phash_fe_from_bytes(&p.y, bytes);
            *out = p;
            st = PHASH_OK;
        }
    }
    phash_wipe(bytes, sizeof bytes);
    phash_wipe(&p, sizeof p);
    return st;
}

phash_status phash_affine_mul(phash_voprf *v, phash_affine *out, const phash_affine *point, const phash_scalar *scalar)
{
    uint8_t bytes[PHASH_SCALAR_SIZE];
    phash_status st = PHASH_OK;
    int done = 0;

    /* Its temporaries may hold parts of point and scalar, which only freeing wipes: so not one for many calls. */
    BN_CTX *bn = BN_CTX_new();
    if (bn == NULL)
        return PHASH_E_NO_MEMORY;
    phash_scalar_to_bytes(bytes, scalar);
    if (!load_number(v->scalar, bytes))
        st = PHASH_E_NO_MEMORY;
    if (st == PHASH_OK && point != NULL)
        st = load_point(v, point, bn);
    if (st == PHASH_OK) {
        /* One scalar at a time: that is the constant-time path. */
        if (point != NULL)
            done = EC_POINT_mul(v->group, v->product, NULL, v->factor, v->scalar, bn);
        else
            done = EC_POINT_mul(v->group, v->product, v->scalar, NULL, NULL, bn);
        st = done == 1 ? store_product(v, out, bn) : PHASH_E_NO_MEMORY;
    }
    phash_wipe(bytes, sizeof bytes);
    BN_CTX_free(bn);
    BN_clear(v->scalar);
    BN_clear(v->x);
    BN_clear(v->y);
    /* An OpenSSL point has no wipe short of freeing it: overwrite both with the generator. */
    const EC_POINT *generator = EC_GROUP_get0_generator(v->group);
    if (EC_POINT_copy(v->factor, generator) != 1 || EC_POINT_copy(v->product, generator) != 1)
        st = PHASH_E_NO_MEMORY;
    return st;
}

phash_status phash_affines_check(const phash_affine *points, size_t n)
{
    uint64_t identity = 0;

    for (size_t i = 0; i < n; i++)
        identity |= phash_affine_is_identity(&points[i]);
    PHASH_DECLASSIFY(&identity, sizeof identity); /* the status tells */
    return identity != 0 ? PHASH_E_POINT_INVALID : PHASH_OK;
}

phash_status phash_affines_mul(phash_voprf *v, phash_affine *out, const phash_affine *points,
                               const phash_scalar *scalars, size_t step, size_t n)
{
    phash_status st = PHASH_OK;
    size_t at = 0;

    for (size_t now; st == PHASH_OK && phash_batch_pays(&v->kernels, n - at); at += now) {
        now = n - at < PHASH_P256_LANES ? n - at : PHASH_P256_LANES;
        phash_lanes_mul(&v->kernels, out + at, points + at, scalars + at * step, step, now);
        st = phash_affines_check(out + at, now);
    }
    for (; st == PHASH_OK && at < n; at++)
        st = phash_affine_mul(v, &out[at], &points[at], &scalars[at * step]);
    return st;
}

phash_status phash_scalar_read(phash_scalar *out, const uint8_t bytes[PHASH_SCALAR_SIZE])
{
    phash_scalar s;

    uint64_t good = phash_scalar_from_bytes(&s, bytes);
    good &= ~phash_scalar_is_zero(&s);
    PHASH_DECLASSIFY(&good, sizeof good); /* the status tells */
    if (good != 0)
        *out = s;
    phash_wipe(&s, sizeof s);
    return good != 0 ? PHASH_OK : PHASH_E_KEY;
}

phash_status phash_elements_decode(phash_voprf *v, phash_affine *out, const uint8_t *elements, size_t n, size_t *bad)
{
    const size_t good = phash_points_decode(&v->kernels, out, elements, n);

    if (good == n)
        return PHASH_OK;
    if (bad != NULL)
        *bad = good;
    return PHASH_E_POINT_INVALID;
}

phash_status phash_element_check(phash_voprf *v, const uint8_t *element, size_t size)
{
    phash_affine ignored;

    if (v == NULL || (element == NULL && size != 0))
        return PHASH_E_ARGUMENT;
    return phash_affine_decode(&ignored, element, size) ? PHASH_OK : PHASH_E_POINT_INVALID;
}

phash_status phash_scalar_check(phash_voprf *v, const uint8_t scalar[PHASH_SCALAR_SIZE])
{
    phash_scalar ignored;

    if (v == NULL || scalar == NULL)
        return PHASH_E_ARGUMENT;
    phash_status st = phash_scalar_read(&ignored, scalar);
    phash_wipe(&ignored, sizeof ignored);
    return st;
}

phash_status phash_scalar_random(phash_voprf *v, uint8_t out[PHASH_SCALAR_SIZE])
{
    uint8_t bytes[PHASH_SCALAR_SIZE];
    phash_scalar s;
    phash_status st = PHASH_E_KEY;

    if (v == NULL || out == NULL)
        return PHASH_E_ARGUMENT;
    for (int i = 0; i < RANDOM_TRIES && st == PHASH_E_KEY; i++) {
        st = phash_random(&v->allocator, bytes, sizeof bytes);
        if (st == PHASH_OK)
            st = phash_scalar_read(&s, bytes);
    }
    if (st == PHASH_OK)
        phash_scalar_to_bytes(out, &s);
    phash_wipe(bytes, sizeof bytes);
    phash_wipe(&s, sizeof s);
    return st == PHASH_E_KEY ? PHASH_E_RANDOM : st;
}
