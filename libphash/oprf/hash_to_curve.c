/* SPDX-License-Identifier: Apache-2.0 */
#include "oprf/hash_to_curve.h"

#include "util/mem.h"

#include <string.h>

#define FIELD_BYTES 48 /* L = ceil((256 + 128) / 8), RFC 9380, section 5.1 */
#define SHA256_BLOCK 64

/* -10 and sqrt(10), in Montgomery form */
static const phash_fe swu_z = {{UINT64_C(0xfffffffffffffff5), UINT64_C(0x0000000affffffff), 0,
                                UINT64_C(0xfffffff50000000b)}};
static const phash_fe sqrt_minus_z = {{UINT64_C(0xa1fd38ee98a195fd), UINT64_C(0x78400ad7423dcf70),
                                       UINT64_C(0x6913c88f9ea8dfee), UINT64_C(0x9051d26e12a8f304)}};

phash_status phash_dst_init(phash_digest *digest, phash_dst *out, const void *tag, size_t size)
{
    static const char oversize[] = "H2C-OVERSIZE-DST-";
    const phash_part parts[] = {{oversize, sizeof oversize - 1}, {tag, size}};
    phash_dst dst = {{0}, 0};

    if (digest == NULL || out == NULL || tag == NULL || size == 0)
        return PHASH_E_ARGUMENT;
    if (size > 255) {
        phash_status st = phash_sha256(digest, dst.bytes, parts, 2);
        if (st != PHASH_OK)
            return st;
        size = PHASH_SHA256_SIZE;
    } else {
        memcpy(dst.bytes, tag, size);
    }
    dst.bytes[size] = (uint8_t)size;
    dst.size = size + 1;
    *out = dst;
    return PHASH_OK;
}

/* b_0 = H(Z_pad || msg || l_i_b_str || 0 || DST_prime) */
static phash_status first_block(phash_digest *digest, uint8_t out[PHASH_SHA256_SIZE], size_t size,
                                const phash_part *message, size_t n, const phash_dst *dst)
{
    static const uint8_t zeros[SHA256_BLOCK];
    const uint8_t length_and_zero[3] = {(uint8_t)(size >> 8), (uint8_t)size, 0};
    phash_part parts[PHASH_MESSAGE_PARTS_MAX + 3] = {{zeros, sizeof zeros}};

    for (size_t i = 0; i < n; i++)
        parts[1 + i] = message[i];
    parts[n + 1] = (phash_part){length_and_zero, sizeof length_and_zero};
    parts[n + 2] = (phash_part){dst->bytes, dst->size};
    return phash_sha256(digest, out, parts, n + 3);
}

phash_status phash_expand_message(phash_digest *digest, uint8_t *out, size_t size, const phash_part *message, size_t n,
                                  const phash_dst *dst)
{
    uint8_t first[PHASH_SHA256_SIZE];
    uint8_t mixed[PHASH_SHA256_SIZE + 1];
    uint8_t block[PHASH_SHA256_SIZE] = {0};

    if (digest == NULL || out == NULL || dst == NULL || n > PHASH_MESSAGE_PARTS_MAX || (message == NULL && n != 0) ||
        size == 0 || size > 255 * PHASH_SHA256_SIZE)
        return PHASH_E_ARGUMENT;
    const phash_part parts[] = {{mixed, sizeof mixed}, {dst->bytes, dst->size}};
    phash_status st = first_block(digest, first, size, message, n, dst);
    for (size_t at = 0, i = 1; st == PHASH_OK && at < size; i++) {
        /* b_i = H((b_0 xor b_(i-1)) || i || DST_prime); block is zero in the first round, as b_1 has no xor */
        for (size_t j = 0; j < sizeof first; j++)
            mixed[j] = first[j] ^ block[j];
        mixed[sizeof first] = (uint8_t)i;
        st = phash_sha256(digest, block, parts, 2);
        size_t take = size - at < sizeof block ? size - at : sizeof block;
        memcpy(out + at, block, take);
        at += take;
    }
    if (st != PHASH_OK)
        phash_wipe(out, size);
    phash_wipe(first, sizeof first);
    phash_wipe(mixed, sizeof mixed);
    phash_wipe(block, sizeof block);
    return st;
}

/* root = sqrt(u / v) when that is a square (mask all ones), else sqrt(Z u / v) (mask zero); v != 0.
 * RFC 9380, appendix F.2.1.2, for p = 3 mod 4. */
static uint64_t sqrt_ratio(phash_fe *root, const phash_fe *u, const phash_fe *v)
{
    phash_fe uv, t, y1, y2;

    phash_fe_mul(&uv, u, v);
    phash_fe_sqr(&t, v);
    phash_fe_mul(&t, &t, &uv);
    phash_fe_pow_p3d4(&y1, &t);
    phash_fe_mul(&y1, &y1, &uv);
    phash_fe_mul(&y2, &y1, &sqrt_minus_z);
    phash_fe_sqr(&t, &y1);
    phash_fe_mul(&t, &t, v);
    uint64_t is_square = phash_fe_equal(&t, u);
    phash_fe_select(root, is_square, &y1, &y2);
    return is_square;
}

