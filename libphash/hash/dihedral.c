/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/fingerprint.h"

#include <stdbool.h>

/* Turning a picture changes the sign of its odd frequencies and may exchange rows with columns (docs/pdq.md,
 * "Dihedral views"). Index 0 is frequency 1, so an even index is an odd frequency. */
typedef struct turn {
    const char *name;
    bool transposed;
    /* The sign changes where (by_row * i + by_column * j + start) is odd. */
    unsigned by_row;
    unsigned by_column;
    unsigned start;
} turn;

static const turn turns[PHASH_DIHEDRAL_COUNT] = {
    [PHASH_DIHEDRAL_ORIGINAL] = {"original", false, 0, 0, 0},
    [PHASH_DIHEDRAL_ROTATE90] = {"rotate90", true, 0, 1, 1},
    [PHASH_DIHEDRAL_ROTATE180] = {"rotate180", false, 1, 1, 0},
    [PHASH_DIHEDRAL_ROTATE270] = {"rotate270", true, 1, 0, 1},
    [PHASH_DIHEDRAL_FLIP_X] = {"flipx", false, 1, 0, 1},
    [PHASH_DIHEDRAL_FLIP_Y] = {"flipy", false, 0, 1, 1},
    [PHASH_DIHEDRAL_FLIP_PLUS1] = {"flipplus1", true, 0, 0, 0},
    [PHASH_DIHEDRAL_FLIP_MINUS1] = {"flipminus1", true, 1, 1, 0},
};

void phash_dihedral_turn(float out[PHASH_HASH_BITS], const float in[PHASH_HASH_BITS], phash_dihedral view)
{
    const turn *t = &turns[view];

    for (unsigned i = 0; i < 16; i++)
        for (unsigned j = 0; j < 16; j++) {
            const float c = in[16 * i + j];
            const bool negative = ((t->by_row * i + t->by_column * j + t->start) & 1) != 0;
            out[t->transposed ? 16 * j + i : 16 * i + j] = negative ? -c : c;
        }
}

const char *phash_dihedral_name(phash_dihedral view)
{
    const int number = (int)view;

    return number >= 0 && number < PHASH_DIHEDRAL_COUNT ? turns[number].name : "unknown";
}
