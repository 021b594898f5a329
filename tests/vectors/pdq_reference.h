/* SPDX-License-Identifier: Apache-2.0 */
/* PDQ written out step by step from docs/pdq.md, with nothing clever: the truth that kernels and hashers are
 * compared with. It shares no code with the library. */
#ifndef PHASH_TESTS_PDQ_REFERENCE_H
#define PHASH_TESTS_PDQ_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

typedef struct pdq_reference {
    float grid[64][64];
    float coefficients[16][16];
    uint8_t hash[32];
    int quality;
} pdq_reference;

/** Hash a plane of rows x cols floats without gaps (stages C to H). luma and spare (same size) are overwritten.
 *  dihedral != 0 also filters planes of exactly 64 x 64. */
void pdq_reference_run(pdq_reference *out, float *luma, float *spare, size_t rows, size_t cols, int dihedral);

/** Stage D alone, for the whole plane, in place. */
void pdq_reference_filter(float *luma, float *spare, size_t rows, size_t cols);

/** D[i][j] of stage G, computed with the C library's cos(). */
float pdq_reference_coefficient(int i, int j);

#endif
