/* SPDX-License-Identifier: Apache-2.0 */
/* The handle and its keys. The client's and the server's steps are in voprf_client.c and voprf_server.c. */
#include "oprf/voprf_internal.h"

#include "oprf/declassify.h"
#include "util/cpu.h"
#include "util/mem.h"

#include <openssl/obj_mac.h>
#include <string.h>

/* out = prefix || "OPRFV1-" || mode || "-P256-SHA256" (RFC 9497, section 3.1); returns its size. */
static size_t make_tag(uint8_t *out, const char *prefix, uint8_t mode)
{
    size_t n = strlen(prefix);

    memcpy(out, prefix, n);
    memcpy(out + n, "OPRFV1-", 7);
    out[n + 7] = mode;
    memcpy(out + n + 8, "-P256-SHA256", 12);
    return n + PHASH_CONTEXT_SIZE;
}

static phash_status make_dst(phash_voprf *v, phash_dst *out, const char *prefix, uint8_t mode)
{
    uint8_t tag[64];

    return phash_dst_init(v->digest, out, tag, make_tag(tag, prefix, mode));
}

static phash_status set_up(phash_voprf *v, uint8_t mode)
{
    phash_status st = phash_digest_new(&v->digest, &v->allocator);

    if (st == PHASH_OK)
        st = make_dst(v, &v->to_group, "HashToGroup-", mode);
    if (st == PHASH_OK)
        st = make_dst(v, &v->to_scalar, "HashToScalar-", mode);
    if (st == PHASH_OK)
        st = make_dst(v, &v->derive_key, "DeriveKeyPair", mode); /* no hyphen: RFC 9497, section 3.2.1 */
    if (st != PHASH_OK)
        return st;
    (void)make_tag(v->seed_dst, "Seed-", mode);
    v->group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    if (v->group == NULL)
        return PHASH_E_NO_MEMORY;
    v->factor = EC_POINT_new(v->group);
    v->product = EC_POINT_new(v->group);
    v->x = BN_new();
    v->y = BN_new();
    v->scalar = BN_new();
    if (v->factor == NULL || v->product == NULL || v->x == NULL || v->y == NULL || v->scalar == NULL)
        return PHASH_E_NO_MEMORY;
    BN_set_flags(v->scalar, BN_FLG_CONSTTIME);
    return PHASH_OK;
}

phash_status phash_voprf_new_mode(phash_voprf **out, const phash_allocator *allocator, uint8_t mode)
{
    if (out == NULL || allocator == NULL)
        return PHASH_E_ARGUMENT;
    phash_voprf *v = phash_alloc(allocator, 1, sizeof *v);
    if (v == NULL)
        return PHASH_E_NO_MEMORY;
    v->allocator = *allocator;
    phash_p256_kernels_init(&v->kernels, phash_cpu_flags());
    phash_status st = set_up(v, mode);
    if (st != PHASH_OK) {
        phash_voprf_free(&v);
        return st;
    }
    *out = v;
    return PHASH_OK;
}

phash_status phash_voprf_new(phash_voprf **out, const phash_allocator *allocator)
{
    return phash_voprf_new_mode(out, allocator, PHASH_MODE_VOPRF);
}

void phash_voprf_free(phash_voprf **v)
{
    if (v == NULL || *v == NULL)
        return;
    phash_voprf *p = *v;
    BN_clear_free(p->scalar);
    BN_clear_free(p->y);
    BN_clear_free(p->x);
    EC_POINT_clear_free(p->product);
    EC_POINT_clear_free(p->factor);
    EC_GROUP_free(p->group);
    phash_digest_free(&p->digest);
    phash_allocator allocator = p->allocator;
    phash_release_secret(&allocator, p, sizeof *p);
    *v = NULL;
}

phash_digest *phash_voprf_digest(phash_voprf *v)
{
    return v->digest;
}

phash_status phash_voprf_public_key(phash_voprf *v, uint8_t public_key[PHASH_ELEMENT_SIZE],
                                    const uint8_t secret[PHASH_SCALAR_SIZE])
{
    phash_scalar k;
    phash_affine p;

    if (v == NULL || public_key == NULL || secret == NULL)
        return PHASH_E_ARGUMENT;
    phash_status st = phash_scalar_read(&k, secret);
    if (st == PHASH_OK)
        st = phash_affine_mul(v, &p, NULL, &k);
    if (st == PHASH_OK)
        phash_affine_encode(public_key, &p);
    phash_wipe(&k, sizeof k);
    return st;
}

phash_status phash_voprf_derive_key(phash_voprf *v, uint8_t secret[PHASH_SCALAR_SIZE],
                                    uint8_t public_key[PHASH_ELEMENT_SIZE], const uint8_t seed[32],
                                    const uint8_t *info, size_t info_size)
{
    const uint8_t length[2] = {(uint8_t)(info_size >> 8), (uint8_t)info_size};
    uint8_t counter = 0;
    const phash_part parts[] = {{seed, 32}, {length, sizeof length}, {info, info_size}, {&counter, 1}};
    uint8_t own_public[PHASH_ELEMENT_SIZE];
    uint8_t own_secret[PHASH_SCALAR_SIZE];
    phash_scalar k;
    phash_status st;

    if (v == NULL || secret == NULL || public_key == NULL || seed == NULL || (info == NULL && info_size != 0) ||
        info_size > UINT16_MAX)
        return PHASH_E_ARGUMENT;
    do { /* a second round happens once in 2^256 */
        st = phash_hash_to_scalar(v->digest, &k, parts, 4, &v->derive_key);
        uint64_t zero = phash_scalar_is_zero(&k);
        PHASH_DECLASSIFY(&zero, sizeof zero); /* the counter tells, once in 2^256 */
        if (st == PHASH_OK && zero != 0)
            st = PHASH_E_KEY;
    } while (st == PHASH_E_KEY && ++counter != 0);
    if (st == PHASH_OK) {
        phash_scalar_to_bytes(own_secret, &k);
        st = phash_voprf_public_key(v, own_public, own_secret);
    }
    if (st == PHASH_OK) {
        memcpy(secret, own_secret, sizeof own_secret);
        memcpy(public_key, own_public, sizeof own_public);
    }
    phash_wipe(own_secret, sizeof own_secret);
    phash_wipe(&k, sizeof k);
    return st;
}
