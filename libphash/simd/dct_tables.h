/* SPDX-License-Identifier: Apache-2.0 */
/* The DCT matrix of PDQ, transposed: coefficients[j][i] = D[i][j] (docs/pdq.md, stage G).
 *
 *     D[i][j] = (float)((double)(float)sqrt(2 / 64) * cos(pi / 128 * (i + 1) * (2 * j + 1)))
 *
 * Kept as bit patterns, because cos() differs between C libraries. */
#ifndef PHASH_SIMD_DCT_TABLES_H
#define PHASH_SIMD_DCT_TABLES_H

#include <stdint.h>

typedef union phash_dct_matrix {
    uint32_t bits[64][16];
    float coefficients[64][16];
} phash_dct_matrix;

extern const phash_dct_matrix phash_dct_transposed;

#endif
