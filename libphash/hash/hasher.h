/* SPDX-License-Identifier: Apache-2.0 */
/* Inside a hasher. Other files of this room may work on its planes; tests choose its kernels and look at what is
 * between the stages. */
#ifndef PHASH_HASH_HASHER_H
#define PHASH_HASH_HASHER_H

#include <phash/hash.h>

#include <stdbool.h>

#include "hash/plane.h"
#include "simd/dct.h"
#include "simd/half_dct.h"
#include "simd/quality.h"
#include "util/mem.h"

struct phash_hasher {
    phash_allocator allocator;
    size_t size; /* bytes of the one block that holds this and the planes */
    phash_luma_kernels luma;
    phash_box_kernels box;
    phash_quality_kernels quality;
    phash_dct_kernels dct;
    phash_half_dct_kernels half_dct;
    uint64_t max_plane; /* pixels; for PHASH_SCALING_NONE */
    phash_plane plane; /* size of the last picture; its luminance after phash_hasher_load */
    phash_filter_space space;
    float grid[PHASH_GRID_SIZE];
    float coefficients[PHASH_DCT_SIZE];
};

/** phash_hasher_new with the processor's abilities given (PHASH_CPU_...; see util/cpu.h). */
PHASH_NODISCARD phash_status phash_hasher_new_with_cpu(phash_hasher **out, uint64_t max_plane,
                                                       const phash_options *options, uint32_t cpu_flags);

/** Check a bitmap and load its luminance into hasher->plane (stages A and B). A plane with a side under
 *  PHASH_PLANE_SIDE_MIN gets its size, but no samples. with_margins leaves room for hash/margin.h if they fit the
 *  size. Returns as phash_hasher_run. */
PHASH_NODISCARD phash_status phash_hasher_load(phash_hasher *hasher, const phash_bitmap *bitmap, phash_scaling scaling,
                                               bool with_margins);

/** Go from hasher->grid to coefficients and fingerprint (stages F, G and H). */
void phash_hasher_finish(phash_hasher *hasher, phash_fingerprint *out);

/** The 64 x 64 grid of the last run, row-major; zeros when the picture was too small. */
const float *phash_hasher_grid(const phash_hasher *hasher);

/** The 16 x 16 DCT coefficients of the last run, row-major; zeros when the picture was too small. */
const float *phash_hasher_coefficients(const phash_hasher *hasher);

#endif
