/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel family: eight points of P-256 at a time, one to a lane; what hashing to the curve, decoding, multiplying and
 * adding up cost most of. Multiplication serves where the processor multiplies 52-bit integers in vectors; elsewhere
 * OpenSSL's does (oprf/).
 *
 * Numbers of the field come and go in Montgomery form (value * 2^256 mod p), below p, as in oprf/p256_field.h. All
 * but `sums` is constant time: nothing branches or indexes on a number. */
#ifndef PHASH_SIMD_P256_H
#define PHASH_SIMD_P256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PHASH_P256_LANES 8
#define PHASH_P256_WEIGHT_MAX 32 /* of `sums` */

/** Eight 256-bit numbers, lowest limb first. */
typedef struct phash_p256_numbers {
    uint64_t limb[4][PHASH_P256_LANES];
} phash_p256_numbers;

/** Eight affine points. (0, 0), which is not on the curve, stands for the identity. */
typedef struct phash_p256_points {
    phash_p256_numbers x, y;
} phash_p256_points;

/** Eight projective points: (x / z, y / z), the identity having z = 0. */
typedef struct phash_p256_sums {
    phash_p256_numbers x, y, z;
} phash_p256_sums;

/** out = scalar * point, lane by lane. The points are on the curve and not the identity; the scalars, in plain form,
 *  are below the order of the group. out may be points. Secret: all. */
typedef void phash_p256_mul(phash_p256_points *out, const phash_p256_points *points,
                            const phash_p256_numbers *scalars);

/** out = map_to_curve(u0) + map_to_curve(u1) (RFC 9380, sections 3 and 6.6.2). Secret: all. */
typedef void phash_p256_map(phash_p256_points *out, const phash_p256_numbers *u0, const phash_p256_numbers *u1);

/** y = a square root of x^3 - 3x + b, and found all ones, in the lanes where there is one; else found is zero. */
typedef void phash_p256_lift(phash_p256_numbers *y, uint64_t found[PHASH_P256_LANES], const phash_p256_numbers *x);

/** The sum over all n points of weights[i][lane] * point i, in every lane; weights are -WEIGHT_MAX .. WEIGHT_MAX.
 *  A point is its x, then its y, four limbs each; any points, equal ones too, but no identity. For public points and
 *  weights: time and memory accesses tell them. Uses 32 KiB of stack. */
typedef void phash_p256_weighted(phash_p256_sums *out, const uint64_t (*points)[8],
                                 const int8_t (*weights)[PHASH_P256_LANES], size_t n);

typedef struct phash_p256_kernels {
    phash_p256_mul *mul;
    phash_p256_map *map;
    phash_p256_lift *lift;
    phash_p256_weighted *sums;
    bool fast;       /* faster than one point after the other; the plain kernels are not */
    const char *isa; /* "c", "ifma" */
} phash_p256_kernels;

/** The plain kernels, raised by what the processor has (util/cpu.h). */
void phash_p256_kernels_init(phash_p256_kernels *k, uint32_t cpu_flags);

/* The plain kernels: for tests, and the truth for the others. */
phash_p256_mul phash_p256_mul_c;
phash_p256_map phash_p256_map_c;
phash_p256_lift phash_p256_lift_c;
phash_p256_weighted phash_p256_sums_c;

/** Needs PHASH_CPU_IFMA. */
void phash_p256_init_ifma(phash_p256_kernels *k, uint32_t cpu_flags);

#endif
