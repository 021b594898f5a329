/* SPDX-License-Identifier: Apache-2.0 */
/* From 16 x 16 DCT coefficients to bits and margins (docs/pdq.md, stage H), and the coefficients of turned
 * pictures. */
#ifndef PHASH_HASH_FINGERPRINT_H
#define PHASH_HASH_FINGERPRINT_H

#include <phash/hash.h>

/** The lower median: the value at sorted index 127 of 256. No value may be a NaN. */
float phash_lower_median(const float coefficients[PHASH_HASH_BITS]);

/** A margin below this is noise: what rounding to 8 bits and light compression leave of a flat place. A fingerprint
 *  with less than a quarter of its margins above is meaningless (docs/pdq.md, "Blind spots"). */
#define PHASH_MARGIN_NOISE 0.5f

/** Write hash, margins and flags (PHASH_FINGERPRINT_MEANINGLESS or none); quality is left alone. */
void phash_fingerprint_bits(phash_fingerprint *out, const float coefficients[PHASH_HASH_BITS]);

/** Coefficients of the picture turned or mirrored as view says. out and in must not overlap. */
void phash_dihedral_turn(float out[PHASH_HASH_BITS], const float in[PHASH_HASH_BITS], phash_dihedral view);

#endif