/* out = -3 a */
static void times_a(phash_fe *out, const phash_fe *a)
{
    phash_fe t;

    phash_fe_add(&t, a, a);
    phash_fe_add(&t, &t, a);
    phash_fe_neg(out, &t);
}

/* RFC 9380, appendix F.2, without its last step: the denominator stays in z. Names follow the formula
 * x1 = numerator / z, gx1 = gx / gz. */
void phash_map_to_curve(phash_point *out, const phash_fe *u)
{
    phash_fe zu2, t, numerator, z, gx, gz, z2, root, x, y;

    phash_fe_sqr(&zu2, u);
    phash_fe_mul(&zu2, &zu2, &swu_z); /* Z u^2 */
    phash_fe_sqr(&t, &zu2);
    phash_fe_add(&t, &t, &zu2); /* Z^2 u^4 + Z u^2 */
    phash_fe_add(&numerator, &t, &phash_fe_one);
    phash_fe_mul(&numerator, &numerator, &phash_curve_b);
    phash_fe_neg(&z, &t);
    phash_fe_select(&z, phash_fe_is_zero(&t), &swu_z, &z);
    times_a(&z, &z);

    phash_fe_sqr(&gx, &numerator); /* gx / gz = x1^3 + A x1 + B over the common denominator z^3 */
    phash_fe_sqr(&z2, &z);
    times_a(&t, &z2);
    phash_fe_add(&gx, &gx, &t);
    phash_fe_mul(&gx, &gx, &numerator);
    phash_fe_mul(&gz, &z2, &z);
    phash_fe_mul(&t, &gz, &phash_curve_b);
    phash_fe_add(&gx, &gx, &t);

    uint64_t is_square = sqrt_ratio(&root, &gx, &gz);
    phash_fe_mul(&x, &zu2, &numerator); /* the other candidate: x2 = Z u^2 x1, y2 = Z u^3 sqrt(Z gx1) */
    phash_fe_mul(&y, &zu2, u);
    phash_fe_mul(&y, &y, &root);
    phash_fe_select(&x, is_square, &numerator, &x);
    phash_fe_select(&y, is_square, &root, &y);

    phash_fe_neg(&t, &y);
    phash_fe_select(&y, 0 - (phash_fe_sgn0(u) ^ phash_fe_sgn0(&y)), &t, &y);
    out->x = x;
    phash_fe_mul(&out->y, &y, &z);
    out->z = z;
}

/* hash_to_field for two elements (RFC 9380, section 5.2) */
static phash_status hash_to_pair(phash_digest *digest, phash_fe u[2], const phash_part *message, const phash_dst *dst)
{
    uint8_t uniform[2 * FIELD_BYTES];

    phash_status st = phash_expand_message(digest, uniform, sizeof uniform, message, 1, dst);
    if (st == PHASH_OK) {
        phash_fe_from_48_bytes(&u[0], uniform);
        phash_fe_from_48_bytes(&u[1], uniform + FIELD_BYTES);
    }
    phash_wipe(uniform, sizeof uniform);
    return st;
}

phash_status phash_hash_to_curve(phash_digest *digest, const phash_p256_kernels *kernels, phash_affine *out,
                                 const phash_part *messages, size_t n, const phash_dst *dst)
{
    phash_fe u[PHASH_POINT_BATCH][2];
    phash_status st = PHASH_OK;

    for (size_t at = 0; st == PHASH_OK && at < n; at += PHASH_POINT_BATCH) {
        size_t now = n - at < PHASH_POINT_BATCH ? n - at : PHASH_POINT_BATCH;
        for (size_t i = 0; st == PHASH_OK && i < now; i++)
            st = hash_to_pair(digest, u[i], &messages[at + i], dst);
        if (st == PHASH_OK) /* the cofactor of P-256 is 1: the sum is the result */
            phash_points_map(kernels, out + at, (const phash_fe(*)[2])u, now);
    }
    if (st != PHASH_OK)
        phash_wipe(out, n * sizeof *out);
    phash_wipe(u, sizeof u);
    return st;
}

phash_status phash_hash_to_scalar(phash_digest *digest, phash_scalar *out, const phash_part *message, size_t n,
                                  const phash_dst *dst)
{
    uint8_t uniform[FIELD_BYTES];

    phash_status st = phash_expand_message(digest, uniform, sizeof uniform, message, n, dst);
    if (st == PHASH_OK)
        phash_scalar_from_48_bytes(out, uniform);
    phash_wipe(uniform, sizeof uniform);
    return st;
}
