/* SPDX-License-Identifier: Apache-2.0 */
/* What every file with float arithmetic relies on: each operation rounds to binary32 by itself, in the order
 * written (docs/pdq.md, "Arithmetic"). Build with -ffp-contract=off; the vectors notice when it is missing. */
#ifndef PHASH_SIMD_EXACT_FLOAT_H
#define PHASH_SIMD_EXACT_FLOAT_H

#include <float.h>

#if defined(__FAST_MATH__)
#error "PDQ hashes depend on exact float arithmetic: build without -ffast-math"
#endif
#if !defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0
#error "PDQ hashes need float operations rounded to float (x87: build with -msse2 -mfpmath=sse)"
#endif

#endif
