/* SPDX-License-Identifier: Apache-2.0 */
/* Points by the batch: through the kernels of simd/p256.h where they are fast, else one after the other. */
#ifndef PHASH_OPRF_P256_BATCH_H
#define PHASH_OPRF_P256_BATCH_H

#include "oprf/p256_point.h"
#include "oprf/p256_scalar.h"
#include "simd/p256.h"

/** Are n operations done faster by the kernels? Never when kernels is NULL. */
bool phash_batch_pays(const phash_p256_kernels *kernels, size_t n);

/** out[i] = scalars[i * step] * points[i] for n <= PHASH_P256_LANES points, none of them the identity; a scalar of
 *  0 gives (0, 0). out may be points. Constant time in points and scalars. */
void phash_lanes_mul(const phash_p256_kernels *kernels, phash_affine *out, const phash_affine *points,
                     const phash_scalar *scalars, size_t step, size_t n);

/** out[i] = map_to_curve(u[i][0]) + map_to_curve(u[i][1]) for n <= PHASH_POINT_BATCH pairs; the identity comes out as
 *  (0, 0). Constant time in u. kernels may be NULL. */
void phash_points_map(const phash_p256_kernels *kernels, phash_affine *out, const phash_fe (*u)[2], size_t n);

/** Decode n public points of PHASH_POINT_BYTES each as phash_affine_decode does. Gives the index of the first that is
 *  refused, or n. out holds garbage from that one on. */
size_t phash_points_decode(const phash_p256_kernels *kernels, phash_affine *out, const uint8_t *bytes, size_t n);

/** phash_multi_scalar_var by the kernels. Variable time: for public points and scalars. */
void phash_lanes_multi_scalar_var(const phash_p256_kernels *kernels, phash_point *sum, const phash_affine *points,
                                  const uint8_t (*scalars)[32], size_t n);

#endif
