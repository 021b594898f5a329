/* SPDX-License-Identifier: Apache-2.0 */
/* Points of P-256, y^2 = x^3 - 3x + b, in our own field arithmetic: what hashing to the curve, decoding and
 * sums of public multiples need. Multiplication by a secret scalar is the kernels' (p256_batch.h) or OpenSSL's. */
#ifndef PHASH_OPRF_P256_POINT_H
#define PHASH_OPRF_P256_POINT_H

#include "oprf/p256_field.h"

#include <stdbool.h>

#define PHASH_POINT_BYTES 33 /* SEC 1 compressed */
#define PHASH_POINT_BATCH 32 /* points normalised with one inversion */

/** Projective: the affine point is (x / z, y / z); the identity has z = 0. */
typedef struct phash_point {
    phash_fe x, y, z;
} phash_point;

/** Affine coordinates. (0, 0), which is not on the curve, stands for the identity. */
typedef struct phash_affine {
    phash_fe x, y;
} phash_affine;

extern const phash_fe phash_curve_b;
extern const phash_point phash_point_identity;

/** out = a + b for any two points, equal, opposite or identity included, in constant time
 *  (Renes, Costello and Batina 2015, algorithm 4). out may be a or b. */
void phash_point_add(phash_point *out, const phash_point *a, const phash_point *b);

/** The same for a b that is not the identity, in fewer steps (algorithm 5). Constant time. */
void phash_point_add_affine(phash_point *out, const phash_point *a, const phash_affine *b);

/** a as a projective point; a must not be the identity. */
phash_point phash_point_from_affine(const phash_affine *a);

/** Affine forms of n <= PHASH_POINT_BATCH points with one inversion, in constant time; an identity gives (0, 0). */
void phash_points_to_affine(phash_affine *out, const phash_point *points, size_t n);

/** All ones when a stands for the identity, else zero. */
uint64_t phash_affine_is_identity(const phash_affine *a);

/** Decode a compressed point: exactly 33 bytes, prefix 02 or 03, x below p, on the curve; the identity has no such
 *  form. False, and out untouched, for anything else. For public points: the time tells whether it was refused. */
bool phash_affine_decode(phash_affine *out, const uint8_t *bytes, size_t size);

/** Encode a point that is not the identity, in constant time. */
void phash_affine_encode(uint8_t bytes[PHASH_POINT_BYTES], const phash_affine *a);

/** sum = scalars[0] * points[0] + ... over n points, scalars being 32 big-endian bytes each.
 *  Variable time: for public points and public scalars only. n >= 1; no point may be the identity. */
void phash_multi_scalar_var(phash_point *sum, const phash_affine *points, const uint8_t (*scalars)[32], size_t n);

#endif
