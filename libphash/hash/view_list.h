/* SPDX-License-Identifier: Apache-2.0 */
/* The views that phash_hasher_views makes, in its order (docs/pdq.md, "Views"). */
#ifndef PHASH_HASH_VIEW_LIST_H
#define PHASH_HASH_VIEW_LIST_H

#include <phash/hash.h>

typedef enum phash_view_kind {
    PHASH_VIEW_ORIGINAL,
    PHASH_VIEW_FLIP,   /* one of the eight symmetries */
    PHASH_VIEW_BORDER, /* what is inside a uniform border; absent when there is none */
    PHASH_VIEW_EDIT    /* sides trimmed or extended, turned */
} phash_view_kind;

/** What is done to the picture to make the view. Sides count in thousandths of the picture's width or height: above 0
 *  that much is cut off, below 0 it is added, as hash/margin.h expects it to have been. */
typedef struct phash_view {
    const char *name;
    phash_view_kind kind;
    int16_t left;
    int16_t top;
    int16_t right;
    int16_t bottom;
    int16_t half_degrees; /* turned about the centre, counter-clockwise: -12 .. 12; then all four sides are equal */
    phash_dihedral flip; /* PHASH_VIEW_FLIP only */
} phash_view;

/** Likeliest first; index = id. Entry 0 is the picture itself. */
extern const phash_view phash_view_list[];
extern const size_t phash_view_count;

#endif
